package org.tensorlogic.testing;

import java.util.Arrays;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.testing.ContractCase.Values;

/** Ways in which the same elements can lie in memory. */
enum ViewKind {
  /** Row-major without gaps. */
  DENSE,
  /** The axes in reverse order. */
  TRANSPOSED,
  /** Every second element of a larger tensor, whose other elements are NaN. */
  STRIDED;

  /** A tensor of these values lying this way. */
  Tensor create(TensorFactory factory, Values values) {
    long[] dims = values.shape().dims();
    return switch (this) {
      case DENSE -> factory.of(values.elements(), dims);
      case TRANSPOSED -> transposed(factory, values.elements(), dims);
      case STRIDED -> strided(factory, values.elements(), dims);
    };
  }

  private static Tensor transposed(TensorFactory factory, float[] elements, long[] dims) {
    int rank = dims.length;
    long[] reversed = new long[rank];
    int[] order = new int[rank];
    long[] strides = new long[rank];
    long stride = 1;
    for (int axis = 0; axis < rank; axis++) {
      reversed[rank - 1 - axis] = dims[axis];
      order[axis] = rank - 1 - axis;
      strides[axis] = stride;
      stride *= dims[axis];
    }
    float[] stored = new float[elements.length];
    place(elements, dims, stored, strides, 0);
    return factory.of(stored, reversed).permute(order);
  }

  private static Tensor strided(TensorFactory factory, float[] elements, long[] dims) {
    int rank = dims.length;
    long[] larger = new long[rank];
    long[] strides = new long[rank];
    Slice[] odd = new Slice[rank];
    long size = 1;
    long offset = 0;
    for (int axis = rank - 1; axis >= 0; axis--) {
      larger[axis] = 2 * dims[axis] + 1;
      strides[axis] = 2 * size;
      offset += size;
      size *= larger[axis];
      odd[axis] = new Slice(1, larger[axis], 2);
    }
    float[] stored = new float[(int) size];
    Arrays.fill(stored, Float.NaN);
    place(elements, dims, stored, strides, offset);
    return factory.of(stored, larger).slice(odd);
  }

  private static void place(
      float[] elements, long[] dims, float[] stored, long[] strides, long offset) {
    for (int i = 0; i < elements.length; i++) {
      long position = offset;
      long rest = i;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        position += rest % dims[axis] * strides[axis];
        rest /= dims[axis];
      }
      stored[(int) position] = elements[i];
    }
  }
}
