package org.tensorlogic.lang.syntax;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kinds of tokens: names and literals, reserved words, signs. */
public enum TokenKind {
  END("end of file"),
  IDENTIFIER("a name"),
  INT("an integer"),
  FLOAT("a number"),
  STRING("a string"),

  LET("let"),
  FN("fn"),
  IF("if"),
  ELSE("else"),
  FOR("for"),
  IN("in"),
  WHILE("while"),
  LOOP("loop"),
  BREAK("break"),
  CONTINUE("continue"),
  RETURN("return"),
  MATCH("match"),
  TRUE("true"),
  FALSE("false"),
  AS("as"),
  AND("and"),
  OR("or"),
  NOT("not"),
  IMPORT("import"),
  STRUCT("struct"),
  IMPL("impl"),

  PLUS("+"),
  MINUS("-"),
  STAR("*"),
  SLASH("/"),
  PERCENT("%"),
  AT("@"),
  POWER("**"),
  CARET("^"),
  HADAMARD("⊙"),
  OUTER("⊗"),
  EQUAL_EQUAL("=="),
  NOT_EQUAL("!="),
  LESS("<"),
  LESS_EQUAL("<="),
  GREATER(">"),
  GREATER_EQUAL(">="),
  APPROXIMATE("≈"),
  AND_AND("&&"),
  OR_OR("||"),
  BANG("!"),
  ASSIGN("="),
  COLON_ASSIGN(":="),
  PLUS_ASSIGN("+="),
  TILDE("~"),
  LEFT_PAREN("("),
  RIGHT_PAREN(")"),
  LEFT_BRACKET("["),
  RIGHT_BRACKET("]"),
  LEFT_BRACE("{"),
  RIGHT_BRACE("}"),
  COMMA(","),
  COLON(":"),
  SEMICOLON(";"),
  DOT("."),
  DOT_DOT(".."),
  QUESTION("?"),
  BAR("|"),
  ARROW("->"),
  FAT_ARROW("=>"),
  LEFT_ARROW("<-"),
  DOUBLE_COLON("::");

  private static final Map<String, TokenKind> BY_TEXT = new HashMap<>();

  static {
    for (TokenKind kind : values()) {
      BY_TEXT.put(kind.text, kind);
    }
    BY_TEXT.put("←", LEFT_ARROW);
    BY_TEXT.put(":-", LEFT_ARROW);
  }

  private final String text;

  TokenKind(String text) {
    this.text = text;
  }

  /** The spelling of a word or sign; a description for the other kinds. */
  public String text() {
    return text;
  }

  public boolean isReservedWord() {
    return Character.isLetter(text.charAt(0)) && text.indexOf(' ') < 0;
  }

  /** The text with quotes if it is a spelling. */
  public String quoted() {
    return text.indexOf(' ') > 0 ? text : "'" + text + "'";
  }

  static @Nullable TokenKind sign(String text) {
    TokenKind kind = BY_TEXT.get(text);
    return kind != null && !kind.isReservedWord() && text.indexOf(' ') < 0 ? kind : null;
  }

  static @Nullable TokenKind word(String text) {
    TokenKind kind = BY_TEXT.get(text);
    return kind != null && kind.isReservedWord() ? kind : null;
  }
}
