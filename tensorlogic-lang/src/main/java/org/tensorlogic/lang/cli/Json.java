package org.tensorlogic.lang.cli;

import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists, strings, numbers, booleans and null as JSON (RFC 8259), indented. */
final class Json {
  private final StringBuilder out = new StringBuilder();

  private Json() {}

  static String write(Object value) {
    Json json = new Json();
    json.value(value, "\n");
    return json.out.toString();
  }

  private void value(@Nullable Object value, String newline) {
    if (value instanceof Map<?, ?> map) {
      object(map, newline);
    } else if (value instanceof Iterable<?> list) {
      array(list, newline);
    } else if (value instanceof Number number) {
      double real = number.doubleValue();
      out.append(Double.isNaN(real) || Double.isInfinite(real) ? "\"" + number + "\"" : number);
    } else if (value instanceof Boolean || value == null) {
      out.append(value);
    } else {
      string(value.toString());
    }
  }

  private void object(Map<?, ?> map, String newline) {
    String inner = newline + "  ";
    out.append('{');
    String separator = inner;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      string(String.valueOf(entry.getKey()));
      out.append(": ");
      value(entry.getValue(), inner);
      separator = "," + inner;
    }
    out.append(map.isEmpty() ? "}" : newline + "}");
  }

  /** On one line if it holds only plain values. */
  private void array(Iterable<?> list, String newline) {
    Iterator<?> elements = list.iterator();
    boolean nested = false;
    String separator = "";
    out.append('[');
    while (elements.hasNext()) {
      Object element = elements.next();
      boolean isObject = element instanceof Map<?, ?>;
      nested |= isObject;
      out.append(separator).append(isObject ? newline + "  " : separator.isEmpty() ? "" : " ");
      value(element, newline + "  ");
      separator = ",";
    }
    out.append(nested ? newline + "]" : "]");
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7F || Character.isSurrogate(c)) {
            out.append("\\u%04x".formatted((int) c)); // a lone surrogate is no valid UTF-8
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
