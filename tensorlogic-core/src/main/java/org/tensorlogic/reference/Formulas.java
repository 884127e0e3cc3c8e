package org.tensorlogic.reference;

import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.UnaryOp;

/** Every elementwise formula, in its plainest form: computed in double, rounded to float. */
final class Formulas {
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

  private Formulas() {}

  static void unary(UnaryOp op, float[] x, float[] y, int n) {
    switch (op) {
      case NEG -> each(x, y, n, v -> -v);
      case ABS -> each(x, y, n, Math::abs);
      case EXP -> each(x, y, n, v -> (float) Math.exp(v));
      case LOG -> each(x, y, n, v -> (float) Math.log(v));
      case SQRT -> each(x, y, n, v -> (float) Math.sqrt(v));
      case RSQRT -> each(x, y, n, v -> (float) (1 / Math.sqrt(v)));
      case RECIPROCAL -> each(x, y, n, v -> 1 / v);
      case SQUARE -> each(x, y, n, v -> v * v);
      case SIN -> each(x, y, n, v -> (float) Math.sin(v));
      case COS -> each(x, y, n, v -> (float) Math.cos(v));
      case TAN -> each(x, y, n, v -> (float) Math.tan(v));
      case TANH -> each(x, y, n, v -> (float) Math.tanh(v));
      case SIGMOID -> each(x, y, n, v -> (float) sigmoid(v));
      case RELU -> each(x, y, n, v -> v > 0 || Float.isNaN(v) ? v : 0);
      case GELU -> each(x, y, n, v -> (float) gelu(v));
      case GELU_ERF -> each(x, y, n, v -> (float) geluErf(v));
      case SILU -> each(x, y, n, Formulas::silu);
      case ERF -> each(x, y, n, v -> (float) Erf.erf(v));
      case FLOOR -> each(x, y, n, v -> (float) Math.floor(v));
      case CEIL -> each(x, y, n, v -> (float) Math.ceil(v));
      case ROUND -> each(x, y, n, v -> (float) Math.rint(v));
      case SIGN -> each(x, y, n, Math::signum);
      case STEP -> each(x, y, n, v -> v > 0 ? 1 : 0);
    }
  }

  static void binary(BinaryOp op, float[] x, float[] y, float[] z, int n) {
    switch (op) {
      case ADD -> each(x, y, z, n, (a, b) -> a + b);
      case SUB -> each(x, y, z, n, (a, b) -> a - b);
      case MUL -> each(x, y, z, n, (a, b) -> a * b);
      case DIV -> each(x, y, z, n, (a, b) -> a / b);
      case POW -> each(x, y, z, n, (a, b) -> (float) Math.pow(a, b));
      case MAXIMUM -> each(x, y, z, n, Math::max);
      case MINIMUM -> each(x, y, z, n, Math::min);
      case EQ -> each(x, y, z, n, (a, b) -> a == b ? 1 : 0);
      case NE -> each(x, y, z, n, (a, b) -> a != b ? 1 : 0);
      case LT -> each(x, y, z, n, (a, b) -> a < b ? 1 : 0);
      case LE -> each(x, y, z, n, (a, b) -> a <= b ? 1 : 0);
      case GT -> each(x, y, z, n, (a, b) -> a > b ? 1 : 0);
      case GE -> each(x, y, z, n, (a, b) -> a >= b ? 1 : 0);
      case SILU_MUL -> each(x, y, z, n, (a, b) -> (float) (a * sigmoid(a) * b));
    }
  }

  /** One element, for the activation of a matrix product. */
  static void activate(UnaryOp op, float[] values, int n) {
    unary(op, values, values, n);
  }

  private static double sigmoid(double v) {
    return 1 / (1 + Math.exp(-v));
  }

  /** v sigmoid(v), which is 0 and not NaN at -inf. */
  private static float silu(float v) {
    return v == Float.NEGATIVE_INFINITY ? -0.0f : (float) (v * sigmoid(v));
  }

  private static double gelu(double v) {
    if (Double.isInfinite(v)) {
      return v > 0 ? v : -0.0;
    }
    return 0.5 * v * (1 + Math.tanh(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v)));
  }

  private static double geluErf(double v) {
    if (Double.isInfinite(v)) {
      return v > 0 ? v : -0.0;
    }
    return 0.5 * v * Erf.erfc(-v * SQRT_HALF);
  }

  private interface Function1 {
    float apply(float x);
  }

  private interface Function2 {
    float apply(float x, float y);
  }

  private static void each(float[] x, float[] y, int n, Function1 f) {
    for (int i = 0; i < n; i++) {
      y[i] = f.apply(x[i]);
    }
  }

  private static void each(float[] x, float[] y, float[] z, int n, Function2 f) {
    for (int i = 0; i < n; i++) {
      z[i] = f.apply(x[i], y[i]);
    }
  }
}
