package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Half;
import org.tensorlogic.Indices;
import org.tensorlogic.MemoryBudget;
import org.tensorlogic.Scope;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** Every packed encoding computes as the numbers that {@link Encoding#decode} makes of it. */
@SuppressWarnings("try") // a scope is opened for what it frees
interface PackedContract extends ContractPart {
  int ROWS = 37;

  /** A packed matrix and its values. */
  final class Packed {
    private final Tensor tensor;
    private final float[] values;
    private final int columns;

    private Packed(Tensor tensor, float[] values, int columns) {
      this.tensor = tensor;
      this.values = values;
      this.columns = columns;
    }
  }

  /** Random blocks of moderate numbers. */
  private Packed random(Encoding encoding) {
    int blocks = ROWS * (encoding.blockSize() == 1 ? 67 : 3);
    int columns = blocks / ROWS * encoding.blockSize();
    byte[] bytes = new byte[blocks * encoding.blockBytes()];
    float[] values = new float[ROWS * columns];
    Random random = new Random(encoding.name().hashCode());
    byte[] block = new byte[encoding.blockBytes()];
    float[] decoded = new float[encoding.blockSize()];
    for (int i = 0; i < blocks; i++) {
      do {
        random.nextBytes(block);
        encoding.decode(block, 0, decoded, 0, 1);
      } while (!moderate(decoded));
      System.arraycopy(block, 0, bytes, i * block.length, block.length);
      System.arraycopy(decoded, 0, values, i * decoded.length, decoded.length);
    }
    Memory memory = backend().allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    Storage storage = Storage.of(memory, encoding, values.length);
    return new Packed(Tensor.over(backend(), storage, Shape.of(ROWS, columns)), values, columns);
  }

  private static boolean moderate(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Double.isNaN(value) ? Double.NaN : Math.max(largest, Math.abs(value));
    }
    return largest > 0.01 && largest < 4;
  }

  @ParameterizedTest
  @EnumSource(
      names = {"F16", "F32"},
      mode = EnumSource.Mode.EXCLUDE)
  default void aPackedTensorDecodesToItsNumbers(Encoding encoding) {
    try (Scope scope = Scope.open()) {
      Packed packed = random(encoding);
      assertThat(packed.tensor.to(DType.F32).toFloatArray()).isEqualTo(packed.values);
      float[] halves = packed.tensor.to(DType.F16).toFloatArray();
      for (int i = 0; i < halves.length && encoding != Encoding.F64; i++) { // F64 is rounded once
        assertThat(halves[i]).isEqualTo(Half.toFloat(Half.fromFloat(packed.values[i])));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"F16", "F32"},
      mode = EnumSource.Mode.EXCLUDE)
  default void productsReadPackedWeights(Encoding encoding) {
    try (Scope scope = Scope.open()) {
      Packed packed = random(encoding);
      int k = packed.columns;
      for (int rows : new int[] {1, 2, 5, 19}) {
        for (DType type : DType.values()) {
          Tensor x = on(type).uniform(rows, -1, 1, rows, k);
          float[] given = x.toFloatArray();
          double[] expected =
              IntStream.range(0, rows * ROWS)
                  .mapToDouble(i -> dot(given, i / ROWS * k, packed.values, i % ROWS * k, k))
                  .toArray();
          Tolerance tolerance = new Tolerance(1e-6, 1e-6 * k);
          String what = rows + " rows of " + type + " by " + encoding;
          Tensor product = x.matmul(packed.tensor.transpose());
          assertThat(product.shape()).isEqualTo(Shape.of(rows, ROWS));
          tolerance.check(what, product, expected);
          tolerance.check(what + ", linear", x.linear(packed.tensor), expected);
        }
      }
    }
  }

  /** Where computing is only begun when a call returns, a product waits for its operands. */
  @ParameterizedTest
  @EnumSource(
      names = {"F16", "F32"},
      mode = EnumSource.Mode.EXCLUDE)
  default void productsReadWhatWasJustComputed(Encoding encoding) {
    try (Scope scope = Scope.open()) {
      Packed packed = random(encoding);
      int k = packed.columns;
      Tensor x = on(DType.F32).uniform(1, -1, 1, 3, k);
      Tensor bias = on(DType.F32).uniform(2, -1, 1, ROWS);
      Tensor product = x.add(1).linear(packed.tensor, bias.mul(2));
      float[] given = x.add(1).toFloatArray();
      float[] added = bias.mul(2).toFloatArray();
      double[] expected =
          IntStream.range(0, 3 * ROWS)
              .mapToDouble(
                  i -> dot(given, i / ROWS * k, packed.values, i % ROWS * k, k) + added[i % ROWS])
              .toArray();
      new Tolerance(1e-6, 3e-6 * k).check("product of " + encoding, product, expected);
    }
  }

  private static double dot(float[] a, int from, float[] b, int start, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double) a[from + i] * b[start + i];
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(
      names = {"F16", "F32"},
      mode = EnumSource.Mode.EXCLUDE)
  default void otherOperationsDecodePackedTensors(Encoding encoding) {
    try (Scope scope = Scope.open()) {
      Packed packed = random(encoding);
      Tensor decoded = packed.tensor.to(packed.tensor.dtype());
      assertThat(packed.tensor.embedding(Indices.of(36, 0, 7, 7)).toFloatArray())
          .isEqualTo(decoded.embedding(Indices.of(36, 0, 7, 7)).toFloatArray());
      assertThat(packed.tensor.add(1).toFloatArray()).isEqualTo(decoded.add(1).toFloatArray());
      assertThat(packed.tensor.select(0, 5).toFloatArray())
          .isEqualTo(
              Arrays.copyOfRange(decoded.toFloatArray(), 5 * packed.columns, 6 * packed.columns));
      assertThat(packed.tensor.transpose().contiguous().toFloatArray())
          .isEqualTo(decoded.transpose().toFloatArray());
      assertThat(packed.tensor.max(1).toFloatArray()).isEqualTo(decoded.max(1).toFloatArray());
    }
  }

  /** Two rows of 37, an expert among many: decoding all would exceed the budget. */
  @ParameterizedTest
  @EnumSource(
      names = {"F16", "F32"},
      mode = EnumSource.Mode.EXCLUDE)
  default void aViewDecodesNoMoreThanTheBlocksItSpans(Encoding encoding) {
    try (Scope scope = Scope.open()) {
      Packed packed = random(encoding);
      MemoryBudget budget = new MemoryBudget(ROWS / 2 * 4L * packed.columns);
      Tensor rows = packed.tensor.slice(Slice.of(20, 22));
      Tensor part = packed.tensor.slice(Slice.of(20, 22), Slice.from(5));
      Tensor x = on(DType.F32).uniform(1, -1, 1, 2, packed.columns);
      Tensor decoded = packed.tensor.to(DType.F32);
      Tensor expected = decoded.slice(Slice.of(20, 22));
      double tolerance = 1e-6 * packed.columns;
      budget.bound(
          () -> {
            assertThat(rows.transpose().to(DType.F32).toFloatArray())
                .isEqualTo(expected.transpose().toFloatArray());
            assertThat(part.to(DType.F32).toFloatArray())
                .isEqualTo(expected.slice(Slice.all(), Slice.from(5)).toFloatArray());
            assertThat(x.linear(rows).isClose(x.linear(expected), 1e-6, tolerance)).isTrue();
            return encoding;
          });
    }
  }
}
