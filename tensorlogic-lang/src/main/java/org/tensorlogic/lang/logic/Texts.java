package org.tensorlogic.lang.logic;

/** Constants as they are printed. */
final class Texts {
  private Texts() {}

  /** A symbol as it is, another string in quotes, a number as Java writes it. */
  static String constant(Object value) {
    if (value instanceof String text && !isName(text)) {
      return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
    return value.toString();
  }

  private static boolean isName(String text) {
    return !text.isEmpty()
        && (Character.isLetter(text.codePointAt(0)) || text.startsWith("_"))
        && text.codePoints()
            .allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '\'' || c == '′');
  }
}
