package org.tensorlogic.lang.cli;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How values appear on a terminal. */
final class Text {
  private static final int LONGEST = 100;
  private static final int MOST_ELEMENTS = 6;

  private Text() {}

  /**
   * Control characters as escapes, so that a file cannot write to the terminal; so too what breaks
   * lines or turns the direction of writing.
   */
  static String visible(String text) {
    if (text.codePoints().noneMatch(Text::isControl)) {
      return text;
    }
    StringBuilder visible = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> visible.append("\\n");
                case '\r' -> visible.append("\\r");
                case '\t' -> visible.append("\\t");
                default -> {
                  if (isControl(c)) {
                    visible.append("\\u%04x".formatted(c));
                  } else {
                    visible.appendCodePoint(c);
                  }
                }
              }
            });
    return visible.toString();
  }

  private static boolean isControl(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }

  /**
   * A metadata value on one line: long lists and long strings are cut, saying how long they are.
   */
  static String shortened(Object value) {
    if (value instanceof List<?> list && list.size() > MOST_ELEMENTS) {
      String first =
          list.subList(0, MOST_ELEMENTS).stream()
              .map(Text::shortened)
              .collect(Collectors.joining(", "));
      return "[%s, ...] (%s values)".formatted(first, grouped(list.size()));
    }
    String text = value.toString();
    return text.length() <= LONGEST
        ? text
        : "%s... (%s characters)".formatted(text.substring(0, LONGEST), grouped(text.length()));
  }

  /** A number of bytes in powers of 1000. */
  static String size(BigInteger bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB"};
    double value = bytes.doubleValue();
    int unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    String format = unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, value, units[unit]);
  }

  /** An integer with a comma between thousands. */
  static String grouped(Number integer) {
    return String.format(Locale.ROOT, "%,d", integer);
  }
}
