package org.tensorlogic.lang.runtime;

import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.syntax.UnaryOperator;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VectorValue;

/** What each operator does with each kind of operand. */
public final class Operators {
  private static final long MAX_TEXT = 1L << 26;

  private Operators() {}

  public static Datum binary(BinaryOperator operator, Datum a, Datum b) {
    if (a instanceof IntValue x && b instanceof IntValue y) {
      return Numbers.ints(operator, x.value(), y.value());
    }
    if (isPlainNumber(a) && isPlainNumber(b)) {
      return Numbers.doubles(operator, a.toDouble(), b.toDouble());
    }
    if (a instanceof TensorValue || b instanceof TensorValue) {
      return withTensor(operator, a, b);
    }
    if (isArray(a) && isArray(b)) {
      return withArray(operator, array(a), array(b));
    }
    return others(operator, a, b);
  }

  static boolean isPlainNumber(Datum value) {
    return value instanceof IntValue || value instanceof FloatValue;
  }

  /** Number arrays, numeric vectors and numbers. */
  static boolean isArray(Datum value) {
    return value instanceof ArrayValue
        || isPlainNumber(value)
        || (value instanceof VectorValue vector
            && vector.kind() != VectorValue.Kind.STRING
            && vector.kind() != VectorValue.Kind.BOOL);
  }

  static ArrayValue array(Datum value) {
    return value instanceof VectorValue vector ? vector.toArray() : ArrayArithmetic.asArray(value);
  }

  private static Datum withTensor(BinaryOperator operator, Datum a, Datum b) {
    if (a instanceof TensorValue x) {
      if (isPlainNumber(b)) {
        return TensorArithmetic.withNumber(operator, x.tensor(), b.toDouble());
      }
      if (b instanceof TensorValue y) {
        return TensorArithmetic.tensors(operator, x.tensor(), y.tensor());
      }
      if (isArray(b)) {
        try (Tensor y = like(array(b), x.tensor())) {
          return TensorArithmetic.tensors(operator, x.tensor(), y);
        }
      }
    } else if (b instanceof TensorValue y && isPlainNumber(a)) {
      return TensorArithmetic.numberWith(operator, a.toDouble(), y.tensor());
    } else if (b instanceof TensorValue y && isArray(a)) {
      try (Tensor x = like(array(a), y.tensor())) {
        return TensorArithmetic.tensors(operator, x, y.tensor());
      }
    }
    throw Numbers.undefined(operator, a.type(), b.type());
  }

  /** A number array in the element type of the tensor beside it. */
  static Tensor like(ArrayValue array, Tensor tensor) {
    return Conversions.tensor(array, Tensor.on(tensor.backend(), tensor.dtype()));
  }

  private static Datum withArray(BinaryOperator operator, ArrayValue a, ArrayValue b) {
    if (operator == BinaryOperator.MATMUL || operator == BinaryOperator.OUTER) {
      try (Tensor x = a.toTensor();
          Tensor y = b.toTensor()) {
        return TensorArithmetic.tensors(operator, x, y);
      }
    }
    return ArrayArithmetic.binary(operator, a, b);
  }

  private static Datum others(BinaryOperator operator, Datum a, Datum b) {
    if (a instanceof StringValue x) {
      if (b instanceof StringValue y) {
        return strings(operator, x.value(), y.value());
      }
      if (operator == BinaryOperator.MULTIPLY && b instanceof IntValue count) {
        return repeat(x.value(), count.value());
      }
    }
    if (operator == BinaryOperator.MULTIPLY
        && a instanceof IntValue count
        && b instanceof StringValue y) {
      return repeat(y.value(), count.value());
    }
    boolean equality = operator == BinaryOperator.EQUAL || operator == BinaryOperator.NOT_EQUAL;
    if (equality && a instanceof BoolValue && b instanceof BoolValue) {
      return BoolValue.of((a == b) == (operator == BinaryOperator.EQUAL));
    }
    if (equality && a instanceof ListValue x && b instanceof ListValue y) {
      return BoolValue.of(areEqual(x, y) == (operator == BinaryOperator.EQUAL));
    }
    Fault fault = Numbers.undefined(operator, a.type(), b.type());
    boolean joins = operator == BinaryOperator.ADD;
    if (joins && (a instanceof StringValue || b instanceof StringValue)) {
      fault.withHelp("use str(...) to join text and other values");
    }
    throw fault;
  }

  /** Whether two values are equal: numbers by value, tensors and arrays by shape and elements. */
  public static boolean areEqual(Datum a, Datum b) {
    return new Equality().of(a, b);
  }

  private static Datum strings(BinaryOperator operator, String a, String b) {
    int order = a.compareTo(b);
    return switch (operator) {
      case ADD -> joined(a, b);
      case EQUAL -> BoolValue.of(order == 0);
      case NOT_EQUAL -> BoolValue.of(order != 0);
      case LESS -> BoolValue.of(order < 0);
      case LESS_EQUAL -> BoolValue.of(order <= 0);
      case GREATER -> BoolValue.of(order > 0);
      case GREATER_EQUAL -> BoolValue.of(order >= 0);
      default -> throw Numbers.undefined(operator, "string", "string");
    };
  }

  private static Datum joined(String a, String b) {
    if ((long) a.length() + b.length() > MAX_TEXT) {
      throw new Fault(DiagnosticCode.MEMORY_LIMIT, "'+': the string would be too long");
    }
    return StringValue.of(a + b);
  }

  private static Datum repeat(String text, long count) {
    if (count < 0) {
      throw new Fault(
          DiagnosticCode.INVALID_VALUE, "'*': cannot repeat a string " + count + " times");
    }
    if (!text.isEmpty() && count > MAX_TEXT / text.length()) {
      throw new Fault(DiagnosticCode.MEMORY_LIMIT, "'*': the string would be too long");
    }
    return StringValue.of(text.isEmpty() ? text : text.repeat((int) count));
  }

  public static Datum unary(UnaryOperator operator, Datum x) {
    switch (operator) {
      case PLUS -> {
        if (isArray(x) || x instanceof TensorValue) {
          return x;
        }
      }
      case NEGATE -> {
        if (x instanceof IntValue number) {
          return Numbers.ints(BinaryOperator.SUBTRACT, 0, number.value());
        } else if (x instanceof FloatValue number) {
          return FloatValue.of(-number.value());
        } else if (x instanceof TensorValue tensor) {
          return TensorArithmetic.negate(tensor.tensor());
        } else if (x instanceof ArrayValue array) {
          return ArrayArithmetic.negate(array);
        }
      }
      case NOT -> {
        if (x instanceof BoolValue truth) {
          return BoolValue.of(!truth.value());
        } else if (x instanceof TensorValue tensor) {
          return TensorArithmetic.not(tensor.tensor());
        } else if (x instanceof ArrayValue array) {
          return ArrayArithmetic.map(array, v -> v == 0 ? 1 : 0);
        }
      }
    }
    throw new Fault(
        DiagnosticCode.OPERAND_TYPE, "'" + operator + "' is not defined for " + x.type());
  }

  /** A condition: a bool, or a comparison result of one element. */
  public static boolean truth(Datum value) {
    if (value instanceof BoolValue bool) {
      return bool.value();
    }
    Fault fault =
        new Fault(DiagnosticCode.CONDITION_NOT_BOOL, "condition must be bool, got " + value.type());
    if (value.isNumber()) {
      fault.withHelp("compare: x != 0");
    }
    throw fault;
  }
}
