package org.tensorlogic.lang.logic;

import java.util.function.Function;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.value.Fault;

/** The values of conditions: Long, Double, String and Boolean. */
final class ConditionValues {
  private static final double NEARLY = 1e-3;

  private ConditionValues() {}

  static Object value(Condition condition, Function<String, Object> variables) {
    if (condition instanceof Condition.Constant constant) {
      return constant.value();
    } else if (condition instanceof Condition.Name name) {
      return variables.apply(name.name());
    } else if (condition instanceof Condition.Unary unary) {
      Object operand = value(unary.operand(), variables);
      return switch (unary.operator()) {
        case NOT -> !truth(operand, unary.span());
        case PLUS -> operand;
        case NEGATE -> negated(operand, unary.span());
      };
    }
    Condition.Binary binary = (Condition.Binary) condition;
    Object left = value(binary.left(), variables);
    if (binary.operator() == BinaryOperator.AND || binary.operator() == BinaryOperator.OR) {
      boolean first = truth(left, binary.left().span());
      boolean decided = first == (binary.operator() == BinaryOperator.OR);
      return decided ? first : truth(value(binary.right(), variables), binary.right().span());
    }
    return binary(binary, left, value(binary.right(), variables));
  }

  private static Object negated(Object operand, Span span) {
    if (!(operand instanceof Long integer)) {
      return -number(operand, span);
    }
    if (integer == Long.MIN_VALUE) {
      throw overflow("-(" + integer + ")", span);
    }
    return -integer;
  }

  private static Object binary(Condition.Binary binary, Object left, Object right) {
    Span span = binary.span();
    return switch (binary.operator()) {
      case EQUAL -> equal(left, right);
      case NOT_EQUAL -> !equal(left, right);
      case LESS -> compare(left, right, span) < 0;
      case LESS_EQUAL -> compare(left, right, span) <= 0;
      case GREATER -> compare(left, right, span) > 0;
      case GREATER_EQUAL -> compare(left, right, span) >= 0;
      case APPROXIMATE -> Math.abs(number(left, span) - number(right, span)) < NEARLY;
      case ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, POWER -> arithmetic(binary, left, right);
      case AND, OR, MATMUL, OUTER ->
          throw new Fault(
                  DiagnosticCode.OPERAND_TYPE,
                  "'" + binary.operator() + "' cannot be used in a condition")
              .at(span);
    };
  }

  private static boolean equal(Object left, Object right) {
    if (left instanceof Long a && right instanceof Long b) {
      return a.longValue() == b.longValue();
    }
    if (left instanceof Number a && right instanceof Number b) {
      return a.doubleValue() == b.doubleValue();
    }
    return left.equals(right);
  }

  private static int compare(Object left, Object right, Span span) {
    if (left instanceof String a && right instanceof String b) {
      return a.compareTo(b);
    }
    if (left instanceof Long a && right instanceof Long b) {
      return Long.compare(a, b);
    }
    if (left instanceof Number a && right instanceof Number b) {
      return Double.compare(a.doubleValue(), b.doubleValue());
    }
    throw new Fault(
            DiagnosticCode.OPERAND_TYPE, "cannot compare " + type(left) + " with " + type(right))
        .at(span);
  }

  private static Object arithmetic(Condition.Binary binary, Object left, Object right) {
    Span span = binary.span();
    if (left instanceof Long a
        && right instanceof Long b
        && binary.operator() != BinaryOperator.POWER) {
      try {
        return switch (binary.operator()) {
          case ADD -> Math.addExact(a, b);
          case SUBTRACT -> Math.subtractExact(a, b);
          case MULTIPLY -> Math.multiplyExact(a, b);
          case DIVIDE -> b == -1 ? Math.negateExact(a) : a / nonZero(b, span);
          default -> a % nonZero(b, span);
        };
      } catch (ArithmeticException e) {
        throw overflow(a + " " + binary.operator() + " " + b, span);
      }
    }
    double x = number(left, span);
    double y = number(right, span);
    return switch (binary.operator()) {
      case ADD -> x + y;
      case SUBTRACT -> x - y;
      case MULTIPLY -> x * y;
      case DIVIDE -> x / nonZero(y, span);
      case REMAINDER -> x % nonZero(y, span);
      default -> Math.pow(x, y);
    };
  }

  private static Fault overflow(String operation, Span span) {
    return new Fault(
            DiagnosticCode.INTEGER_OVERFLOW,
            "integer overflow in " + operation,
            "use floats for values beyond 64 bits")
        .at(span);
  }

  private static long nonZero(long divisor, Span span) {
    if (divisor == 0) {
      throw byZero(span);
    }
    return divisor;
  }

  private static double nonZero(double divisor, Span span) {
    if (divisor == 0) {
      throw byZero(span);
    }
    return divisor;
  }

  private static Fault byZero(Span span) {
    return new Fault(DiagnosticCode.DIVISION_BY_ZERO, "division by zero").at(span);
  }

  private static boolean truth(Object value, Span span) {
    if (value instanceof Boolean truth) {
      return truth;
    }
    throw new Fault(DiagnosticCode.CONDITION_NOT_BOOL, "expected bool, got " + type(value))
        .at(span);
  }

  private static double number(Object value, Span span) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw new Fault(DiagnosticCode.OPERAND_TYPE, "expected a number, got " + type(value)).at(span);
  }

  static String type(Object value) {
    if (value instanceof Long) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    }
    return value instanceof Boolean ? "bool" : "string";
  }
}
