package org.tensorlogic.lang.runtime;

import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;

/** The operators on two numbers: exact integers, IEEE doubles, division by zero refused. */
final class Numbers {
  private static final double NEAR = 1e-3;

  private Numbers() {}

  static Datum ints(BinaryOperator operator, long a, long b) {
    try {
      return switch (operator) {
        case ADD -> IntValue.of(Math.addExact(a, b));
        case SUBTRACT -> IntValue.of(Math.subtractExact(a, b));
        case MULTIPLY -> IntValue.of(Math.multiplyExact(a, b));
        case DIVIDE -> IntValue.of(divide(a, b));
        case REMAINDER -> IntValue.of(remainder(a, b));
        case POWER ->
            b >= 0 ? IntValue.of(power(a, b)) : FloatValue.of(Math.pow((double) a, (double) b));
        case EQUAL -> BoolValue.of(a == b);
        case NOT_EQUAL -> BoolValue.of(a != b);
        case LESS -> BoolValue.of(a < b);
        case LESS_EQUAL -> BoolValue.of(a <= b);
        case GREATER -> BoolValue.of(a > b);
        case GREATER_EQUAL -> BoolValue.of(a >= b);
        case APPROXIMATE -> BoolValue.of(Math.abs((double) a - (double) b) < NEAR);
        case MATMUL, OUTER, AND, OR -> throw undefined(operator, "int", "int");
      };
    } catch (ArithmeticException e) {
      throw new Fault(
          DiagnosticCode.INTEGER_OVERFLOW,
          "integer overflow in " + a + " " + operator + " " + b,
          "use floats for values beyond 64 bits");
    }
  }

  static Datum doubles(BinaryOperator operator, double a, double b) {
    return switch (operator) {
      case ADD -> FloatValue.of(a + b);
      case SUBTRACT -> FloatValue.of(a - b);
      case MULTIPLY -> FloatValue.of(a * b);
      case DIVIDE -> FloatValue.of(a / nonzero(operator, b));
      case REMAINDER -> FloatValue.of(a % nonzero(operator, b));
      case POWER -> FloatValue.of(Math.pow(a, b));
      case EQUAL -> BoolValue.of(a == b);
      case NOT_EQUAL -> BoolValue.of(a != b);
      case LESS -> BoolValue.of(a < b);
      case LESS_EQUAL -> BoolValue.of(a <= b);
      case GREATER -> BoolValue.of(a > b);
      case GREATER_EQUAL -> BoolValue.of(a >= b);
      case APPROXIMATE -> BoolValue.of(Math.abs(a - b) < NEAR);
      case MATMUL, OUTER, AND, OR -> throw undefined(operator, "float", "float");
    };
  }

  /** The value of an operator on elements of arrays, where division follows IEEE 754. */
  static double element(BinaryOperator operator, double a, double b) {
    return switch (operator) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
      case REMAINDER -> a % b;
      case POWER -> Math.pow(a, b);
      case EQUAL -> truth(a == b);
      case NOT_EQUAL -> truth(a != b);
      case LESS -> truth(a < b);
      case LESS_EQUAL -> truth(a <= b);
      case GREATER -> truth(a > b);
      case GREATER_EQUAL -> truth(a >= b);
      case APPROXIMATE -> truth(Math.abs(a - b) < NEAR);
      case MATMUL, OUTER, AND, OR -> throw undefined(operator, "number array", "number array");
    };
  }

  private static double truth(boolean value) {
    return value ? 1 : 0;
  }

  private static long divide(long a, long b) {
    if (b == 0) {
      throw byZero("/");
    }
    if (a == Long.MIN_VALUE && b == -1) {
      throw new ArithmeticException();
    }
    return a / b;
  }

  private static long remainder(long a, long b) {
    if (b == 0) {
      throw byZero("%");
    }
    return a % b;
  }

  private static double nonzero(BinaryOperator operator, double b) {
    if (b == 0) {
      throw byZero(operator.toString());
    }
    return b;
  }

  private static Fault byZero(String sign) {
    return new Fault(DiagnosticCode.DIVISION_BY_ZERO, "'" + sign + "': division by zero");
  }

  private static long power(long base, long exponent) {
    long result = 1;
    long square = base;
    for (long rest = exponent; rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result = Math.multiplyExact(result, square);
      }
      if (rest > 1) {
        square = Math.multiplyExact(square, square);
      }
    }
    return result;
  }

  static Fault undefined(BinaryOperator operator, String left, String right) {
    return new Fault(
        DiagnosticCode.OPERAND_TYPE,
        "'" + operator + "' is not defined for " + left + " and " + right);
  }
}
