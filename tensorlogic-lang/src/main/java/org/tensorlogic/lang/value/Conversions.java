package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Indices;
import org.tensorlogic.Model;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.DiagnosticCode;

/** Between Java's values, numbers and tensors. */
public final class Conversions {
  private Conversions() {}

  /** A Java object as a value of the language. */
  public static Datum fromJava(@Nullable Object object) {
    return Datum.forJava(() -> converted(object));
  }

  private static Datum converted(@Nullable Object object) {
    if (object == null) {
      return VoidValue.VOID;
    } else if (object instanceof Datum datum) {
      return datum;
    } else if (object instanceof Double || object instanceof Float) {
      return FloatValue.of(((Number) object).doubleValue());
    } else if (object instanceof Number number && isIntegral(number)) {
      return IntValue.of(number.longValue());
    } else if (object instanceof Boolean value) {
      return BoolValue.of(value);
    } else if (object instanceof CharSequence text) {
      return StringValue.of(text.toString());
    } else if (object instanceof Tensor tensor) {
      return TensorValue.shared(tensor);
    } else if (object instanceof Model model) {
      return ModelValue.of(model);
    } else if (object instanceof Indices indices) {
      return ArrayValue.of(indices);
    } else if (object instanceof List<?> list) {
      return fromList(list);
    }
    return fromArray(object);
  }

  private static boolean isIntegral(Number number) {
    return number instanceof Integer
        || number instanceof Long
        || number instanceof Short
        || number instanceof Byte;
  }

  private static Datum fromArray(Object object) {
    if (object instanceof float[] values) {
      double[] doubles = new double[values.length];
      Arrays.setAll(doubles, i -> values[i]);
      return ArrayValue.ofDoubles(doubles);
    } else if (object instanceof double[] values) {
      return ArrayValue.ofDoubles(values.clone());
    } else if (object instanceof int[] values) {
      return ArrayValue.ofLongs(Arrays.stream(values).asLongStream().toArray());
    } else if (object instanceof long[] values) {
      return ArrayValue.ofLongs(values.clone());
    } else if (object instanceof Object[] values) {
      return fromList(Arrays.asList(values));
    }
    throw new IllegalArgumentException(
        "expected a number, boolean, string, tensor, model, Indices, array or list, got "
            + object.getClass().getName());
  }

  private static Datum fromList(List<?> list) {
    List<Datum> elements = new ArrayList<>();
    boolean tensors = false;
    for (Object element : list) {
      elements.add(converted(element));
      tensors |= element instanceof Tensor;
    }
    return tensors ? new ListValue(elements) : ArrayLiterals.gather(elements);
  }

  /** A float as an integer, if it is one. */
  public static long integral(double value) {
    long integer = (long) value;
    if (integer != value || integer == Long.MAX_VALUE) {
      throw new Fault(
          DiagnosticCode.INVALID_VALUE, "expected an integral number, got " + Text.number(value));
    }
    return integer;
  }

  /** A float without its fraction, for an operation of this name. */
  public static long truncated(String operation, double value) {
    if (!(value >= -0x1p63 && value < 0x1p63)) {
      throw new Fault(
          DiagnosticCode.INTEGER_OVERFLOW,
          operation + ": " + Text.number(value) + " does not fit 64 bits");
    }
    return (long) value;
  }

  static Tensor scalar(double value) {
    return Tensor.as(DType.F32).full(value);
  }

  static Tensor tensor(ArrayValue array) {
    return tensor(array, Tensor.as(DType.F32));
  }

  /** The array in the factory's element type. */
  public static Tensor tensor(ArrayValue array, TensorFactory factory) {
    return factory.of(array.toFloatArray(), array.shape().dims());
  }
}
