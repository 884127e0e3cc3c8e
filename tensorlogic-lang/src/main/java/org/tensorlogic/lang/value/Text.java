package org.tensorlogic.lang.value;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import org.tensorlogic.lang.DiagnosticCode;

/** How numbers and containers are written. */
public final class Text {
  private static final int WHOLE = 1000;
  private static final int EDGE = 3;
  private static final int MAX_LENGTH = 1 << 24;

  private Text() {}

  /** The shortest decimal that reads back equal, always with a point or an exponent. */
  public static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    return plain(shortest(value));
  }

  /** Double.toString may give a digit too many before JDK 19: shorter forms are tried first. */
  private static BigDecimal shortest(double value) {
    BigDecimal text = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    while (text.precision() > 1) {
      BigDecimal shorter =
          text.round(new MathContext(text.precision() - 1, RoundingMode.HALF_EVEN))
              .stripTrailingZeros();
      if (shorter.doubleValue() != value) {
        return text;
      }
      text = shorter;
    }
    return text;
  }

  /** Python's form: an exponent below 1e-4 and from 1e16. */
  private static String plain(BigDecimal number) {
    int exponent = number.precision() - number.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String text = number.toPlainString();
      return text.indexOf('.') < 0 ? text + ".0" : text;
    }
    String digits = number.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    String padding = Math.abs(exponent) < 10 ? "0" : "";
    return (number.signum() < 0 ? "-" : "")
        + mantissa
        + (exponent < 0 ? "e-" : "e+")
        + padding
        + Math.abs(exponent);
  }

  static String quote(String value) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\r' -> out.append("\\r");
        default -> out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** Nested brackets; long arrays show the first and last three per dimension. */
  static String array(ArrayValue array) {
    StringBuilder out = new StringBuilder();
    append(out, array, 0, 0);
    return out.toString();
  }

  private static void append(StringBuilder out, ArrayValue array, int axis, int at) {
    if (axis == array.rank()) {
      out.append(array.isInteger() ? Long.toString(array.getLong(at)) : number(array.get(at)));
      return;
    }
    int extent = array.dim(axis);
    int below = 1;
    for (int a = axis + 1; a < array.rank(); a++) {
      below *= array.dim(a);
    }
    boolean abbreviated = array.size() > WHOLE && extent > 2 * EDGE;
    out.append('[');
    for (int i = 0; i < extent; i++) {
      if (i > 0) {
        out.append(", ");
      }
      if (abbreviated && i == EDGE) {
        out.append("...");
        i = extent - EDGE - 1;
      } else {
        append(out, array, axis + 1, at + i * below);
      }
    }
    out.append(']');
  }

  static String join(String open, Iterator<? extends Datum> items, String close) {
    StringBuilder out = new StringBuilder(open);
    String separator = "";
    while (items.hasNext()) {
      out.append(separator).append(items.next().quoted());
      separator = ", ";
      requireLength(out);
    }
    return out.append(close).toString();
  }

  /** Containers that share parts can have texts of any length: theirs end at a limit. */
  static void requireLength(StringBuilder text) {
    if (text.length() > MAX_LENGTH) {
      throw new Fault(
          DiagnosticCode.MEMORY_LIMIT,
          "the text of a container would be longer than " + MAX_LENGTH + " characters");
    }
  }
}
