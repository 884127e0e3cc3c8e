package org.tensorlogic.metal.gpu;

import java.util.Arrays;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Layout;

/** Layouts of tensors of one shape with the axes joined that lie alike in all of them. */
final class Joined {
  private Joined() {}

  static Layout[] of(Tensor... tensors) {
    Shape shape = tensors[0].shape();
    long[] dims = new long[shape.rank()];
    long[][] strides = new long[tensors.length][shape.rank()];
    int n = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      long dim = shape.dim(axis);
      if (dim == 1) {
        continue;
      }
      boolean joins = n > 0;
      for (int t = 0; joins && t < tensors.length; t++) {
        joins = strides[t][n - 1] == tensors[t].layout().stride(axis) * dim;
      }
      if (!joins) {
        dims[n++] = 1;
      }
      dims[n - 1] *= dim;
      for (int t = 0; t < tensors.length; t++) {
        strides[t][n - 1] = tensors[t].layout().stride(axis);
      }
    }
    Shape joined = Shape.of(Arrays.copyOf(dims, n));
    Layout[] layouts = new Layout[tensors.length];
    for (int t = 0; t < tensors.length; t++) {
      layouts[t] = Layout.of(joined, Arrays.copyOf(strides[t], n), tensors[t].layout().offset());
    }
    return layouts;
  }
}
