package org.tensorlogic.lang.equation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorlogic.DType;
import org.tensorlogic.GradientTape;
import org.tensorlogic.Tensor;

class EquationTest {

  @Test
  void meansWhatTheElementByElementDefinitionSays() {
    for (int seed = 0; seed < 1000; seed++) {
      RandomEquations random = new RandomEquations(seed);
      Program program = new Program();
      random.tensors.forEach(program::tensor);
      double[] expected = PlainEquation.evaluate(random.text, random.tensors);
      Tensor actual;
      try {
        actual = program.run(random.text);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + random.text, e);
      }
      assertClose(actual.toFloatArray(), expected, "seed " + seed + ": " + random.text);
    }
  }

  private final Program program = new Program();

  @Test
  void sumsWhatOccursInTwoFactorsAndIsNotAskedFor() {
    program.tensor("W", values(2, 3), 2, 3).tensor("X", values(3), 3);
    assertThat(program.run("Y[i] = W[i, j] X[j]").toFloatArray()).containsExactly(14, 32);
    assertThat(program.run("Z = W[i, j] X[j]").toFloatArray()).containsExactly(46);
  }

  @Test
  void addsABiasOnceInsideACall() {
    program
        .tensor("W", values(2, 3), 2, 3)
        .tensor("X", values(3), 3)
        .tensor("B", new float[] {1, -100}, 2);
    assertThat(program.run("Y[i] = relu(W[i,j] X[j] + B[i])").toFloatArray())
        .containsExactly(15, 0);
  }

  @Test
  void readsAPerceptron() {
    program.tensor("W", new float[] {1, -1}, 2).tensor("X", new float[] {3, 2}, 2);
    program.number("C", -2);
    assertThat(program.run("Y = step(W[i] X[i] + C)").toFloatArray()).containsExactly(0);
    program.number("C", -0.5);
    assertThat(program.run("Y = step(W[i] X[i] + C)").toFloatArray()).containsExactly(1);
  }

  @Test
  void sumsAfterTheLogarithm() {
    program.tensor("P", new float[] {0.5f, 0.5f}, 2).tensor("Q", new float[] {0.25f, 0.75f}, 2);
    double expected = 0.5 * Math.log(2) + 0.5 * Math.log(0.5 / 0.75);
    assertThat(program.run("D = P[i] log(P[i] / Q[i])").item())
        .isCloseTo((float) expected, offset(1e-6f));
  }

  @Test
  void keepsIntegerVariablesAsPositions() {
    program.tensor("W", values(2, 3), 2, 3).number("r", 1);
    assertThat(program.run("Y[j] = W[r, j] * 2").toFloatArray()).containsExactly(8, 10, 12);
    program.number("r", -2);
    assertThat(program.run("Y[j] = W[r, j] * 2").toFloatArray()).containsExactly(2, 4, 6);
    assertThat(program.run("Y[j] = W[0, j] + W[r+1, j]").toFloatArray()).containsExactly(5, 7, 9);
  }

  @Test
  void takesAVariableThatHoldsATensorForAnIndex() {
    program.tensor("W", values(2, 3), 2, 3).tensor("j", values(5), 5);
    assertThat(program.run("Y[i] = W[i, j]").toFloatArray()).containsExactly(6, 15);
  }

  @Test
  void readsZerosOutside() {
    program.tensor("X", values(4), 4);
    assertThat(program.run("Y[i] = X[i+1] - X[i-1]").toFloatArray()).containsExactly(2, 2, 2, -3);
  }

  @Test
  void convolvesToTheSizeOfTheImageAndOfADeclaredResult() {
    program.tensor("K", new float[] {1, 10}, 2).tensor("I", values(4), 4);
    assertThat(program.run("F[x] = K[d] I[x+d]").toFloatArray()).containsExactly(21, 32, 43, 4);
    program.declare("V", DType.F32, 3);
    assertThat(program.run("V[x] = K[d] I[x+d]").toFloatArray()).containsExactly(21, 32, 43);
    assertThat(program.run("G[x] = K[d] I[x-d]").toFloatArray()).containsExactly(1, 12, 23, 34);
    program.declare("S", DType.F32, 2);
    assertThat(program.run("S[x] = K[d] I[2*x+d]").toFloatArray()).containsExactly(21, 43);
  }

  @Test
  void poolsInGroupsOfWhichTheLastMayBeSmaller() {
    program.tensor("F", new float[] {1, 5, 2, 2, 7}, 5);
    assertThat(program.run("P[x/2] max= F[x]").toFloatArray()).containsExactly(5, 2, 7);
    assertThat(program.run("P[x/2] min= F[x]").toFloatArray()).containsExactly(1, 2, 7);
    assertThat(program.run("P[x/2] avg= F[x]").toFloatArray()).containsExactly(3, 2, 7);
    assertThat(program.run("P[x/2] = F[x]").toFloatArray()).containsExactly(6, 4, 7);
    assertThat(program.run("U[y] = F[y/2] * 1").toFloatArray())
        .containsExactly(1, 1, 5, 5, 2, 2, 2, 2, 7, 7);
  }

  @Test
  void reducesEachTermByTheOperator() {
    program.tensor("A", new float[] {1, 4, 3, 2}, 2, 2).tensor("B", new float[] {10, 20}, 2);
    assertThat(program.run("Y[i] max= A[i, j] B[j]").toFloatArray()).containsExactly(80, 40);
    assertThat(program.run("Y[i] min= A[i, j]").toFloatArray()).containsExactly(1, 2);
    assertThat(program.run("Y[i] avg= A[i, j] + B[i]").toFloatArray())
        .containsExactly(12.5f, 22.5f);
    assertThat(program.run("Y[i] max= -A[i, j]").toFloatArray()).containsExactly(-1, -2);
  }

  @Test
  void addsLaterEquationsOfABlockExecution() {
    program.tensor("A", values(3), 3);
    assertThat(program.run("Y[i] = A[i] * 1", "Y[j] = A[j] * 10").toFloatArray())
        .containsExactly(11, 22, 33);
    assertThat(program.run("Y[i] = A[i] * 2").toFloatArray()).containsExactly(2, 4, 6);
    assertThat(program.run("Y[i] += A[i]").toFloatArray()).containsExactly(3, 6, 9);
    assertThat(program.run("M[i] max= A[i] * 1", "M[i] max= 4 - A[i]").toFloatArray())
        .containsExactly(3, 2, 3);
  }

  @Test
  void replacesOnlyWhatAPartialEquationWrites() {
    program.declare("Y", DType.F32, 4).tensor("A", values(4), 4);
    assertThat(program.run("Y[i+1] = A[i] * 1").toFloatArray()).containsExactly(0, 1, 2, 3);
    assertThat(program.run("Y[0] = A[i] A[i]").toFloatArray()).containsExactly(30, 1, 2, 3);
    assertThat(program.run("Y[i+2] = A[i] * 1", "Y[i+1] = A[i] * 10").toFloatArray())
        .containsExactly(30, 10, 21, 32);
  }

  @Test
  void recursForIncreasingValuesOfTheShiftedIndex() {
    program.declare("F", DType.F32, 8);
    program.tensor("F", new float[] {1, 1, 0, 0, 0, 0, 0, 0}, 8);
    assertThat(program.run("F[n+2] = F[n+1] + F[n]").toFloatArray())
        .containsExactly(1, 1, 2, 3, 5, 8, 13, 21);
    program.declare("D", DType.F32, 3, 3);
    program.tensor("D", new float[] {1, 1, 1, 1, 0, 0, 1, 0, 0}, 3, 3);
    assertThat(program.run("D[i, j] = D[i-1, j] + D[i, j-1]").toFloatArray())
        .containsExactly(1, 1, 1, 1, 2, 3, 1, 3, 6);
  }

  @Test
  void readsOneLayerWhileItWritesAnother() {
    program.declare("X", DType.F32, 3, 2);
    program.tensor("X", new float[] {1, 2, 0, 0, 0, 0}, 3, 2);
    for (int layer = 0; layer < 2; layer++) {
      program.number("l", layer);
      program.run("X[l+1, i] = X[l, i] * 10 + X[l, i+1]");
    }
    program.variables.remove("l");
    assertThat(program.run("Y[l, i] = X[l, i]").toFloatArray())
        .containsExactly(1, 2, 12, 20, 140, 200);
  }

  @Test
  void startsARecurrenceFromAnEquationOfTheSameBlock() {
    program.declare("X", DType.F32, 2, 4);
    program.tensor("W", new float[] {0, 1, 1, 1}, 2, 2).tensor("S", new float[] {1, 2}, 2);
    String[] block = {"X[i, 0] = S[i] * 1", "X[i, t+1] = W[i, j] X[j, t]"};
    float[] expected = {1, 2, 3, 5, 2, 3, 5, 8};
    assertThat(program.run(block).toFloatArray()).containsExactly(expected);
    assertThat(program.run(block).toFloatArray()).containsExactly(expected);
  }

  @Test
  void keepsOnlyTheLastStateOfAVirtualIndex() {
    program.declare("H", DType.F32, 2);
    program.tensor("U", new float[] {1, 2, 3, 10, 20, 30}, 2, 3);
    assertThat(program.run("H[i, *t+1] = H[i, *t] * 2 + U[i, t]").toFloatArray())
        .containsExactly(11, 110);
    program.declare("G", DType.F32, 2, 4);
    assertThat(program.run("G[i, *t+1] = G[i, *t] * 2 + U[i, t]").toFloatArray())
        .containsExactly(0, 1, 4, 11, 0, 10, 40, 110);
  }

  @Test
  void normalisesAlongTheMarkedIndex() {
    program.tensor("A", new float[] {0, 1, 2, 3, 4, 5}, 2, 3);
    Tensor rows = program.run("S[i, j] = softmax(A[i, j])");
    Tensor columns = program.run("C[i., j] = softmax(A[i, j])");
    assertThat(rows.sum(1).toFloatArray()).containsExactly(new float[] {1, 1}, offset(1e-6f));
    assertThat(columns.sum(0).toFloatArray()).containsExactly(new float[] {1, 1, 1}, offset(1e-6f));
    Tensor all = program.run("B[i., j.] = softmax(A[i, j])");
    assertThat(all.sum().item()).isCloseTo(1, offset(1e-6f));
    Tensor unit = program.run("N[i, j] = normalize(A[i, j])");
    assertThat(unit.norm(1).toFloatArray()).containsExactly(new float[] {1, 1}, offset(1e-6f));
    Tensor layer = program.run("L[i, j.] = lnorm(A[i, j])");
    assertThat(layer.mean(1).toFloatArray()).containsExactly(new float[] {0, 0}, offset(1e-6f));
  }

  @Test
  void joinsIndicesByConcat() {
    program.tensor("T", values(2, 1, 3), 2, 1, 3);
    Tensor joined = program.run("M[p, m] = concat(T[h, p, d])");
    assertThat(joined.shape().dims()).containsExactly(1, 6);
    assertThat(joined.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
    Tensor reversed = program.run("M[p, m] = concat(T[d, p, h]) * 2");
    assertThat(reversed.toFloatArray()).containsExactly(2, 4, 6, 8, 10, 12);
  }

  @Test
  void readsRelationsAndSymbols() {
    program.symbols.addAll(List.of("ann", "bob", "cid"));
    program.relations.put(
        "Knows", Tensor.as(DType.F32).of(new float[] {0, 1, 1, 0, 0, 1, 0, 0, 0}, 3, 3));
    program.tensor("E", values(3, 2), 3, 2);
    assertThat(program.run("S[n, d] = Knows(n, m) E[m, d]").toFloatArray())
        .containsExactly(8, 10, 5, 6, 0, 0);
    assertThat(program.run("B[d] = Knows(ann, m) E[m, d] + E[cid, d]").toFloatArray())
        .containsExactly(13, 16);
    assertThat(program.run("Two[x, z] = step(Knows(x, y) Knows(y, z))").toFloatArray())
        .containsExactly(0, 0, 1, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void givesFloat32UnlessDeclaredOtherwise() {
    program.tensor("A", Tensor.of(2049, 1)).tensor("B", Tensor.of(1, 1));
    Tensor sum = program.run("Y = A[i] B[i]");
    assertThat(sum.dtype()).isEqualTo(DType.F32);
    assertThat(sum.item()).isEqualTo(2049); // 2049 has no half: 2048 went in
    program.declare("H", DType.F16, 2);
    assertThat(program.run("H[i] = A[i] B[i]").dtype()).isEqualTo(DType.F16);
  }

  @Test
  void appliesATemperature() {
    program.tensor("A", new float[] {-1, 0, 2}, 3).number("T", 2);
    assertThat(program.run("Y[i] = sig(A[i], T)").toFloatArray())
        .containsExactly(new float[] {0.37754f, 0.5f, 0.731059f}, offset(1e-5f));
    program.number("T", 0);
    assertThat(program.run("Y[i] = sig(A[i], T)").toFloatArray()).containsExactly(0, 0, 1);
  }

  @Test
  void differentiatesThroughRecurrencesAndConvolutions() {
    Tensor kernel = Tensor.as(DType.F32).of(new float[] {1, 2}, 2);
    program.tensor("K", kernel).tensor("I", values(4), 4).declare("X", DType.F32, 4);
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(kernel);
      program.run("F[x] = K[d] I[x+d]");
      program.run("X[0] = F[i] * 1", "X[t+1] = X[t] * 0.5 + F[t]");
      Tensor loss = program.run("L = X[t] * 1");
      Tensor gradient = tape.gradient(loss, kernel);
      float step = 1e-2f;
      for (int i = 0; i < 2; i++) {
        float[] moved = kernel.toFloatArray();
        moved[i] += step;
        Program other = new Program();
        other.tensor("K", moved, 2).tensor("I", values(4), 4).declare("X", DType.F32, 4);
        other.run("F[x] = K[d] I[x+d]");
        other.run("X[0] = F[i] * 1", "X[t+1] = X[t] * 0.5 + F[t]");
        float difference = (other.run("L = X[t] * 1").item() - loss.item()) / step;
        assertThat(gradient.get(i)).isCloseTo(difference, offset(2e-2f));
      }
    }
  }

  @Test
  void doesNotShareAHandleWithItsInputs() {
    Tensor a = Tensor.as(DType.F32).of(1, 2);
    program.tensor("A", a);
    Tensor y = program.run("Y[i] = A[i]");
    a.close();
    assertThat(y.toFloatArray()).containsExactly(1, 2);
  }

  @Test
  void matchesConvolutionsOfManyKinds() {
    String[] equations = {
      "Y[o, x, y] = K[o, c, d, e] I[c, x+d, y+e]",
      "Y[n, o, x, y] = K[o, c, d, e] J[n, c, x+d, y+e]",
      "Y[n, x, o, y] = K[o, c, d, e] J[n, c, x-d, y+e-1]",
      "Y[n, o, x, y] = K[o, c, d, e] J[n, c, x+2*d, y+e] + 1",
      "Y[c, x, y] = L[d, e] I[c, x+d, y+e]",
      "Y[c, x, y] = M[c, d, e] I[c, x+d, y+e]",
      "Y[o, x] = M[o, c, d] I[c, x+d, 1]",
    };
    program
        .tensor("K", random(1, 2, 3, 2, 3), 2, 3, 2, 3)
        .tensor("L", random(2, 2, 3), 2, 3)
        .tensor("M", random(3, 3, 3, 3), 3, 3, 3)
        .tensor("I", random(4, 3, 4, 5), 3, 4, 5)
        .tensor("J", random(5, 2, 3, 4, 5), 2, 3, 4, 5);
    for (String equation : equations) {
      Map<String, Tensor> tensors = new HashMap<>();
      program.variables.forEach(
          (name, operand) -> tensors.put(name, ((Operand.Array) operand).tensor()));
      tensors.remove("Y");
      program.variables.remove("Y");
      double[] expected = PlainEquation.evaluate(equation, tensors);
      assertClose(program.run(equation).toFloatArray(), expected, equation);
    }
  }

  private static float[] random(long seed, long... shape) {
    return Tensor.as(DType.F32).normal(seed, 0, 1, shape).toFloatArray();
  }

  /** 1, 2, 3, … */
  private static float[] values(int... shape) {
    float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + 1;
    }
    return values;
  }

  private static void assertClose(float[] actual, double[] expected, String what) {
    assertThat(actual).as(what).hasSize(expected.length);
    double largest =
        Arrays.stream(expected).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    for (int i = 0; i < actual.length; i++) {
      boolean close =
          Double.compare(actual[i], expected[i]) == 0
              || Math.abs(actual[i] - expected[i]) <= 1e-4 + 1e-4 * largest;
      assertThat(close)
          .as("element %d of %s: expected %s, got %s", i, what, expected[i], actual[i])
          .isTrue();
    }
  }
}
