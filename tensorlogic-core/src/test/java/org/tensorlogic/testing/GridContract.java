package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.Attention;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Indices;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.Scope;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/**
 * More rows, and more elements, than a GPU has threads for at once: the first and the last of them
 * are as they are on their own.
 */
@SuppressWarnings("try") // a scope is opened for what it frees
interface GridContract extends ContractPart {
  int ROWS = 1500;
  int IMAGES = 132; // of 2000 elements: more than 1024 groups of 256 threads

  /** Operations that treat every row of [1500, 67] alike. */
  private static Map<String, UnaryOperator<Tensor>> rowOperations() {
    Map<String, UnaryOperator<Tensor>> operations = new LinkedHashMap<>();
    operations.put("sum", x -> x.sum(1));
    operations.put("variance", x -> x.variance(1));
    operations.put("prod", x -> x.prod(1));
    operations.put("argmax", x -> x.gather(1, x.argmax(1).reshape(Shape.of(x.dim(0), 1))));
    operations.put("cumsum", x -> x.cumsum(1));
    operations.put("softmax", x -> x.softmax(1));
    operations.put("layerNorm", x -> x.layerNorm(null, null, 1e-5));
    operations.put("repeated rows", x -> x.embedding(everyRow(x)));
    operations.put(
        "attention",
        x -> {
          Tensor keys = Tensor.on(x.backend(), x.dtype()).uniform(3, -1, 1, 1, 9, 67);
          return x.unsqueeze(0).attention(keys, keys, Attention.full()).squeeze(0);
        });
    return operations;
  }

  private static Indices everyRow(Tensor x) {
    int[] rows = new int[(int) x.dim(0)];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    return Indices.of(rows);
  }

  /** Operations that treat every image of [132, 4, 20, 25] alike. */
  private static Map<String, UnaryOperator<Tensor>> imageOperations() {
    Map<String, UnaryOperator<Tensor>> operations = new LinkedHashMap<>();
    operations.put("unary", Tensor::relu);
    operations.put("binary", x -> x.mul(x));
    operations.put("with a number", x -> x.mul(0.5));
    operations.put("where", x -> Tensor.where(x, x, x));
    operations.put("clamp", x -> x.clamp(-0.5, 0.5));
    operations.put("fill", x -> Tensor.on(x.backend(), DType.F32).full(3, x.shape().dims()));
    operations.put("copy", x -> x.to(DType.F16));
    operations.put(
        "conv2d",
        x ->
            x.conv2d(
                Tensor.on(x.backend(), DType.F32).uniform(4, -1, 1, 4, 1, 1, 1),
                null,
                Convolution.plain().groups(4)));
    operations.put("maxPool", x -> x.maxPool(Pooling.window(1)));
    operations.put(
        "rope",
        x -> {
          Tensor angles = Tensor.on(x.backend(), DType.F32).uniform(5, -1, 1, 4, 5);
          return x.rope(angles.cos(), angles.sin(), RopeStyle.INTERLEAVED);
        });
    return operations;
  }

  /** The first and the last rows of all, and those rows alone. */
  @TestFactory
  default Stream<DynamicTest> theFirstAndTheLastOfManyRows() {
    return rowOperations().entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> compare(e.getValue(), ROWS, 67)));
  }

  /** The first and the last images of all, and those images alone. */
  @TestFactory
  default Stream<DynamicTest> theFirstAndTheLastOfManyElements() {
    return imageOperations().entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getKey(), () -> compare(e.getValue(), IMAGES, 4, 20, 25)));
  }

  private void compare(UnaryOperator<Tensor> operation, long... dims) {
    try (Scope scope = Scope.open()) {
      Tensor x = on(DType.F32).uniform(1, -1, 1, dims);
      Tensor all = operation.apply(x);
      for (Slice slice : new Slice[] {Slice.to(dims[0] / 3), Slice.from(dims[0] - dims[0] / 3)}) {
        Tensor whole = all.slice(slice);
        Tensor part = operation.apply(x.slice(slice).contiguous());
        assertThat(whole.isClose(part, 1e-5, 1e-6)).as("%s%nshould be %s", whole, part).isTrue();
        assertThat(whole.sum().item()).as("%s has no NaN", whole).isFinite(); // which isClose takes
      }
    }
  }

  /** A scatter has a thread for each element of a row. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  default void theLastElementsOfLongRows(boolean add) {
    int n = IMAGES * 2000;
    try (Scope scope = Scope.open()) {
      Tensor x = on(DType.F32).uniform(1, -1, 1, 2, n);
      Tensor y = on(DType.F32).uniform(2, -1, 1, 1, n);
      Indices row = Indices.of(1);
      Tensor z = add ? x.scatterAdd(0, row, y) : x.scatter(0, row, y);
      Tensor expected = add ? x.select(0, 1).add(y.select(0, 0)) : y.select(0, 0);
      assertThat(z.select(0, 0).toFloatArray()).isEqualTo(x.select(0, 0).toFloatArray());
      assertThat(z.select(0, 1).toFloatArray()).isEqualTo(expected.toFloatArray());
    }
  }

  /** A row of packed weights with more blocks than a threadgroup has threads. */
  @Test
  default void theBlocksOfALongPackedRow() {
    int blocks = 700;
    try (Scope scope = Scope.open()) {
      Tensor packed = numberedBlocks(2 * blocks).reshape(2, 32L * blocks);
      Tensor row = packed.embedding(Indices.of(1)).reshape(blocks, 32);
      float[] values = row.slice(Slice.all(), Slice.of(0, 1)).reshape(blocks).toFloatArray();
      for (int i = 0; i < blocks; i++) {
        assertThat(values[i]).isEqualTo((blocks + i) % 16 - 8);
      }
    }
  }

  /** Packed weights are decoded 32 at a time. */
  @Test
  default void theLastOfManyBlocks() {
    int blocks = IMAGES * 2000;
    try (Scope scope = Scope.open()) {
      Tensor packed = numberedBlocks(blocks);
      Tensor first = packed.to(DType.F16).slice(Slice.all(), Slice.of(0, 1));
      float[] values = first.reshape(blocks).toFloatArray();
      for (int i = 0; i < blocks; i++) {
        assertThat(values[i]).isEqualTo(i % 16 - 8);
      }
    }
  }

  /** Blocks [n, 32] of Q4_0, the first element of block i being i % 16 - 8. */
  private Tensor numberedBlocks(int n) {
    byte[] bytes = new byte[18 * n];
    for (int i = 0; i < n; i++) {
      bytes[18 * i + 1] = 0x3C; // the scale 1
      bytes[18 * i + 2] = (byte) i;
    }
    Memory memory = backend().allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    Storage storage = Storage.of(memory, Encoding.Q4_0, 32L * n);
    return Tensor.over(backend(), storage, Shape.of(n, 32));
  }
}
