package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a caller reads who passes shapes that do not fit: the operation, then the facts in full. */
class ShapeErrorsTest {
  private static final Tensor A = Tensor.zeros(2, 3);
  private static final Tensor B = Tensor.zeros(4, 5);
  private static final Tensor IMAGE = Tensor.zeros(1, 4, 6, 6);

  private static Arguments of(ThrowingCallable call, String message) {
    return Arguments.of(message, call);
  }

  static Stream<Arguments> shapes() {
    return Stream.of(
        of(() -> A.matmul(B), "matmul: inner extents differ, [2, 3] and [4, 5]"),
        of(
            () -> A.matmul(Tensor.scalar(1)),
            "matmul: a scalar has no inner extent, got [2, 3] and []"),
        of(
            () -> Tensor.zeros(2, 2, 3).matmul(Tensor.zeros(3, 3, 2)),
            "matmul: shapes [2] and [3] do not broadcast: 2 and 3 differ at axis -1"),
        of(
            () -> A.add(B),
            "add: shapes [2, 3] and [4, 5] do not broadcast: 3 and 5 differ at axis -1"),
        of(
            () -> Tensor.where(A, A, B),
            "where: shapes [2, 3] and [4, 5] do not broadcast: 3 and 5 differ at axis -1"),
        of(() -> A.linear(B), "linear: x has 3 features, weight takes 5: [2, 3] and [4, 5]"),
        of(() -> A.linear(A, A), "linear: bias must have shape [2], got [2, 3]"),
        of(
            () -> A.linear(IMAGE),
            "linear: x [..., in] and weight [out, in] are needed, got [2, 3] and [1, 4, 6, 6]"),
        of(() -> A.reshape(4), "reshape: cannot reshape [2, 3] (6 elements) to [4] (4 elements)"),
        of(() -> A.reshape(-1, 4), "reshape: cannot infer -1 in [-1, 4] for [2, 3] (6 elements)"),
        of(() -> A.reshape(-1, -2), "reshape: negative extent in [-1, -2]"),
        of(() -> Tensor.stack(0), "stack: at least one tensor is needed"),
        of(() -> A.reshape(-1, -1), "reshape: only one extent may be -1, got [-1, -1]"),
        of(() -> A.transpose(0, 2), "transpose: axis 2 does not exist in [2, 3] of rank 2"),
        of(() -> Tensor.of(1, 2).transpose(), "transpose: rank at least 2 is needed, got [2]"),
        of(() -> A.permute(0, 0), "permute: every axis of [2, 3] must be named once, got [0, 0]"),
        of(() -> A.squeeze(1), "squeeze: axis 1 of [2, 3] must have extent 1, has 3"),
        of(() -> A.unsqueeze(4), "unsqueeze: axis 4 is out of range for [2, 3] of rank 2"),
        of(
            () -> A.broadcastTo(2, 2),
            "broadcastTo: shapes [2, 3] and [2, 2] do not broadcast: 3 and 2 differ at axis -1"),
        of(
            () -> Tensor.zeros(4, 3).broadcastTo(1, 3),
            "broadcastTo: [4, 3] does not stretch to [1, 3]"),
        of(
            () -> Tensor.concat(0, A, B),
            "concat: shapes may differ only at axis 0, got [2, 3] and [4, 5]"),
        of(() -> Tensor.stack(0, A, B), "stack: shapes must be equal, got [2, 3] and [4, 5]"),
        of(
            () -> A.split(new long[] {1, 1}, 1),
            "split: sizes must add up to the extent 3 of axis 1, got [1, 1]"),
        of(() -> A.sum(2), "sum: axis 2 does not exist in [2, 3] of rank 2"),
        of(() -> A.sum(0, -2), "sum: axis -2 is given twice"),
        of(() -> Tensor.zeros(2, 0).argmax(1), "argmax: axis 1 of [2, 0] is empty"),
        of(
            () -> A.layerNorm(Tensor.ones(2), null, 1e-5),
            "layerNorm: weight must have shape [3] for x of shape [2, 3], got [2]"),
        of(
            () -> A.rmsNorm(Tensor.ones(2), 1e-5),
            "rmsNorm: weight must have shape [3] for x of shape [2, 3], got [2]"),
        of(
            () -> A.scatter(0, Indices.of(1), B),
            "scatter: 1 indices along axis 0 of [2, 3] need a source of shape [1, 3], got [4, 5]"),
        of(
            () -> IMAGE.conv2d(Tensor.zeros(8, 3, 3, 3), null, Convolution.plain()),
            "conv2d: 4 channels in 1 groups need a weight [o, 4, ...] with o a multiple of the"
                + " groups, got [8, 3, 3, 3]"),
        of(
            () -> IMAGE.conv2d(Tensor.zeros(8, 4, 7, 7), null, Convolution.plain()),
            "conv2d: the window of 7 is larger than the padded extent 6"),
        of(
            () -> IMAGE.maxPool(Pooling.window(7)),
            "maxPool: the window of 7 is larger than the padded extent 6"),
        of(
            () -> Tensor.einsum("ij,jk->ik", A, B),
            "einsum \"ij,jk->ik\": index 'j' has extent 3 and 4"),
        of(
            () -> Tensor.einsum("ij->ik", A),
            "einsum \"ij->ik\": index 'k' of the result is in no operand"),
        of(
            () -> Tensor.einsum("ijk->i", A),
            "einsum \"ijk->i\": 'ijk' names 3 axes of an operand of rank 2"),
        of(() -> A.item(), "item: exactly one element is needed, got [2, 3]"),
        of(() -> A.get(1), "get: 2 indices are needed for [2, 3], got 1"),
        of(() -> Tensor.of(new float[5], 2, 3), "of: [2, 3] has 6 elements, got 5 values"),
        of(
            () -> Tensor.of(new float[][] {{1, 2}, {3}}),
            "of: row 1 must have 2 elements like row 0, has 1"),
        of(() -> Tensor.zeros(2, -1), "shape: negative extent in [2, -1]"),
        of(
            () -> Tensor.zeros(1L << 62, 4),
            "shape: [4611686018427387904, 4] has more than 2^63-1 elements"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void shapesThatDoNotFitAreNamed(String message, ThrowingCallable call) {
    assertThatThrownBy(call).isExactlyInstanceOf(ShapeException.class).hasMessage(message);
  }

  static Stream<Arguments> indices() {
    return Stream.of(
        of(
            () -> A.embedding(Indices.of(0, 2)),
            "embedding: index 2 at position 1 is out of range for extent 2"),
        of(
            () -> A.indexSelect(1, Indices.of(-1)),
            "indexSelect: index -1 at position 0 is out of range for extent 3"),
        of(() -> A.select(0, 2), "select: index 2 is out of range for axis 0 of extent 2"),
        of(() -> A.get(1, 3), "get: index 3 is out of range for axis 1 of extent 3"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("indices")
  void indicesOutOfRangeAreNamed(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isExactlyInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage(message);
  }
}
