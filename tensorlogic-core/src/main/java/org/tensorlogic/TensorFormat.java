package org.tensorlogic;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.tensorlogic.backend.Layout;

/** Text of tensors: nested brackets, each element in the shortest decimal of its own type. */
final class TensorFormat {
  private static final int WHOLE = 1000;
  private static final int EDGE = 3;

  private TensorFormat() {}

  static String format(Tensor tensor) {
    StringBuilder text = new StringBuilder();
    Tensor dense = tensor.encoding().isPacked() ? tensor.copied() : tensor;
    Call.run(() -> append(text, dense, dense.layout(), 0, dense.layout().offset()), dense);
    if (dense != tensor) {
      dense.close();
    }
    return text.toString();
  }

  private static void append(StringBuilder text, Tensor x, Layout layout, int axis, long at) {
    if (axis == layout.shape().rank()) {
      text.append(number(x.dtype(), x.storage().get(at)));
      return;
    }
    long extent = layout.shape().dim(axis);
    boolean abbreviated = layout.shape().size() > WHOLE && extent > 2 * EDGE;
    text.append('[');
    for (long i = 0; i < extent; i++) {
      if (i > 0) {
        text.append(", ");
      }
      if (abbreviated && i == EDGE) {
        text.append("...");
        i = extent - EDGE - 1;
        continue;
      }
      append(text, x, layout, axis + 1, at + i * layout.stride(axis));
    }
    text.append(']');
  }

  /** The shortest decimal that reads back as this value of the type. */
  static String number(DType dtype, float value) {
    if (Float.isNaN(value)) {
      return "NaN";
    }
    if (Float.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 1; ; digits++) {
      // UP as well: above a power of two the numbers lie further apart than below it
      for (RoundingMode mode : new RoundingMode[] {RoundingMode.HALF_EVEN, RoundingMode.UP}) {
        BigDecimal rounded = exact.round(new MathContext(digits, mode));
        if (readsBack(dtype, rounded, value) || digits == 17) {
          return plain(rounded.stripTrailingZeros());
        }
      }
    }
  }

  private static boolean readsBack(DType dtype, BigDecimal decimal, float value) {
    return dtype == DType.F16
        ? Half.toFloat(Half.fromDouble(decimal.doubleValue())) == value
        : decimal.floatValue() == value;
  }

  /** Python's form: a point always, an exponent below 1e-4 and from 1e16. */
  private static String plain(BigDecimal number) {
    int exponent = number.precision() - number.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String text = number.toPlainString();
      return text.indexOf('.') < 0 ? text + ".0" : text;
    }
    String digits = number.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return (number.signum() < 0 ? "-" : "")
        + mantissa
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }
}
