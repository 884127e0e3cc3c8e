package org.tensorlogic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.ReduceOp;

/** Reductions and scans: which axes, and in which order the backend sees them. */
final class Reductions {
  private Reductions() {}

  static Tensor reduce(ReduceOp op, Tensor tensor, DType dtype, boolean keepDims, int... axes) {
    Shape shape = tensor.shape();
    boolean[] reduced = reducedAxes(op.text(), shape, axes);
    Tensor x = tensor.dense();
    int count = 0;
    int[] order = new int[shape.rank()];
    long[] kept = new long[shape.rank()];
    int n = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (reduced[axis]) {
        count++;
      } else {
        kept[n] = shape.dim(axis);
        order[n++] = axis;
      }
    }
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (reduced[axis]) {
        order[n++] = axis;
      }
    }
    int trailing = count;
    Tensor view = x.borrow(x.layout().permute(order));
    Shape result = Shape.of(Arrays.copyOf(kept, shape.rank() - count));
    Tensor out =
        Call.run(op.text(), dtype, result, y -> x.backend().reduce(op, view, trailing, y), view);
    Shape withOnes = keep(shape, reduced);
    Tensor y = keepDims ? out.renamed(withOnes) : out;
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor)) {
      Tensor sx = tape.save(tensor);
      Tensor sy = tape.save(y);
      int[] positive = Arrays.copyOfRange(order, shape.rank() - trailing, shape.rank());
      tape.record(
          y,
          g -> new @Nullable Tensor[] {GradientRules.reduce(op, sx, sy, withOnes, positive, g)},
          tensor);
    }
    return y;
  }

  private static boolean[] reducedAxes(String operation, Shape shape, int[] axes) {
    boolean[] reduced = new boolean[shape.rank()];
    if (axes.length == 0) {
      Arrays.fill(reduced, true);
    }
    for (int axis : axes) {
      int positive = shape.axis(operation, axis);
      if (reduced[positive]) {
        throw new ShapeException(operation + ": axis " + axis + " is given twice");
      }
      reduced[positive] = true;
    }
    return reduced;
  }

  private static Shape keep(Shape shape, boolean[] reduced) {
    long[] dims = shape.dims();
    for (int axis = 0; axis < dims.length; axis++) {
      if (reduced[axis]) {
        dims[axis] = 1;
      }
    }
    return Shape.of(dims);
  }

  static Indices arg(boolean largest, Tensor tensor, int axis) {
    String name = largest ? "argmax" : "argmin";
    Shape shape = tensor.shape();
    int positive = shape.axis(name, axis);
    if (shape.dim(positive) == 0) {
      throw new ShapeException(name + ": axis " + axis + " of " + shape + " is empty");
    }
    long count = shape.size() / shape.dim(positive);
    if (count > Integer.MAX_VALUE || shape.dim(positive) > Integer.MAX_VALUE) {
      throw new ShapeException(name + ": " + shape + " has more than 2^31-1 positions");
    }
    Tensor x = tensor.dense();
    Tensor view = x.borrow(toLast(x.layout(), positive));
    int[] out = new int[(int) count];
    Call.run(() -> view.backend().argReduce(largest, view, out), view);
    long[] dims = view.shape().dims();
    return Indices.of(out, Shape.of(Arrays.copyOf(dims, dims.length - 1)));
  }

  static Tensor softmax(Tensor tensor, boolean logarithm, int axis) {
    String name = logarithm ? "log_softmax" : "softmax";
    Tensor y = alongLast(name, tensor, axis, (x, out) -> x.backend().softmax(x, logarithm, out));
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor)) {
      Tensor sy = tape.save(y);
      tape.record(
          y, g -> new @Nullable Tensor[] {GradientRules.softmax(sy, logarithm, axis, g)}, tensor);
    }
    return y;
  }

  static Tensor cumsum(Tensor tensor, int axis) {
    Tensor y = alongLast("cumsum", tensor, axis, (x, out) -> x.backend().cumsum(x, out));
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor)) {
      tape.record(y, g -> new @Nullable Tensor[] {GradientRules.cumsum(axis, g)}, tensor);
    }
    return y;
  }

  private interface Along {
    void run(Tensor x, Tensor out);
  }

  private static Tensor alongLast(String name, Tensor tensor, int axis, Along kernel) {
    int positive = tensor.shape().axis(name, axis);
    Tensor x = tensor.dense();
    Tensor view = x.borrow(toLast(x.layout(), positive));
    Tensor out = Call.run(name, x.dtype(), view.shape(), y -> kernel.run(view, y), view);
    return positive == x.shape().rank() - 1
        ? out
        : out.replaced(out.layout().permute(fromLast(x.shape().rank(), positive)));
  }

  /** The layout with an axis moved to the end. */
  private static Layout toLast(Layout layout, int axis) {
    int rank = layout.shape().rank();
    if (axis == rank - 1) {
      return layout;
    }
    int[] order = new int[rank];
    Arrays.setAll(order, i -> i < axis ? i : i == rank - 1 ? axis : i + 1);
    return layout.permute(order);
  }

  private static int[] fromLast(int rank, int axis) {
    int[] order = new int[rank];
    Arrays.setAll(order, i -> i < axis ? i : i == axis ? rank - 1 : i - 1);
    return order;
  }
}
