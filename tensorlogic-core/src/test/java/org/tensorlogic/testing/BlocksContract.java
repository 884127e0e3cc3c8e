package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.Attention;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Pooling;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.ReduceOp;

/** Work large enough to be cut into blocks and spread over threads, held against plain loops. */
@SuppressWarnings("try") // a scope is opened for what it frees
interface BlocksContract extends ContractPart {

  @ParameterizedTest
  @CsvSource({
    "1, 67, 129, 97",
    "1, 130, 513, 70",
    "1, 1, 1031, 517",
    "3, 33, 65, 31",
    "5, 1, 300, 17",
    "1, 5, 3, 2051",
    "1, 257, 2, 63",
    "2, 4, 4099, 3"
  })
  default void matrixProductsAcrossBlocks(int batch, int m, int k, int n) {
    for (DType type : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor a = on(type).uniform(m, -1, 1, batch, m, k);
        Tensor b = on(type).uniform(n, -1, 1, batch, k, n);
        float[] x = a.toFloatArray();
        float[] y = b.toFloatArray();
        double[] expected = new double[batch * m * n];
        for (int i = 0; i < expected.length; i++) {
          int row = i / n; // of all batches
          int first = row / m * k * n + i % n;
          for (int j = 0; j < k; j++) {
            expected[i] += (double) x[row * k + j] * y[first + j * n];
          }
        }
        Tolerance tolerance = new Tolerance(1e-6, 2e-7 * k);
        tolerance.check("row-major", a.matmul(b), expected);
        Tensor columns = b.transpose().contiguous().transpose();
        tolerance.check("right side transposed", a.matmul(columns), expected);
        Tensor rows = a.transpose().contiguous().transpose();
        tolerance.check("left side transposed", rows.matmul(b), expected);
        tolerance.check("both transposed", rows.matmul(columns), expected);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1027, 3", "4098, 1", "517, 65", "3, 70001"})
  default void manyRowsAndLongRows(int rows, int n) {
    for (DType type : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor in = on(type).uniform(rows, -1, 1, rows, n);
        float[] x = in.toFloatArray();
        for (ReduceOp op : new ReduceOp[] {ReduceOp.SUM, ReduceOp.MAX, ReduceOp.VARIANCE}) {
          double[] expected =
              IntStream.range(0, rows).mapToDouble(i -> Plain.reduce(op, x, i * n, n)).toArray();
          Tolerance tolerance = new Tolerance(1e-5, 1e-7 * n);
          tolerance.check(op + " of rows", in.reduce(op, type, false, 1), expected);
          Tensor columns = in.transpose().contiguous();
          tolerance.check(op + " of columns", columns.reduce(op, type, false, 0), expected);
        }
        double[] totals = new double[rows];
        for (int i = 0; i < x.length; i++) {
          totals[i / n] += Math.exp(x[i]);
        }
        double[] shares =
            IntStream.range(0, x.length).mapToDouble(i -> Math.exp(x[i]) / totals[i / n]).toArray();
        new Tolerance(1e-5, 1e-7).check("softmax", in.softmax(1), shares);
      }
    }
  }

  @Test
  default void aConvolutionOfManyChannels() {
    int channels = 19;
    int outputs = 35;
    int size = 21;
    for (DType type : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor image = on(type).uniform(1, -1, 1, 2, channels, size, size);
        Tensor weight = on(type).uniform(2, -1, 1, outputs, channels, 3, 3);
        float[] x = image.toFloatArray();
        float[] w = weight.toFloatArray();
        int out = (size + 2 - 3) / 2 + 1;
        double[] expected = new double[2 * outputs * out * out];
        for (int i = 0; i < expected.length; i++) {
          int column = i % out * 2 - 1;
          int row = i / out % out * 2 - 1;
          int filter = i / out / out % outputs * channels * 9;
          int picture = i / out / out / outputs * channels * size * size;
          for (int tap = 0; tap < channels * 9; tap++) {
            int r = row + tap / 3 % 3;
            int c = column + tap % 3;
            if (r >= 0 && r < size && c >= 0 && c < size) {
              int at = picture + tap / 9 * size * size + r * size + c;
              expected[i] += (double) x[at] * w[filter + tap];
            }
          }
        }
        Convolution how = Convolution.plain().stride(2).padding(1);
        new Tolerance(1e-5, 5e-5).check("conv2d", image.conv2d(weight, null, how), expected);
      }
    }
  }

  /** More above and below than at the sides, and the other way: as zeros around the image. */
  @Test
  default void poolingWithUnevenPadding() {
    for (DType type : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor x = on(type).uniform(1, -1, 1, 2, 3, 7, 6);
        Tensor row = on(type).zeros(2, 3, 1, 6);
        Tensor column = on(type).zeros(2, 3, 7, 1);
        Pooling high = Pooling.window(3, 2).stride(2, 1).countPadding(true);
        Pooling wide = Pooling.window(2, 3).stride(1, 2).countPadding(true);
        Tensor tall = Tensor.concat(2, row, x, row).avgPool(high);
        Tensor broad = Tensor.concat(3, column, x, column).avgPool(wide);
        assertThat(x.avgPool(high.padding(1, 0)).isClose(tall, 1e-3, 1e-3)).isTrue();
        assertThat(x.avgPool(wide.padding(0, 1)).isClose(broad, 1e-3, 1e-3)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"65, 130, 64, false", "33, 33, 20, true", "1, 1029, 32, true", "130, 131, 8, true"})
  default void attentionOverManyKeys(int queries, int keys, int d, boolean causal) {
    int heads = 4;
    int groups = 2;
    for (DType type : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor q = on(type).uniform(1, -1, 1, heads, queries, d);
        Tensor k = on(type).uniform(2, -1, 1, groups, keys, d);
        Tensor v = on(type).uniform(3, -1, 1, groups, keys, d);
        Attention how = causal ? Attention.autoregressive() : Attention.full();
        double[] expected = new double[heads * queries * d];
        float[] queryValues = q.toFloatArray();
        float[] keyValues = k.toFloatArray();
        float[] valueValues = v.toFloatArray();
        for (int row = 0; row < heads * queries; row++) {
          int group = row / queries / (heads / groups);
          int seen = causal ? row % queries + keys - queries + 1 : keys;
          attend(queryValues, keyValues, valueValues, row, group * keys, seen, d, expected);
        }
        new Tolerance(1e-5, 1e-5).check("attention", q.attention(k, v, how), expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 257, 300, 513})
  default void attentionOfValuesOfAnyWidth(int width) {
    try (Scope scope = Scope.open()) {
      Tensor q = on(DType.F32).uniform(1, -1, 1, 2, 3, 8);
      Tensor k = on(DType.F32).uniform(2, -1, 1, 2, 5, 8);
      Tensor v = on(DType.F32).uniform(3, -1, 1, 2, 5, width);
      Tensor shares = q.matmul(k.transpose()).mul(1 / Math.sqrt(8)).softmax(-1);
      Tensor expected = shares.matmul(v);
      Tensor result = q.attention(k, v, Attention.full());
      assertThat(result.isClose(expected, 1e-5, 1e-5)).as("%s", result).isTrue();
    }
  }

  /**
   * Each score is less than the one before, until their exponentials span more than a float can.
   */
  @Test
  default void attentionOfFallingScores() {
    int keys = 300;
    float[] falling = new float[keys];
    for (int i = 0; i < keys; i++) {
      falling[i] = -0.9f * i;
    }
    try (Scope scope = Scope.open()) {
      Tensor q = on(DType.F32).ones(1, 1, 1);
      Tensor k = on(DType.F32).of(falling, 1, keys, 1);
      Tensor v = on(DType.F32).uniform(1, -1, 1, 1, keys, 3);
      Tensor expected = k.transpose().softmax(-1).matmul(v);
      Tensor result = q.attention(k, v, Attention.full());
      assertThat(result.isClose(expected, 1e-5, 1e-5)).as("%s", result).isTrue();
    }
  }

  private static void attend(
      float[] q, float[] k, float[] v, int row, int first, int seen, int d, double[] out) {
    double total = 0;
    for (int key = first; key < first + seen; key++) {
      double score = 0;
      for (int i = 0; i < d; i++) {
        score += (double) q[row * d + i] * k[key * d + i];
      }
      double weight = Math.exp(score / Math.sqrt(d)); // scores are small here
      total += weight;
      for (int i = 0; i < d; i++) {
        out[row * d + i] += weight * v[key * d + i];
      }
    }
    for (int i = 0; i < d; i++) {
      out[row * d + i] /= total;
    }
  }
}
