package org.tensorlogic.lang.syntax;

import org.tensorlogic.lang.Span;

/**
 * A piece of the source.
 *
 * @param text the spelling; for a string its value
 * @param firstOnLine whether only white space and comments stand before it on its line
 */
public record Token(TokenKind kind, Span span, String text, boolean firstOnLine) {

  boolean is(TokenKind other) {
    return kind == other;
  }

  boolean isWord(String word) {
    return kind == TokenKind.IDENTIFIER && text.equals(word);
  }

  /** How a message calls this token. */
  String shown() {
    return switch (kind) {
      case END -> "end of file";
      case STRING -> "a string";
      default -> "'" + text + "'";
    };
  }
}
