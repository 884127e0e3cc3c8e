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
import org.tensorlogic.Indices;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.Scope;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;

/** A view as an operand gives what a copy of it gives. */
@SuppressWarnings("try") // a scope is opened for what it frees
interface ViewsContract extends ContractPart {
  /** Operations on a tensor [4, 6, 8]. */
  private static Map<String, UnaryOperator<Tensor>> operations() {
    Map<String, UnaryOperator<Tensor>> operations = new LinkedHashMap<>();
    operations.put("unary", x -> x.unary(UnaryOp.SILU));
    operations.put("binary", x -> x.add(x.transpose(0, 0).mul(2)));
    operations.put("binary with a row", x -> x.mul(x.select(0, 1).select(0, 2)));
    operations.put("where", x -> Tensor.where(x.gt(0), x, x.neg()));
    operations.put("clamp", x -> x.clamp(-1, 1));
    operations.put("convert", x -> x.to(DType.F32).to(DType.F16));
    operations.put("concat", x -> Tensor.concat(1, x, x));
    operations.put("repeat", x -> x.repeat(2, 1, 2));
    operations.put("sum of all", x -> x.reduce(ReduceOp.SUM, DType.F32, false));
    operations.put("max of the middle axis", x -> x.max(1));
    operations.put("variance of two axes", x -> x.variance(0, 2));
    operations.put("softmax", x -> x.softmax(-1));
    operations.put("softmax of the first axis", x -> x.softmax(0));
    operations.put("cumsum", x -> x.cumsum(1));
    operations.put("layerNorm", x -> x.layerNorm(x.select(0, 0).select(0, 0), null, 1e-5));
    operations.put("rmsNorm", x -> x.rmsNorm(x.select(0, 0).select(0, 0), 1e-5));
    operations.put("matmul, left", x -> x.matmul(x.select(0, 0).transpose().contiguous()));
    operations.put("matmul, right", x -> x.contiguous().matmul(x.transpose()));
    operations.put("linear", x -> x.linear(x.select(0, 0), x.select(0, 0).select(1, 0)));
    operations.put("einsum", x -> Tensor.einsum("aij,bij->ab", x, x));
    operations.put("indexSelect", x -> x.indexSelect(1, Indices.of(5, 0, 5)));
    operations.put("scatterAdd", x -> x.scatterAdd(0, Indices.of(1), x.slice(Slice.of(2, 3))));
    operations.put(
        "scatter",
        x -> x.scatter(2, Indices.of(1), x.slice(Slice.all(), Slice.all(), Slice.of(7, 8))));
    operations.put(
        "conv2d",
        x ->
            x.conv2d(
                x.slice(Slice.all(), Slice.of(0, 3), Slice.of(2, 4)).reshape(1, 4, 3, 2),
                null,
                Convolution.plain()));
    operations.put("maxPool", x -> x.maxPool(Pooling.window(2)));
    operations.put(
        "rope",
        x -> {
          Tensor table = x.select(1, 0).slice(Slice.all(), Slice.to(3));
          return x.rope(table, table.neg(), RopeStyle.HALF_SPLIT);
        });
    operations.put("attention", x -> x.attention(x, x, Attention.autoregressive()));
    operations.put(
        "attention, masked",
        x ->
            x.attention(
                x, x, Attention.full().mask(x.slice(Slice.of(0, 1), Slice.all(), Slice.to(6)))));
    return operations;
  }

  /** The views of shape [4, 6, 8] that are tried. */
  private static Map<String, UnaryOperator<Tensor>> views() {
    Map<String, UnaryOperator<Tensor>> views = new LinkedHashMap<>();
    views.put("transposed", x -> x.reshape(8, 6, 4).permute(2, 1, 0));
    views.put("rows exchanged with planes", x -> x.reshape(6, 4, 8).transpose(0, 1));
    views.put("one row for all", x -> x.slice(Slice.of(1, 2), Slice.of(3, 4)).broadcastTo(4, 6, 8));
    views.put(
        "one column for all",
        x -> x.slice(Slice.all(), Slice.all(), Slice.of(2, 3)).broadcastTo(4, 6, 8));
    views.put("one plane for all", x -> x.slice(Slice.of(3, 4)).broadcastTo(4, 6, 8));
    views.put(
        "one element for all", x -> x.select(0, 0).select(0, 0).select(0, 0).broadcastTo(4, 6, 8));
    views.put(
        "a part", x -> Tensor.concat(2, x, x, x).slice(Slice.all(), Slice.all(), Slice.of(5, 13)));
    views.put(
        "every third",
        x -> Tensor.concat(2, x, x, x).slice(Slice.all(), Slice.all(), new Slice(2, 24, 3)));
    return views;
  }

  /** Every operation on every view. */
  @TestFactory
  default Stream<DynamicTest> aViewGivesWhatItsCopyGives() {
    return operations().entrySet().stream()
        .flatMap(
            operation ->
                views().entrySet().stream()
                    .map(
                        view ->
                            DynamicTest.dynamicTest(
                                operation.getKey() + " of " + view.getKey(),
                                () -> compare(operation.getValue(), view.getValue()))));
  }

  private void compare(UnaryOperator<Tensor> operation, UnaryOperator<Tensor> view) {
    for (DType type : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor seen = view.apply(on(type).uniform(7, -2, 2, 4, 6, 8));
        Tensor expected = operation.apply(seen.contiguous());
        Tensor actual = operation.apply(seen);
        double relative = type == DType.F16 ? 0x1p-9 : 1e-5;
        assertThat(actual.isClose(expected, relative, relative))
            .as("%s%nshould be %s", actual, expected)
            .isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 31, 207, 1027})
  default void stridedRowsOfAwkwardSizes(int n) {
    for (DType type : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor wide = on(type).uniform(n, -2, 2, 3, 2 * n + 3);
        Tensor gaps = wide.slice(Slice.all(), new Slice(1, 2L * n + 1, 2));
        Tensor shifted = wide.slice(Slice.all(), Slice.of(3, n + 3L));
        for (Tensor view : new Tensor[] {gaps, shifted, gaps.transpose(), shifted.transpose()}) {
          Tensor copy = view.contiguous();
          assertThat(copy.toFloatArray()).isEqualTo(view.toFloatArray());
          assertThat(view.exp().toFloatArray()).isEqualTo(copy.exp().toFloatArray());
          assertThat(view.add(view).toFloatArray()).isEqualTo(copy.mul(2).toFloatArray());
          assertThat(view.max(0).toFloatArray()).isEqualTo(copy.max(0).toFloatArray());
          assertThat(view.max(1).toFloatArray()).isEqualTo(copy.max(1).toFloatArray());
        }
      }
    }
  }

  @Test
  default void copiesKeepTheSignOfZeroAndTheBitsOfSubnormals() {
    short[] halves = {0, (short) 0x8000, 1, (short) 0x8001, 0x3FF, 0x7C00, (short) 0xFC00};
    try (Scope scope = Scope.open()) {
      Tensor x = on(DType.F16).ofHalves(halves, halves.length);
      assertThat(Tensor.concat(0, x, x).slice(Slice.to(halves.length)).toHalfArray())
          .isEqualTo(halves);
      assertThat(x.to(DType.F32).to(DType.F16).toHalfArray()).isEqualTo(halves);
      assertThat(x.neg().neg().toHalfArray()).isEqualTo(halves);
      assertThat(x.neg().toHalfArray()[0]).isEqualTo((short) 0x8000);
    }
  }
}
