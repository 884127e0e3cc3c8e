package org.tensorlogic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.ScatterOp;

/** Gathering and scattering by indices. */
final class Indexing {
  private Indexing() {}

  static Tensor indexSelect(String operation, Tensor tensor, int axis, Indices indices) {
    int positive = tensor.shape().axis(operation, axis);
    indices.requireBelow(operation, tensor.shape().dim(positive));
    Tensor x = positive == 0 && wholeRows(tensor) ? tensor : tensor.dense();
    Tensor table = x.borrow(toFront(x.layout(), positive));
    long[] rest = Arrays.copyOfRange(table.shape().dims(), 1, table.shape().rank());
    Tensor rows =
        Call.run(
            operation,
            x.dtype(),
            join(Shape.of(indices.size()), rest),
            out -> table.backend().gather(table, indices, out),
            table);
    Tensor shaped = rows.renamed(join(indices.shape(), rest));
    // the index axes stand in front: bring them back to where the axis was
    int added = indices.shape().rank();
    int[] order = new int[shaped.shape().rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i < positive ? added + i : i < positive + added ? i - positive : i;
    }
    Tensor y = positive == 0 ? shaped : shaped.replaced(shaped.layout().permute(order));
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor)) {
      Shape shape = tensor.shape();
      long[] flat = shape.with(positive, indices.size()).dims();
      Indices vector = indices.reshape(Shape.of(indices.size()));
      tape.record(
          y,
          g ->
              new @Nullable Tensor[] {
                zeros(g, shape).scatterAdd(positive, vector, g.reshape(flat))
              },
          tensor);
    }
    return y;
  }

  private static Tensor zeros(Tensor like, Shape shape) {
    return Tensor.on(like.backend(), DType.F32).zeros(shape.dims());
  }

  private static boolean wholeRows(Tensor table) {
    if (!table.encoding().isPacked()) {
      return true;
    }
    int block = table.encoding().blockSize();
    int rank = table.shape().rank();
    return rank >= 2
        && table.layout().isContiguous()
        && table.layout().offset() % block == 0
        && table.shape().dim(rank - 1) % block == 0;
  }

  static Tensor gather(Tensor tensor, int axis, Indices indices) {
    int positive = tensor.shape().axis("gather", axis);
    Shape from = tensor.shape();
    Shape to = indices.shape();
    boolean fits = from.rank() == to.rank();
    for (int i = 0; fits && i < from.rank(); i++) {
      fits = i == positive || to.dim(i) <= from.dim(i);
    }
    if (!fits) {
      throw new ShapeException(
          "gather: indices need the rank of the tensor and no larger extents but on axis "
              + axis
              + ", got "
              + to
              + " for "
              + from);
    }
    indices.requireBelow("gather", from.dim(positive));
    if (from.size() > Integer.MAX_VALUE) {
      throw new ShapeException("gather: " + from + " has more than 2^31-1 elements");
    }
    Indices positions = flatPositions(indices, from, positive);
    return Scope.keepingOnlyResult(
        () -> indexSelect("gather", tensor.reshape(-1, 1), 0, positions).reshape(to.dims()));
  }

  private static Indices flatPositions(Indices indices, Shape from, int axis) {
    Layout source = Layout.contiguous(from);
    int rank = from.rank();
    int[] flat = new int[indices.size()];
    long[] at = new long[rank];
    for (int i = 0; i < flat.length; i++) {
      long position = 0;
      for (int a = 0; a < rank; a++) {
        position += (a == axis ? indices.get(i) : at[a]) * source.stride(a);
      }
      flat[i] = (int) position;
      for (int a = rank - 1; a >= 0 && ++at[a] == indices.shape().dim(a); a--) {
        at[a] = 0;
      }
    }
    return Indices.of(flat);
  }

  static Tensor scatter(ScatterOp op, Tensor tensor, int axis, Indices indices, Tensor source) {
    String operation = op == ScatterOp.SET ? "scatter" : "scatterAdd";
    int positive = tensor.shape().axis(operation, axis);
    indices.requireBelow(operation, tensor.shape().dim(positive));
    Shape expected = tensor.shape().with(positive, indices.size());
    if (indices.shape().rank() != 1 || !source.shape().equals(expected)) {
      throw new ShapeException(
          operation
              + ": "
              + indices.size()
              + " indices along axis "
              + axis
              + " of "
              + tensor.shape()
              + " need a source of shape "
              + expected
              + ", got "
              + source.shape());
    }
    Tensor x = tensor.dense();
    Tensor s = source.dense();
    Tensor rows = s.borrow(toFront(s.layout(), positive));
    Tensor y =
        Call.run(
            operation,
            DType.widest(tensor.dtype(), source.dtype()),
            tensor.shape(),
            out -> {
              x.backend().copy(x, out);
              Tensor target = out.borrow(toFront(out.layout(), positive));
              x.backend().scatter(op, indices, rows, target);
            },
            x,
            rows);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor, source)) {
      tape.record(
          y,
          g ->
              new @Nullable Tensor[] {
                op == ScatterOp.ADD ? g : LayerGradients.outside(g, positive, indices),
                op == ScatterOp.ADD
                    ? g.indexSelect(positive, indices)
                    : LayerGradients.written(g, positive, indices)
              },
          tensor,
          source);
    }
    return y;
  }

  /** The layout with an axis moved to the front. */
  private static Layout toFront(Layout layout, int from) {
    if (from == 0) {
      return layout;
    }
    int[] order = new int[layout.shape().rank()];
    order[0] = from;
    for (int i = 1; i < order.length; i++) {
      order[i] = i <= from ? i - 1 : i;
    }
    return layout.permute(order);
  }

  private static Shape join(Shape front, long[] rest) {
    long[] dims = Arrays.copyOf(front.dims(), front.rank() + rest.length);
    System.arraycopy(rest, 0, dims, front.rank(), rest.length);
    return Shape.of(dims);
  }
}
