package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;

/** Every rule against central differences of the operation itself. */
class GradientTapeTest {
  private static final TensorFactory F32 = Tensor.as(DType.F32);

  private interface Operation {
    Tensor apply(Tensor... inputs);
  }

  private static Tensor random(int seed, long... shape) {
    return F32.uniform(seed, 0.2, 1.7, shape);
  }

  private static DynamicTest check(String name, Operation op, Tensor... inputs) {
    return DynamicTest.dynamicTest(name, () -> compare(op, inputs));
  }

  private static void compare(Operation op, Tensor... inputs) {
    Tensor weights = F32.uniform(99, -1, 1, op.apply(inputs).shape().dims());
    List<Tensor> gradients;
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(inputs);
      gradients = tape.gradients(op.apply(inputs).mul(weights), inputs);
    }
    for (int i = 0; i < inputs.length; i++) {
      assertThat(gradients.get(i).shape()).isEqualTo(inputs[i].shape());
      assertThat(gradients.get(i).dtype()).isEqualTo(DType.F32);
      float[] actual = gradients.get(i).toFloatArray();
      for (int j = 0; j < actual.length; j++) {
        double expected = difference(op, weights, inputs, i, j);
        assertThat((double) actual[j])
            .as("input %d element %d", i, j)
            .isCloseTo(expected, within(4e-3 + 1e-2 * Math.abs(expected)));
      }
    }
  }

  private static double difference(Operation op, Tensor weights, Tensor[] inputs, int i, int j) {
    float step = 2e-3f;
    return (moved(op, weights, inputs, i, j, step) - moved(op, weights, inputs, i, j, -step))
        / (2 * step);
  }

  private static double moved(
      Operation op, Tensor weights, Tensor[] inputs, int i, int j, float by) {
    float[] values = inputs[i].toFloatArray();
    values[j] += by;
    Tensor[] changed = inputs.clone();
    changed[i] = F32.of(values, inputs[i].shape().dims());
    float[] y = op.apply(changed).toFloatArray();
    float[] w = weights.toFloatArray();
    double sum = 0;
    for (int k = 0; k < y.length; k++) {
      sum += (double) y[k] * w[k];
    }
    return sum;
  }

  @TestFactory
  Stream<DynamicTest> unaryRules() {
    Tensor x = F32.of(-1.3f, -0.4f, 0.35f, 0.8f, 1.2f);
    return Arrays.stream(UnaryOp.values())
        .filter(
            op ->
                !List.of(UnaryOp.FLOOR, UnaryOp.CEIL, UnaryOp.ROUND, UnaryOp.SIGN, UnaryOp.STEP)
                    .contains(op))
        .map(
            op -> {
              boolean positive = op == UnaryOp.LOG || op == UnaryOp.SQRT || op == UnaryOp.RSQRT;
              return check(op.text(), in -> in[0].unary(op), positive ? x.abs().add(0.3) : x);
            });
  }

  @TestFactory
  Stream<DynamicTest> binaryRules() {
    Tensor x = random(1, 2, 3);
    Tensor y = random(2, 3);
    return Stream.of(
            BinaryOp.ADD,
            BinaryOp.SUB,
            BinaryOp.MUL,
            BinaryOp.DIV,
            BinaryOp.POW,
            BinaryOp.MAXIMUM,
            BinaryOp.MINIMUM,
            BinaryOp.SILU_MUL)
        .flatMap(
            op ->
                Stream.of(
                    check(op.text(), in -> in[0].binary(op, in[1]), x, y),
                    check(op.text() + " number", in -> in[0].binary(op, 0.75), x),
                    check("number " + op.text(), in -> Tensor.binary(op, 0.75, in[0]), x)));
  }

  @TestFactory
  Stream<DynamicTest> reductionRules() {
    Tensor x = F32.arange(12).mul(0.11).add(0.3).reshape(2, 3, 2);
    return Arrays.stream(ReduceOp.values())
        .flatMap(
            op ->
                Stream.of(
                    check(op.text() + " all", in -> in[0].reduce(op, DType.F32, false), x),
                    check(op.text() + " 1", in -> in[0].reduce(op, DType.F32, false, 1), x),
                    check(
                        op.text() + " 2, 0 kept",
                        in -> in[0].reduce(op, DType.F32, true, 2, 0),
                        x)));
  }

  @TestFactory
  Stream<DynamicTest> shapeRules() {
    Tensor x = random(4, 2, 3, 4);
    Tensor y = random(5, 2, 1, 4);
    return Stream.of(
        check("reshape", in -> in[0].reshape(4, 6), x),
        check("reshape of a view", in -> in[0].transpose().reshape(-1), x),
        check("permute", in -> in[0].permute(2, 0, 1), x),
        check("squeeze", in -> in[0].squeeze(1).unsqueeze(0), y),
        check("squeeze all", in -> in[0].squeeze(), y),
        check("broadcastTo", in -> in[0].broadcastTo(5, 2, 3, 4), y),
        check("slice", in -> in[0].slice(Slice.all(), new Slice(0, 3, 2), Slice.of(1, 3)), x),
        check("select", in -> in[0].select(1, -1), x),
        check("split", in -> in[0].split(2, 2).get(1), x),
        check("concat", in -> Tensor.concat(1, in[0], in[1], in[0]), x, y),
        check("stack", in -> Tensor.stack(1, in[0], in[0].exp()), x),
        check("repeat", in -> in[0].repeat(2, 1, 3, 1), y),
        check("flatten", in -> in[0].flatten(1, 2), x),
        check("indexSelect", in -> in[0].indexSelect(1, Indices.of(2, 0, 2)), x),
        check("embedding", in -> in[0].embedding(Indices.of(1, 1, 0)), random(6, 3, 2)),
        check(
            "gather",
            in -> in[0].gather(1, Indices.of(new int[] {0, 2, 2, 1}, Shape.of(2, 2))),
            random(6, 3, 3)),
        check("scatter", in -> in[0].scatter(1, Indices.of(2), in[1]), x, y),
        check("scatterAdd", in -> in[0].scatterAdd(1, Indices.of(2), in[1]), x, y),
        check("contiguous", in -> in[0].transpose().contiguous(), x));
  }

  @TestFactory
  Stream<DynamicTest> productRules() {
    Tensor a = random(7, 2, 3, 4);
    Tensor b = random(8, 4, 2);
    Tensor v = random(9, 4);
    return Stream.of(
        check("matmul batch", in -> in[0].matmul(in[1]), a, b),
        check("matmul both batches", in -> in[0].matmul(in[1]), a, random(10, 2, 4, 3)),
        check("matmul broadcast", in -> in[0].matmul(in[1]), random(10, 2, 4), a.transpose()),
        check("matrix vector", in -> in[0].matmul(in[1]), a, v),
        check("vector matrix", in -> in[1].matmul(in[0]), b, v),
        check("dot", in -> in[0].matmul(in[1]), v, random(11, 4)),
        check("linear", in -> in[0].linear(in[1], in[2]), a, random(12, 5, 4), random(13, 5)),
        check(
            "linear with activation",
            in -> in[0].linear(in[1], in[2], UnaryOp.GELU),
            v,
            random(12, 5, 4),
            random(13, 5)),
        check("einsum", in -> Tensor.einsum("bij,jk->kbi", in[0], in[1]), a, b),
        check("einsum of three", in -> Tensor.einsum("bij,jk,j->b", in), a, b, v),
        check("einsum diagonal", in -> Tensor.einsum("iij->j", in[0]), random(14, 3, 3, 2)));
  }

  @TestFactory
  Stream<DynamicTest> layerRules() {
    Tensor x = random(15, 2, 3, 5);
    Tensor image = F32.normal(16, 0, 1, 2, 4, 5, 6);
    Tensor kernel = F32.normal(17, 0, 1, 6, 2, 3, 2);
    Convolution how = Convolution.plain().stride(2, 1).padding(1, 2).dilation(1, 2).groups(2);
    RotaryEmbedding rope = RotaryEmbedding.of(4, 5, 100, RopeStyle.HALF_SPLIT);
    Tensor mask = F32.normal(23, 0, 1, 3, 4);
    return Stream.of(
        check("softmax", in -> in[0].softmax(1), x),
        check("logSoftmax", in -> in[0].logSoftmax(-1), x),
        check("cumsum", in -> in[0].cumsum(1), x),
        check(
            "layerNorm",
            in -> in[0].layerNorm(in[1], in[2], 1e-2),
            x,
            random(18, 5),
            random(19, 5)),
        check("rmsNorm", in -> in[0].rmsNorm(in[1], 1e-2), x, random(18, 5)),
        check("rmsNorm plain", in -> in[0].rmsNorm(null, 1e-2), x),
        check(
            "batchNorm",
            in -> in[0].batchNorm(in[1], in[2], in[3], in[4], 1e-2),
            x,
            random(18, 3),
            random(19, 3),
            random(20, 3),
            random(21, 3)),
        check("conv2d", in -> in[0].conv2d(in[1], in[2], how), image, kernel, random(22, 6)),
        check(
            "conv1d",
            in -> in[0].conv1d(in[1], null, Convolution.plain().padding(1)),
            x,
            random(22, 2, 3, 2)),
        check("maxPool", in -> in[0].maxPool(Pooling.window(2).stride(1).padding(1)), image),
        check("avgPool", in -> in[0].avgPool(Pooling.window(3).stride(2).padding(1)), image),
        check(
            "avgPool inside",
            in -> in[0].avgPool(Pooling.window(3).padding(1).countPadding(false)),
            image),
        check("rope", in -> rope.rotate(in[0], 1), random(24, 2, 3, 5)),
        check(
            "attention",
            in -> in[0].attention(in[1], in[2], Attention.autoregressive().mask(mask)),
            random(25, 4, 3, 2),
            random(26, 2, 4, 2),
            random(27, 2, 4, 3)),
        check("where", in -> Tensor.where(x.gt(1), in[0], in[1]), x, random(28, 5)),
        check("mulAdd", in -> in[0].mulAdd(in[1], in[2]), x, random(28, 5), random(29, 3, 1)),
        check("clamp", in -> in[0].clamp(0.5, 1.2), x),
        check("to", in -> in[0].mul(2).to(DType.F32), x));
  }

  @Test
  void theProductOfFactorsWithZerosHasItsTrueGradient() {
    Tensor x = F32.of(2, 0, 3);
    Tensor y = F32.of(0, 0, 3);
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(x);
      assertThat(tape.gradient(x.prod(), x).toFloatArray()).containsExactly(0, 6, 0);
      tape.watch(y);
      assertThat(tape.gradient(y.prod(), y).toFloatArray()).containsExactly(0, 0, 0);
    }
  }

  @Test
  void halvesGetSingleGradientsThatDoNotVanish() {
    Tensor x = Tensor.of(1, 2);
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(x);
      Tensor gradient = tape.gradient(x.mul(1e-4).mul(1e-4).sum(), x);
      assertThat(gradient.get(1)).isCloseTo(1e-8f, within(1e-13f));
    }
  }

  @Test
  void ignoresWhatIsNotWatchedAndGivesZerosWhereNothingFlows() {
    Tensor x = F32.of(1, 2);
    Tensor unused = F32.of(5);
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(x, unused);
      assertThat(tape.isTracked(x.add(1))).isTrue();
      assertThat(tape.isTracked(unused.step())).isTrue();
      assertThat(tape.isTracked(F32.of(1).add(1))).isFalse();
      List<Tensor> gradients = tape.gradients(x.mul(x).sum(), x, unused);
      assertThat(gradients.get(0).toFloatArray()).containsExactly(2, 4);
      assertThat(gradients.get(1).toFloatArray()).containsExactly(0);
      Tensor constant = F32.of(1);
      assertThatThrownBy(() -> tape.gradients(constant, x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("does not depend on any watched tensor");
    }
  }

  @Test
  void whatGradientsHaveUsedUpIsConstantFromThenOn() {
    Tensor w = F32.of(1, 2);
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(w);
      Tensor h = w.mul(0.5);
      Tensor loss = h.square().sum();
      tape.gradients(loss, w);
      assertThat(tape.isTracked(h)).isFalse();
      assertThatThrownBy(() -> tape.gradients(loss, w))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("used up by earlier gradients");

      tape.watch(w); // as if back-propagation were cut here, between two pieces of a sequence
      Tensor next = w.add(1).add(1).add(1).mul(h).sum();
      assertThatThrownBy(() -> tape.gradients(loss, w)).hasMessageContaining("used up");
      assertThat(tape.gradient(next, w).toFloatArray()).containsExactly(0.5f, 1);
    }
  }

  @Test
  void scatteredRowsThatAreReplacedGetNoGradient() {
    Tensor rows = F32.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(rows);
      Tensor y = F32.zeros(4, 2).scatter(0, Indices.of(2, 0, 2), rows);
      assertThat(y.toFloatArray()).containsExactly(3, 4, 0, 0, 5, 6, 0, 0);
      Tensor weighted = y.mul(F32.arange(8).reshape(4, 2)).sum();
      assertThat(tape.gradient(weighted, rows)).hasToString("[[0.0, 0.0], [0.0, 1.0], [4.0, 5.0]]");
    }
  }

  @Test
  void survivesClosedIntermediatesAndFreesThem() {
    Tensor x = F32.of(0.5f, 1);
    try (GradientTape tape = GradientTape.open()) {
      tape.watch(x);
      @Nullable Tensor loss;
      try (Scope scope = Scope.open()) {
        loss = scope.keep(x.exp().square().sum());
      }
      assertThat(tape.gradient(loss, x).get(1)).isCloseTo((float) (2 * Math.exp(2)), within(1e-4f));
    }
  }

  @Test
  void tapesOfTwoThreadsShareWeights() throws InterruptedException {
    Tensor w = F32.of(3);
    float[] results = new float[2];
    Thread[] threads = new Thread[2];
    for (int t = 0; t < 2; t++) {
      int factor = t + 1;
      threads[t] =
          new Thread(
              () -> {
                try (GradientTape tape = GradientTape.open()) {
                  tape.watch(w);
                  results[factor - 1] = tape.gradient(w.mul(factor), w).item();
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(results).containsExactly(1, 2);
  }
}
