package org.tensorlogic.lang.builtin;

import java.util.function.DoubleUnaryOperator;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.UnaryOp;
import org.tensorlogic.lang.runtime.ArrayArithmetic;
import org.tensorlogic.lang.runtime.Operators;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.syntax.UnaryOperator;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.TensorValue;

/** Elementwise functions: one for every constant of core's enums, on numbers and arrays too. */
final class Elementwise {
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

  private Elementwise() {}

  static void define(Registry registry) {
    for (UnaryOp op : UnaryOp.values()) {
      DoubleUnaryOperator scalar = scalar(op);
      registry.add(op.text() + "(x)", a -> unary(a, op, scalar));
    }
    registry.add("floor(x)", a -> toInteger(a, UnaryOp.FLOOR, Math::floor));
    registry.add("ceil(x)", a -> toInteger(a, UnaryOp.CEIL, Math::ceil));
    registry.add("round(x)", a -> toInteger(a, UnaryOp.ROUND, Elementwise::roundHalfAway));
    registry.add("abs(x)", Elementwise::abs);
    registry.add("sig(x, T?)", Elementwise::sigmoid);
    registry.alias("H", "step");
    registry.alias("gelu_exact", "gelu_erf");
    for (BinaryOp op : BinaryOp.values()) {
      registry.add(op.text() + "(x, y)", a -> a.result(a.tensor(0).binary(op, a.tensor(1))));
    }
    arithmetic(registry, "add", BinaryOperator.ADD);
    arithmetic(registry, "sub", BinaryOperator.SUBTRACT);
    arithmetic(registry, "mul", BinaryOperator.MULTIPLY);
    arithmetic(registry, "div", BinaryOperator.DIVIDE);
    arithmetic(registry, "pow", BinaryOperator.POWER);
    registry.add("where(condition, x, y)", Elementwise::where);
    registry.add("clamp(x, low, high)", Elementwise::clamp);
  }

  private static void arithmetic(Registry registry, String name, BinaryOperator operator) {
    registry.add(name + "(x, y)", a -> Operators.binary(operator, a.get(0), a.get(1)));
  }

  private static Datum unary(Arguments a, UnaryOp op, DoubleUnaryOperator scalar) {
    Datum x = a.get(0);
    if (x instanceof TensorValue tensor) {
      return TensorValue.of(tensor.tensor().unary(op));
    } else if (x instanceof ArrayValue array) {
      return ArrayArithmetic.map(array, scalar);
    } else if (x.isNumber()) {
      return FloatValue.of(scalar.applyAsDouble(x.toDouble()));
    }
    throw a.wrong(0, "a number or tensor");
  }

  private static Datum abs(Arguments a) {
    if (a.get(0) instanceof IntValue number) {
      return number.value() < 0 ? Operators.unary(UnaryOperator.NEGATE, number) : number;
    }
    return unary(a, UnaryOp.ABS, Math::abs);
  }

  private static Datum toInteger(Arguments a, UnaryOp op, DoubleUnaryOperator rounding) {
    Datum x = a.get(0);
    if (x instanceof TensorValue tensor && tensor.tensor().rank() > 0) {
      return TensorValue.of(tensor.tensor().unary(op));
    } else if (x instanceof ArrayValue array) {
      return ArrayArithmetic.map(array, rounding);
    }
    double rounded = rounding.applyAsDouble(a.number(0));
    if (!(Math.abs(rounded) < 0x1p63)) {
      throw a.invalid(FloatValue.of(rounded) + " does not fit 64 bits");
    }
    return IntValue.of((long) rounded);
  }

  private static double roundHalfAway(double x) {
    double below = Math.floor(Math.abs(x));
    return Math.copySign(Math.abs(x) - below < 0.5 ? below : below + 1, x);
  }

  /** 1 / (1 + exp(-x / T)); T = 0 is the step. */
  private static Datum sigmoid(Arguments a) {
    if (!a.has(1)) {
      return unary(a, UnaryOp.SIGMOID, scalar(UnaryOp.SIGMOID));
    }
    double t = a.number(1);
    if (a.isTracking(1)) {
      try (Tensor scaled = a.tensor(0).div(a.tensor(1))) {
        return TensorValue.of(scaled.sigmoid());
      }
    }
    if (t == 0) {
      return unary(a, UnaryOp.STEP, scalar(UnaryOp.STEP));
    }
    if (a.get(0).isNumber() && !(a.get(0) instanceof TensorValue)) {
      return FloatValue.of(scalar(UnaryOp.SIGMOID).applyAsDouble(a.number(0) / t));
    }
    try (Tensor scaled = a.tensor(0).div(t)) {
      return TensorValue.of(scaled.sigmoid());
    }
  }

  private static Datum where(Arguments a) {
    return a.result(Tensor.where(a.tensor(0), a.tensor(1), a.tensor(2)));
  }

  private static Datum clamp(Arguments a) {
    double low = a.number(1);
    double high = a.number(2);
    Datum x = a.get(0);
    if (x.isNumber() && !(x instanceof TensorValue)) {
      return FloatValue.of(Math.max(low, Math.min(high, x.toDouble())));
    }
    return a.result(a.tensor(0).clamp(low, high));
  }

  /** The function on a double. */
  static DoubleUnaryOperator scalar(UnaryOp op) {
    return switch (op) {
      case NEG -> x -> -x;
      case ABS -> Math::abs;
      case EXP -> Math::exp;
      case LOG -> Math::log;
      case SQRT -> Math::sqrt;
      case RSQRT -> x -> 1 / Math.sqrt(x);
      case RECIPROCAL -> x -> 1 / x;
      case SQUARE -> x -> x * x;
      case SIN -> Math::sin;
      case COS -> Math::cos;
      case TAN -> Math::tan;
      case TANH -> Math::tanh;
      case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
      case RELU -> x -> Double.isNaN(x) ? x : Math.max(x, 0);
      case GELU -> x -> 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)));
      case GELU_ERF -> x -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
      case SILU -> x -> x / (1 + Math.exp(-x));
      case ERF -> Elementwise::erf;
      case FLOOR -> Math::floor;
      case CEIL -> Math::ceil;
      case ROUND -> Math::rint;
      case SIGN -> Math::signum;
      case STEP -> x -> x > 0 ? 1 : 0;
    };
  }

  /** By its Taylor series up to 3, then by the continued fraction of its complement. */
  static double erf(double x) {
    double size = Math.abs(x);
    if (Double.isNaN(x) || size == 0) {
      return x;
    }
    if (size > 6) {
      return Math.signum(x);
    }
    if (size < 3) {
      double term = x;
      double sum = x;
      for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
        term *= -x * x / n;
        sum += term / (2 * n + 1);
      }
      return 2 / Math.sqrt(Math.PI) * sum;
    }
    double fraction = 0;
    for (int k = 60; k > 0; k--) {
      fraction = k / 2.0 / (size + fraction);
    }
    double complement = Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction);
    return Math.signum(x) * (1 - complement);
  }
}
