package org.tensorlogic.lang.logic;

import org.tensorlogic.lang.value.Text;

/** Constants as they are printed. */
final class Texts {
  private Texts() {}

  /** A symbol as it is, another string in quotes, a number as the language prints it. */
  static String constant(Object value) {
    if (value instanceof String text && !isName(text)) {
      return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
    return value instanceof Double number ? Text.number(number) : value.toString();
  }

  private static boolean isName(String text) {
    return !text.isEmpty()
        && (Character.isLetter(text.codePointAt(0)) || text.startsWith("_"))
        && text.codePoints()
            .allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '\'' || c == '′');
  }
}
