package org.tensorlogic.lang.equation;

import java.util.Arrays;
import org.tensorlogic.DType;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.ReduceOp;

/** Reducing consecutive elements of an axis in groups, the last of which may be smaller. */
final class Groups {
  private Groups() {}

  static Tensor reduce(Tensor tensor, int axis, long group, ReduceOp op) {
    long size = tensor.dim(axis);
    long count = (size + group - 1) / group;
    long missing = count * group - size;
    if (missing == 0) {
      return split(tensor, axis, count, group).reduce(op, DType.F32, false, axis + 1);
    }
    if (op == ReduceOp.MEAN) {
      Tensor sums = reduce(tensor, axis, group, ReduceOp.SUM);
      return sums.div(counts(tensor, axis, count, group, missing));
    }
    double neutral =
        switch (op) {
          case MAX -> Double.NEGATIVE_INFINITY;
          case MIN -> Double.POSITIVE_INFINITY;
          default -> 0;
        };
    Shape padding = tensor.shape().with(axis, missing);
    Tensor filler = Tensor.on(tensor.backend(), tensor.dtype()).full(neutral, padding.dims());
    return reduce(Tensor.concat(axis, tensor, filler), axis, group, op);
  }

  private static Tensor split(Tensor tensor, int axis, long count, long group) {
    long[] dims = tensor.shape().dims();
    long[] wider = new long[dims.length + 1];
    System.arraycopy(dims, 0, wider, 0, axis);
    wider[axis] = count;
    wider[axis + 1] = group;
    System.arraycopy(dims, axis + 1, wider, axis + 2, dims.length - axis - 1);
    return tensor.reshape(wider);
  }

  /** How many elements each group has, along the axis. */
  private static Tensor counts(Tensor tensor, int axis, long count, long group, long missing) {
    float[] counts = new float[Math.toIntExact(count)];
    Arrays.fill(counts, (float) group);
    counts[counts.length - 1] = (float) (group - missing);
    long[] dims = new long[tensor.rank()];
    Arrays.fill(dims, 1);
    dims[axis] = count;
    return Tensor.on(tensor.backend(), DType.F32).of(counts, dims);
  }
}
