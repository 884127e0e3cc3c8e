package org.tensorlogic.testing;

import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;

/** The operations as their formulas say, one element at a time in double precision. */
final class Plain {
  private Plain() {}

  static double unary(UnaryOp op, double x) {
    return switch (op) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SQRT -> Math.sqrt(x);
      case RSQRT -> 1 / Math.sqrt(x);
      case RECIPROCAL -> 1 / x;
      case SQUARE -> x * x;
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
      case TAN -> Math.tan(x);
      case TANH -> Math.tanh(x);
      case SIGMOID -> sigmoid(x);
      case RELU -> Math.max(x, 0);
      case GELU -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case GELU_ERF -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
      case SILU -> x * sigmoid(x);
      case ERF -> erf(x);
      case FLOOR -> Math.floor(x);
      case CEIL -> Math.ceil(x);
      case ROUND -> Math.rint(x);
      case SIGN -> Math.signum(x);
      case STEP -> x > 0 ? 1 : 0;
    };
  }

  static double binary(BinaryOp op, double x, double y) {
    return switch (op) {
      case ADD -> x + y;
      case SUB -> x - y;
      case MUL -> x * y;
      case DIV -> x / y;
      case POW -> Math.pow(x, y);
      case MAXIMUM -> Math.max(x, y);
      case MINIMUM -> Math.min(x, y);
      case EQ -> x == y ? 1 : 0;
      case NE -> x != y ? 1 : 0;
      case LT -> x < y ? 1 : 0;
      case LE -> x <= y ? 1 : 0;
      case GT -> x > y ? 1 : 0;
      case GE -> x >= y ? 1 : 0;
      case SILU_MUL -> x * sigmoid(x) * y;
    };
  }

  static double reduce(ReduceOp op, float[] x, int from, int count) {
    double sum = 0;
    double squares = 0;
    double product = 1;
    double max = Double.NEGATIVE_INFINITY;
    double min = Double.POSITIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      sum += x[i];
      squares += (double) x[i] * x[i];
      product *= x[i];
      max = Math.max(max, x[i]);
      min = Math.min(min, x[i]);
    }
    double mean = sum / count;
    double deviations = 0;
    for (int i = from; i < from + count; i++) {
      deviations += (x[i] - mean) * (x[i] - mean);
    }
    return switch (op) {
      case SUM -> sum;
      case MEAN -> mean;
      case MAX -> max;
      case MIN -> min;
      case PROD -> product;
      case NORM -> Math.sqrt(squares);
      case VARIANCE -> deviations / count;
      case SAMPLE_VARIANCE -> deviations / (count - 1);
    };
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** 2/sqrt(pi) times the sum of (-1)^n x^(2n+1) / (n! (2n+1)). */
  private static double erf(double x) {
    if (Math.abs(x) > 5) { // the sum would cancel; erf is 1 - 2e-12 there
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 100; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
}
