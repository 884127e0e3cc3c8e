package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.DType;
import org.tensorlogic.Half;
import org.tensorlogic.Indices;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;

/** Sizes that miss the vector lanes, held against plain loops; and no elements at all. */
@SuppressWarnings("try") // a scope is opened for what it frees
interface SizesContract extends ContractPart {

  /** Multiples of 1/64 between -2 and 2, the same for the same seed; 0 is left out. */
  private static float[] values(int size, int seed) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (random.nextInt(128) + 1) / 64f * (random.nextBoolean() ? 1 : -1);
    }
    return values;
  }

  private static double[] each(int size, IntToDoubleFunction element) {
    return IntStream.range(0, size).mapToDouble(element).toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 31, 207, 1027, 4098})
  default void unaryOperations(int n) {
    float[] x = values(n, 1);
    for (DType type : DType.values()) {
      for (UnaryOp op : UnaryOp.values()) {
        try (Tensor in = on(type).of(x, n);
            Tensor out = in.unary(op)) {
          Tolerance.of(op.text()).check(op.text(), out, each(n, i -> Plain.unary(op, x[i])));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 31, 207, 1027, 4098})
  default void binaryOperations(int n) {
    float[] x = values(n, 2);
    float[] y = values(n, 3);
    for (DType type : DType.values()) {
      for (BinaryOp op : BinaryOp.values()) {
        Tolerance tolerance = Tolerance.of(op.text());
        try (Scope scope = Scope.open()) {
          Tensor a = on(type).of(x, n);
          Tensor b = on(type).of(y, n);
          tolerance.check(op.text(), a.binary(op, b), each(n, i -> Plain.binary(op, x[i], y[i])));
          tolerance.check(
              op + " 0.75", a.binary(op, 0.75), each(n, i -> Plain.binary(op, x[i], 0.75)));
          tolerance.check(
              "0.75 " + op, Tensor.binary(op, 0.75, a), each(n, i -> Plain.binary(op, 0.75, x[i])));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 31, 207, 1027, 4098})
  default void filling(int n) {
    for (DType type : DType.values()) {
      try (Tensor filled = on(type).full(0.75, n)) {
        float[] expected = new float[n];
        Arrays.fill(expected, 0.75f);
        assertThat(filled.toFloatArray()).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 31, 207, 1027, 4098})
  default void theWiderTypeWins(int n) {
    float[] x = values(n, 4);
    float[] y = values(n, 5);
    try (Scope scope = Scope.open()) {
      Tensor half = on(DType.F16).of(x, n);
      Tensor single = on(DType.F32).of(y, n).mul(1 / 3.0);
      float[] third = single.toFloatArray();
      for (Tensor sum : new Tensor[] {half.add(single), single.add(half)}) {
        assertThat(sum.dtype()).isEqualTo(DType.F32);
        Tolerance.of("add").check("half + single", sum, each(n, i -> x[i] + (double) third[i]));
      }
      Tensor narrowed = single.to(DType.F16);
      for (int i = 0; i < n; i++) {
        assertThat(narrowed.toHalfArray()[i]).isEqualTo(Half.fromFloat(third[i]));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 31, 207, 1027, 4098})
  default void reductions(int n) {
    int rows = 3;
    float[] x = values(rows * n, 6);
    float[] nearOne = x.clone(); // so that products neither overflow nor vanish
    for (int i = 0; i < x.length; i++) {
      nearOne[i] = i % 2 == 0 ? 1 + 0x1p-10f : 1 - 0x1p-10f;
    }
    for (DType type : DType.values()) {
      for (ReduceOp op : ReduceOp.values()) {
        float[] in = op == ReduceOp.PROD ? nearOne : x;
        String name = op == ReduceOp.SAMPLE_VARIANCE ? "variance" : op.text();
        Tolerance tolerance = Tolerance.of(name);
        try (Scope scope = Scope.open()) {
          Tensor rowwise = on(type).of(in, rows, n);
          double[] expected = each(rows, i -> Plain.reduce(op, in, i * n, n));
          tolerance.check(op + " of rows", rowwise.reduce(op, type, false, 1), expected);
          // the same rows as columns: the reduced axis is not the contiguous one
          Tensor columns = rowwise.transpose().contiguous();
          tolerance.check(op + " of columns", columns.reduce(op, type, false, 0), expected);
          tolerance.check(
              op + " of all",
              rowwise.reduce(op, DType.F32, false),
              new double[] {Plain.reduce(op, in, 0, rows * n)});
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 31, 207, 1027, 4098})
  default void rowOperations(int n) {
    int rows = 2;
    float[] x = values(rows * n, 7);
    float[] w = values(n, 8);
    double eps = 1e-5;
    for (DType type : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor in = on(type).of(x, rows, n);
        Tensor weight = on(type).of(w, n);
        double[] total = each(rows, r -> exponentials(x, r * n, n));
        Tolerance.of("softmax")
            .check("softmax", in.softmax(1), each(rows * n, i -> Math.exp(x[i]) / total[i / n]));
        Tolerance.of("logSoftmax")
            .check(
                "logSoftmax", in.logSoftmax(1), each(rows * n, i -> x[i] - Math.log(total[i / n])));
        Tolerance.of("cumsum")
            .check(
                "cumsum",
                in.cumsum(1),
                each(rows * n, i -> Plain.reduce(ReduceOp.SUM, x, i / n * n, i % n + 1)));
        double[] squares =
            each(rows, r -> Math.pow(Plain.reduce(ReduceOp.NORM, x, r * n, n), 2) / n);
        Tolerance.of("rmsNorm")
            .check(
                "rmsNorm",
                in.rmsNorm(weight, eps),
                each(rows * n, i -> x[i] / Math.sqrt(squares[i / n] + eps) * w[i % n]));
        double[] mean = each(rows, r -> Plain.reduce(ReduceOp.MEAN, x, r * n, n));
        double[] variance = each(rows, r -> Plain.reduce(ReduceOp.VARIANCE, x, r * n, n));
        Tolerance.of("layerNorm")
            .check(
                "layerNorm",
                in.layerNorm(weight, weight, eps),
                each(
                    rows * n,
                    i ->
                        (x[i] - mean[i / n]) / Math.sqrt(variance[i / n] + eps) * w[i % n]
                            + w[i % n]));
        int[] best = new int[rows];
        Arrays.setAll(best, r -> argmax(x, r * n, n));
        assertThat(in.argmax(1)).isEqualTo(Indices.of(best));
      }
    }
  }

  /** Row i has its largest and its smallest element at i. */
  @Test
  default void theBestIsFoundAtEveryPosition() {
    int n = 600;
    try (Scope scope = Scope.open()) {
      Tensor identity = on(DType.F16).eye(n);
      Indices positions = Indices.of(IntStream.range(0, n).toArray());
      assertThat(identity.argmax(1)).isEqualTo(positions);
      assertThat(identity.neg().argmin(1)).isEqualTo(positions);
      assertThat(identity.mul(1000).softmax(1).toFloatArray()).isEqualTo(identity.toFloatArray());
    }
  }

  /** Of two NaN side by side it is the first. */
  @Test
  default void theFirstNaNIsTheBest() {
    int n = 300;
    for (int i = 0; i < n - 1; i++) {
      float[] x = new float[n];
      x[i] = Float.NaN;
      x[i + 1] = Float.NaN;
      try (Tensor row = on(DType.F32).of(x, n)) {
        assertThat(row.argmax(0).toArray()).containsExactly(i);
        assertThat(row.argmin(0).toArray()).containsExactly(i);
      }
    }
  }

  private static double exponentials(float[] x, int from, int count) {
    return IntStream.range(from, from + count).mapToDouble(i -> Math.exp(x[i])).sum();
  }

  private static int argmax(float[] x, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = x[from + i] > x[from + best] ? i : best;
    }
    return best;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 31, 207, 1027, 4098})
  default void matrixProducts(int n) {
    int[][] shapes = {
      {1, n, 5}, {3, n, 1}, {n, 5, 3}, {2, 7, n}, {1, 1, n}, {9, Math.min(n, 207), 33}
    };
    for (int[] shape : shapes) {
      int m = shape[0];
      int k = shape[1];
      int p = shape[2];
      float[] a = values(m * k, 9);
      float[] b = values(k * p, 10);
      double[] expected = each(m * p, i -> dot(a, i / p * k, b, i % p, p, k));
      for (DType type : DType.values()) {
        try (Scope scope = Scope.open()) {
          Tensor left = on(type).of(a, m, k);
          Tensor right = on(type).of(b, k, p);
          String what = "[%d, %d] @ [%d, %d]".formatted(m, k, k, p);
          Tolerance.of("matmul").check(what, left.matmul(right), expected);
          Tensor weight = right.transpose().contiguous();
          Tolerance.of("linear").check(what + " linear", left.linear(weight), expected);
          Tensor bias = on(type).of(values(p, 11), p);
          float[] plus = bias.toFloatArray();
          Tolerance.of("linear")
              .check(
                  what + " linear, relu",
                  left.linear(weight, bias, UnaryOp.RELU),
                  each(m * p, i -> Math.max(0, expected[i] + plus[i % p])));
        }
      }
    }
  }

  /** In one vector and in a tile: as the operation does after the product. */
  @ParameterizedTest
  @EnumSource
  default void everyActivationOfAProduct(UnaryOp activation) {
    for (int rows : new int[] {1, 33}) {
      try (Scope scope = Scope.open()) {
        Tensor x = on(DType.F32).of(values(rows * 5, 12), rows, 5);
        Tensor weight = on(DType.F32).of(values(3 * 5, 13), 3, 5);
        Tensor bias = on(DType.F32).of(values(3, 14), 3);
        Tensor expected = x.linear(weight, bias).unary(activation);
        Tensor product = x.linear(weight, bias, activation);
        assertThat(product.isClose(expected, 1e-5, 1e-5)).as("%s", product).isTrue();
      }
    }
  }

  private static double dot(float[] a, int from, float[] b, int column, int stride, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double) a[from + i] * b[column + i * stride];
    }
    return sum;
  }
}
