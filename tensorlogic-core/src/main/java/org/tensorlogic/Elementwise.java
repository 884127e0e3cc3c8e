package org.tensorlogic;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.TernaryOp;
import org.tensorlogic.backend.UnaryOp;

/** Elementwise operations: broadcasting and result types. */
final class Elementwise {
  private Elementwise() {}

  static Tensor unary(UnaryOp op, Tensor tensor) {
    Tensor x = tensor.dense();
    Tensor y = Call.run(op.text(), x.dtype(), x.shape(), out -> x.backend().unary(op, x, out), x);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor)) {
      Tensor sx = tape.save(tensor);
      Tensor sy = tape.save(y);
      tape.record(y, g -> new @Nullable Tensor[] {GradientRules.unary(op, sx, sy, g)}, tensor);
    }
    return y;
  }

  static Tensor binary(BinaryOp op, Tensor left, Tensor right) {
    Shape shape = Shape.broadcast(op.text(), left.shape(), right.shape());
    Tensor x = left.dense().spread(shape);
    Tensor y = right.dense().spread(shape);
    Tensor z =
        Call.run(
            op.text(),
            DType.widest(left.dtype(), right.dtype()),
            shape,
            out -> x.backend().binary(op, x, y, out),
            x,
            y);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(left, right)) {
      recordBinary(tape, op, left, right, z);
    }
    return z;
  }

  private static void recordBinary(
      GradientTape tape, BinaryOp op, Tensor left, Tensor right, Tensor z) {
    if (op == BinaryOp.ADD || op == BinaryOp.SUB) { // their rules read no value
      tape.record(z, g -> GradientRules.binary(op, g, g, g, g), left, right);
      return;
    }
    Tensor sx = tape.save(left);
    Tensor sy = tape.save(right);
    Tensor sz = tape.save(z);
    tape.record(z, g -> GradientRules.binary(op, sx, sy, sz, g), left, right);
  }

  static Tensor binary(BinaryOp op, Tensor left, double right) {
    Tensor x = left.dense();
    float y = number(op, right, left.dtype());
    Tensor z =
        Call.run(op.text(), x.dtype(), x.shape(), out -> x.backend().binary(op, x, y, out), x);
    recordWithNumber(op, left, right, false, z);
    return z;
  }

  static Tensor binary(BinaryOp op, double left, Tensor right) {
    float x = number(op, left, right.dtype());
    Tensor y = right.dense();
    Tensor z =
        Call.run(op.text(), y.dtype(), y.shape(), out -> y.backend().binary(op, x, y, out), y);
    recordWithNumber(op, right, left, true, z);
    return z;
  }

  /**
   * A number beside a tensor. It is compared as what it is in the tensor's type, so that elements
   * made from 0.1 equal 0.1; a finite one that a half cannot hold stays larger than all halves.
   */
  private static float number(BinaryOp op, double value, DType dtype) {
    float single = (float) value;
    if (!op.isComparison() || dtype != DType.F16) {
      return single;
    }
    float half = Half.toFloat(Half.fromDouble(value));
    return Float.isInfinite(half) ? single : half;
  }

  private static void recordWithNumber(
      BinaryOp op, Tensor operand, double number, boolean numberFirst, Tensor z) {
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(operand)) {
      Tensor sx = tape.save(operand);
      Tensor sz = tape.save(z);
      tape.record(
          z,
          g ->
              new @Nullable Tensor[] {GradientRules.withNumber(op, sx, number, numberFirst, sz, g)},
          operand);
    }
  }

  static Tensor ternary(TernaryOp op, DType dtype, Tensor a, Tensor b, Tensor c) {
    Shape shape =
        Shape.broadcast(op.text(), Shape.broadcast(op.text(), a.shape(), b.shape()), c.shape());
    Tensor x = a.dense().spread(shape);
    Tensor y = b.dense().spread(shape);
    Tensor z = c.dense().spread(shape);
    Tensor result =
        Call.run(op.text(), dtype, shape, out -> x.backend().ternary(op, x, y, z, out), x, y, z);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(a, b, c)) {
      Tensor sa = tape.save(a);
      Tensor sb = tape.save(b);
      tape.record(
          result,
          g ->
              switch (op) {
                case WHERE -> LayerGradients.where(sa, g);
                case MUL_ADD -> new @Nullable Tensor[] {g.mul(sb), g.mul(sa), g};
              },
          a,
          b,
          c);
    }
    return result;
  }

  static Tensor clamp(Tensor tensor, double low, double high) {
    if (!(low <= high)) {
      throw new IllegalArgumentException(
          "clamp: the lower bound must not exceed the upper, got " + low + " and " + high);
    }
    Tensor x = tensor.dense();
    Tensor y =
        Call.run(
            "clamp",
            x.dtype(),
            x.shape(),
            out -> x.backend().clamp(x, (float) low, (float) high, out),
            x);
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(tensor)) {
      Tensor sx = tape.save(tensor);
      tape.record(y, g -> new @Nullable Tensor[] {LayerGradients.clamp(sx, low, high, g)}, tensor);
    }
    return y;
  }
}
