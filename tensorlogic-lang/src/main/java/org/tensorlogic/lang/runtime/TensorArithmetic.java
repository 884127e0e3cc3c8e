package org.tensorlogic.lang.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.UnaryOp;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.TensorValue;

/** The operators where at least one side is a tensor. */
final class TensorArithmetic {
  private static final double NEAR = 1e-3;

  private TensorArithmetic() {}

  /** The core operation of an operator, or null if it is not one elementwise operation. */
  static @Nullable BinaryOp elementwise(BinaryOperator operator) {
    return switch (operator) {
      case ADD -> BinaryOp.ADD;
      case SUBTRACT -> BinaryOp.SUB;
      case MULTIPLY -> BinaryOp.MUL;
      case DIVIDE -> BinaryOp.DIV;
      case POWER -> BinaryOp.POW;
      case EQUAL -> BinaryOp.EQ;
      case NOT_EQUAL -> BinaryOp.NE;
      case LESS -> BinaryOp.LT;
      case LESS_EQUAL -> BinaryOp.LE;
      case GREATER -> BinaryOp.GT;
      case GREATER_EQUAL -> BinaryOp.GE;
      case APPROXIMATE, REMAINDER, MATMUL, OUTER, AND, OR -> null;
    };
  }

  static Datum tensors(BinaryOperator operator, Tensor a, Tensor b) {
    BinaryOp op = elementwise(operator);
    if (op != null) {
      checkBroadcast(operator, a, b);
      return result(operator, a.binary(op, b));
    }
    return switch (operator) {
      case MATMUL -> TensorValue.of(matmul(a, b));
      case OUTER -> TensorValue.of(outer(a, b));
      case APPROXIMATE -> {
        try (Tensor difference = a.sub(b)) {
          yield result(operator, near(difference));
        }
      }
      default -> {
        try (Tensor quotient = a.div(b)) {
          yield result(operator, remainder(a, quotient, b));
        }
      }
    };
  }

  static Datum withNumber(BinaryOperator operator, Tensor a, double b) {
    BinaryOp op = elementwise(operator);
    if (op != null) {
      return result(operator, a.binary(op, b));
    }
    try (Tensor number = scalarLike(a, b)) {
      return tensors(operator, a, number);
    }
  }

  static Datum numberWith(BinaryOperator operator, double a, Tensor b) {
    BinaryOp op = elementwise(operator);
    if (op != null) {
      return result(operator, Tensor.binary(op, a, b));
    }
    try (Tensor number = scalarLike(b, a)) {
      return tensors(operator, number, b);
    }
  }

  private static Tensor scalarLike(Tensor tensor, double value) {
    return Tensor.on(tensor.backend(), tensor.dtype()).full(value);
  }

  private static Tensor near(Tensor difference) {
    try (Tensor distance = difference.abs()) {
      return distance.lt(NEAR);
    }
  }

  /** a - trunc(a / b) b. */
  private static Tensor remainder(Tensor a, Tensor quotient, Tensor b) {
    try (Tensor size = quotient.abs();
        Tensor whole = size.floor();
        Tensor sign = quotient.sign();
        Tensor truncated = whole.mul(sign);
        Tensor multiple = truncated.mul(b)) {
      return a.sub(multiple);
    }
  }

  /** A comparison of one element is a bool. */
  private static Datum result(BinaryOperator operator, Tensor tensor) {
    if (operator.isComparison() && tensor.size() == 1) {
      boolean truth = tensor.item() != 0;
      tensor.close();
      return BoolValue.of(truth);
    }
    return TensorValue.of(tensor);
  }

  static Tensor matmul(Tensor a, Tensor b) {
    Shape left = a.shape();
    Shape right = b.shape();
    if (left.rank() == 0 || right.rank() == 0) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          "'@': needs at least one dimension on each side, got " + left + " @ " + right,
          "'*' multiplies by a number");
    }
    if (left.dim(-1) != right.dim(right.rank() == 1 ? 0 : -2)) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH, "'@': inner dimensions differ: " + left + " @ " + right);
    }
    return a.matmul(b);
  }

  private static Tensor outer(Tensor a, Tensor b) {
    long[] dims = Arrays.copyOf(a.shape().dims(), a.rank() + b.rank());
    Arrays.fill(dims, a.rank(), dims.length, 1);
    try (Tensor column = a.reshape(dims)) {
      return column.mul(b);
    }
  }

  private static void checkBroadcast(BinaryOperator operator, Tensor a, Tensor b) {
    Shape x = a.shape();
    Shape y = b.shape();
    for (int i = 1; i <= Math.min(x.rank(), y.rank()); i++) {
      long p = x.dim(-i);
      long q = y.dim(-i);
      if (p != q && p != 1 && q != 1) {
        throw new Fault(
            DiagnosticCode.SHAPE_MISMATCH,
            "'" + operator + "': shapes " + x + " and " + y + " do not broadcast");
      }
    }
  }

  static Datum negate(Tensor tensor) {
    return TensorValue.of(tensor.unary(UnaryOp.NEG));
  }

  /** 1 where the element is 0. */
  static Datum not(Tensor tensor) {
    return TensorValue.of(tensor.eq(0));
  }
}
