package org.tensorlogic;

import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.TernaryOp;
import org.tensorlogic.backend.UnaryOp;

/** Elementwise operations: broadcasting and result types. */
final class Elementwise {
  private Elementwise() {}

  static Tensor unary(UnaryOp op, Tensor tensor) {
    Tensor x = tensor.dense();
    return Call.run(op.text(), x.dtype(), x.shape(), out -> x.backend().unary(op, x, out), x);
  }

  static Tensor binary(BinaryOp op, Tensor left, Tensor right) {
    Shape shape = Shape.broadcast(op.text(), left.shape(), right.shape());
    Tensor x = left.dense().spread(shape);
    Tensor y = right.dense().spread(shape);
    return Call.run(
        op.text(),
        DType.widest(left.dtype(), right.dtype()),
        shape,
        out -> x.backend().binary(op, x, y, out),
        x,
        y);
  }

  static Tensor binary(BinaryOp op, Tensor left, double right) {
    Tensor x = left.dense();
    float y = (float) right;
    return Call.run(op.text(), x.dtype(), x.shape(), out -> x.backend().binary(op, x, y, out), x);
  }

  static Tensor binary(BinaryOp op, double left, Tensor right) {
    float x = (float) left;
    Tensor y = right.dense();
    return Call.run(op.text(), y.dtype(), y.shape(), out -> y.backend().binary(op, x, y, out), y);
  }

  static Tensor ternary(TernaryOp op, DType dtype, Tensor a, Tensor b, Tensor c) {
    Shape shape =
        Shape.broadcast(op.text(), Shape.broadcast(op.text(), a.shape(), b.shape()), c.shape());
    Tensor x = a.dense().spread(shape);
    Tensor y = b.dense().spread(shape);
    Tensor z = c.dense().spread(shape);
    return Call.run(op.text(), dtype, shape, out -> x.backend().ternary(op, x, y, z, out), x, y, z);
  }

  static Tensor clamp(Tensor tensor, double low, double high) {
    if (!(low <= high)) {
      throw new IllegalArgumentException(
          "clamp: the lower bound must not exceed the upper, got " + low + " and " + high);
    }
    Tensor x = tensor.dense();
    return Call.run(
        "clamp",
        x.dtype(),
        x.shape(),
        out -> x.backend().clamp(x, (float) low, (float) high, out),
        x);
  }
}
