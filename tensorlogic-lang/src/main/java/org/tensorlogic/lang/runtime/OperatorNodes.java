package org.tensorlogic.lang.runtime;

import org.tensorlogic.DType;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.syntax.UnaryOperator;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.DTypes;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ScalarType;
import org.tensorlogic.lang.value.TensorValue;

/** Operators. */
final class OperatorNodes {
  private OperatorNodes() {}

  static final class Binary extends Node {
    private final BinaryOperator operator;
    private final Node left;
    private final Node right;
    private final boolean protectLeft;

    Binary(Span span, BinaryOperator operator, Node left, Node right) {
      super(span);
      this.operator = operator;
      this.left = left;
      this.right = right;
      this.protectLeft = !right.isPure();
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum a = left.evaluate(frame);
      if (protectLeft) {
        a.hold();
      }
      Datum b = right.evaluate(frame);
      if (protectLeft) {
        a.unhold();
      }
      try {
        if (a instanceof IntValue x && b instanceof IntValue y) {
          return Numbers.ints(operator, x.value(), y.value());
        }
        if (a instanceof FloatValue x && b instanceof FloatValue y) {
          return Numbers.doubles(operator, x.value(), y.value());
        }
        Datum result = Operators.binary(operator, a, b);
        a.discard();
        b.discard();
        return result;
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      } catch (OutOfMemoryError e) {
        throw Faults.of(e).at(span());
      }
    }

    @Override
    public boolean isPure() {
      return left.isPure() && right.isPure();
    }
  }

  static final class Unary extends Node {
    private final UnaryOperator operator;
    private final Node operand;

    Unary(Span span, UnaryOperator operator, Node operand) {
      super(span);
      this.operator = operator;
      this.operand = operand;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum x = operand.evaluate(frame);
      try {
        Datum result = Operators.unary(operator, x);
        if (result != x) {
          x.discard();
        }
        return result;
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }

    @Override
    public boolean isPure() {
      return operand.isPure();
    }
  }

  /** {@code and}, {@code or}: the right side only if it matters. */
  static final class Logical extends Node {
    private final boolean or;
    private final String sign;
    private final Node left;
    private final Node right;

    Logical(Span span, boolean or, String sign, Node left, Node right) {
      super(span);
      this.or = or;
      this.sign = sign;
      this.left = left;
      this.right = right;
    }

    @Override
    public Datum evaluate(Frame frame) {
      boolean first = truth(left, frame);
      return BoolValue.of(first == or ? or : truth(right, frame));
    }

    private boolean truth(Node operand, Frame frame) {
      Datum value = operand.evaluate(frame);
      if (value instanceof BoolValue bool) {
        return bool.value();
      }
      Fault fault =
          new Fault(DiagnosticCode.OPERAND_TYPE, "'" + sign + "' needs bools, got " + value.type());
      if (value instanceof TensorValue || value instanceof ArrayValue) {
        String elementwise = or ? "maximum(a, b)" : "a * b";
        fault.withHelp("of zeros and ones, element by element: " + elementwise);
      }
      throw fault.at(operand.span());
    }

    @Override
    public boolean isPure() {
      return left.isPure() && right.isPure();
    }
  }

  /** {@code operand as type}. */
  static final class Cast extends Node {
    private final Node operand;
    private final String type;

    Cast(Span span, Node operand, String type) {
      super(span);
      this.operand = operand;
      this.type = type;
    }

    @Override
    public Datum evaluate(Frame frame) {
      Datum x = operand.evaluate(frame);
      try {
        Datum result = cast(x, frame.execution());
        if (result != x) {
          x.discard();
        }
        return result;
      } catch (RuntimeException e) {
        throw Faults.locate(e, span());
      }
    }

    private Datum cast(Datum x, Execution execution) {
      DType dtype = DTypes.named(type);
      boolean integer = ScalarType.named(type) == ScalarType.INT;
      if (dtype == null && !integer) {
        throw new Fault(
            DiagnosticCode.UNKNOWN_TYPE,
            "cannot convert to '" + type + "'",
            "'as' converts to int, float, float16 and float32");
      }
      boolean tensor =
          x instanceof TensorValue value && (value.tensor().rank() > 0 || execution.isTracking(x));
      boolean number = type.equals("float") && !execution.isTracking(x);
      if (x.isNumber() && (number || !(tensor && dtype != null))) {
        if (dtype != null) {
          return FloatValue.of(x.toDouble());
        }
        return x instanceof IntValue ? x : IntValue.of(truncate(x.toDouble()));
      } else if (x instanceof TensorValue value && dtype != null) {
        return value.tensor().dtype() == dtype ? x : TensorValue.of(value.tensor().to(dtype));
      } else if (x instanceof ArrayValue array) {
        return dtype == null ? truncate(array) : execution.tensor(array, dtype);
      } else if (x instanceof TensorValue value) {
        float[] floats = value.tensor().toFloatArray();
        long[] longs = new long[floats.length];
        for (int i = 0; i < longs.length; i++) {
          longs[i] = truncate(floats[i]);
        }
        return ArrayValue.ofLongs(longs)
            .reshaped(ArrayValue.of(value.tensor().shape()).toIntArray());
      }
      throw new Fault(
          DiagnosticCode.OPERAND_TYPE, "'as " + type + "' is not defined for " + x.type());
    }

    private static ArrayValue truncate(ArrayValue array) {
      long[] longs = new long[array.size()];
      for (int i = 0; i < longs.length; i++) {
        longs[i] = truncate(array.get(i));
      }
      return ArrayValue.ofLongs(longs).reshaped(array.dims());
    }

    private static long truncate(double value) {
      return Conversions.truncated("'as int'", value);
    }

    @Override
    public boolean isPure() {
      return operand.isPure();
    }
  }
}
