package org.tensorlogic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.UnaryOp;

/** Matrix products: ranks, batches, and packed weights left packed. */
final class Products {
  private Products() {}

  static Tensor matmul(
      Tensor left, Tensor right, @Nullable Tensor bias, @Nullable UnaryOp activation, DType dtype) {
    Shape ls = left.shape();
    Shape rs = right.shape();
    if (ls.rank() == 0 || rs.rank() == 0) {
      throw new ShapeException("matmul: a scalar has no inner extent, got " + ls + " and " + rs);
    }
    Layout al = ls.rank() == 1 ? left.layout().insert(0) : left.layout();
    Layout bl = rs.rank() == 1 ? right.layout().insert(1) : right.layout();
    if (GradientTape.recordsAny(left, right, bias)) {
      if (ls.rank() == 1 || rs.rank() == 1) {
        return Scope.keepingOnlyResult(
            () -> vectorsAsMatrices(left, right, bias, activation, dtype));
      }
      if (activation != null) {
        return Scope.keepingOnlyResult(
            () -> Elementwise.unary(activation, matmul(left, right, bias, null, dtype)));
      }
    }
    long inner = al.shape().dim(-1);
    if (inner != bl.shape().dim(-2)) {
      throw new ShapeException("matmul: inner extents differ, " + ls + " and " + rs);
    }
    long rows = al.shape().dim(-2);
    long columns = bl.shape().dim(-1);
    if (bias != null && !bias.shape().equals(Shape.of(columns))) {
      throw new ShapeException(
          "matmul: bias must have shape [" + columns + "], got " + bias.shape());
    }
    Shape batch = Shape.broadcast("matmul", batchOf(al.shape()), batchOf(bl.shape()));
    if (ls.rank() > 2 && rs.rank() == 2) { // one tall product instead of a batch of small ones
      long[] dims = ls.dims();
      dims[dims.length - 1] = columns;
      Shape tall = Shape.of(batchOf(ls).size() * rows, inner);
      if (GradientTape.recordsAny(left, right, bias)) {
        return Scope.keepingOnlyResult(
            () -> matmul(left.reshape(tall), right, bias, null, dtype).reshape(dims));
      }
      return matmul(left.borrowed(tall), right, bias, activation, dtype).renamed(Shape.of(dims));
    }
    Tensor a = left.dense();
    Tensor b = readableByMatmul(right.encoding(), bl) ? right : right.dense();
    // decoding may have changed how it lies: take the layouts again
    Layout av = ls.rank() == 1 ? a.layout().insert(0) : a.layout();
    Layout bv = rs.rank() == 1 ? b.layout().insert(1) : b.layout();
    Tensor x = a.borrow(av.broadcastTo(join(batch, rows, inner)));
    Tensor y = b.borrow(bv.broadcastTo(join(batch, inner, columns)));
    Tensor c = bias == null ? null : bias.dense();
    Tensor out =
        Call.run(
            "matmul",
            dtype,
            join(batch, rows, columns),
            z -> x.backend().matmul(x, y, c, activation, z),
            x,
            y,
            c);
    Shape result = result(batch, ls.rank() > 1, rows, rs.rank() > 1, columns);
    Tensor product = out.renamed(result);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(left, right, bias)) {
      Tensor sl = tape.save(left);
      Tensor sr = tape.save(right);
      tape.record(product, g -> LayerGradients.matmul(sl, sr, bias != null, g), left, right, bias);
    }
    return product;
  }

  /** Vectors by recorded shape operations, so that the rule need only know matrices. */
  private static Tensor vectorsAsMatrices(
      Tensor left, Tensor right, @Nullable Tensor bias, @Nullable UnaryOp activation, DType dtype) {
    Tensor a = left.rank() == 1 ? left.unsqueeze(0) : left;
    Tensor b = right.rank() == 1 ? right.unsqueeze(1) : right;
    Tensor product = matmul(a, b, bias, activation, dtype);
    Tensor withRows = right.rank() == 1 ? product.squeeze(-1) : product;
    return left.rank() == 1 ? withRows.squeeze(right.rank() == 1 ? -1 : -2) : withRows;
  }

  /** Whether blocks run along k and begin where rows begin, so that a kernel can read them. */
  private static boolean readableByMatmul(Encoding encoding, Layout b) {
    if (!encoding.isPacked()) {
      return true;
    }
    int block = encoding.blockSize();
    int k = b.shape().rank() - 2;
    boolean aligned = b.offset() % block == 0 && b.shape().dim(k) % block == 0;
    for (int axis = 0; axis < b.shape().rank(); axis++) {
      aligned &= axis == k ? b.stride(axis) == 1 : b.stride(axis) % block == 0;
    }
    return aligned;
  }

  private static Shape batchOf(Shape shape) {
    return Shape.of(Arrays.copyOf(shape.dims(), shape.rank() - 2));
  }

  private static Shape join(Shape batch, long rows, long columns) {
    long[] dims = Arrays.copyOf(batch.dims(), batch.rank() + 2);
    dims[batch.rank()] = rows;
    dims[batch.rank() + 1] = columns;
    return Shape.of(dims);
  }

  private static Shape result(
      Shape batch, boolean hasRows, long rows, boolean hasColumns, long columns) {
    long[] dims = Arrays.copyOf(batch.dims(), batch.rank() + 2);
    int n = batch.rank();
    if (hasRows) {
      dims[n++] = rows;
    }
    if (hasColumns) {
      dims[n++] = columns;
    }
    return Shape.of(Arrays.copyOf(dims, n));
  }

  static Tensor linear(
      Tensor x, Tensor weight, @Nullable Tensor bias, @Nullable UnaryOp activation) {
    Shape ws = weight.shape();
    if (ws.rank() != 2 || x.shape().rank() == 0) {
      throw new ShapeException(
          "linear: x [..., in] and weight [out, in] are needed, got " + x.shape() + " and " + ws);
    }
    if (x.shape().dim(-1) != ws.dim(1)) {
      throw new ShapeException(
          "linear: x has "
              + x.shape().dim(-1)
              + " features, weight takes "
              + ws.dim(1)
              + ": "
              + x.shape()
              + " and "
              + ws);
    }
    if (bias != null && !bias.shape().equals(Shape.of(ws.dim(0)))) {
      throw new ShapeException(
          "linear: bias must have shape [" + ws.dim(0) + "], got " + bias.shape());
    }
    DType dtype = DType.widest(x.dtype(), weight.dtype());
    if (GradientTape.recordsAny(weight)) {
      return Scope.keepingOnlyResult(() -> matmul(x, weight.transpose(), bias, activation, dtype));
    }
    return matmul(x, weight.borrow(weight.layout().transpose(0, 1)), bias, activation, dtype);
  }
}
