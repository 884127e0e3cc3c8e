package org.tensorlogic.lang.syntax;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.Span;

/** Cuts a source into tokens. Faults are collected; the token they spoil is left out or mended. */
public final class Lexer {
  private static final int LONGEST_SIGN = 2;
  private static final String GROUPS = "([)]";

  private final Source source;
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private final List<Span> comments = new ArrayList<>();
  private final List<Diagnostic> errors = new ArrayList<>();
  private int position;
  private int groupDepth;
  private boolean lineIsFresh = true;

  private Lexer(Source source) {
    this.source = source;
    this.text = source.text();
  }

  /** Tokens (the last is END), comments, and what was wrong. */
  public record Result(List<Token> tokens, List<Span> comments, List<Diagnostic> errors) {}

  public static Result lex(Source source) {
    Lexer lexer = new Lexer(source);
    while (lexer.next()) {}
    return new Result(lexer.tokens, lexer.comments, lexer.errors);
  }

  /** Whether a program could use {@code text} as the name of a variable or function. */
  public static boolean isName(String text) {
    List<Token> tokens = lex(Source.of("", text)).tokens();
    return tokens.get(0).is(TokenKind.IDENTIFIER) && tokens.get(0).text().equals(text);
  }

  private boolean next() {
    skipBlanks();
    int start = position;
    if (start >= text.length()) {
      add(TokenKind.END, start, "");
      return false;
    }
    int c = text.codePointAt(start);
    if (isLetter(c)) {
      identifier();
    } else if (isDigit(c)) {
      number();
    } else if (c == '"' || c == '\'') {
      string((char) c);
    } else {
      sign();
    }
    return true;
  }

  private void skipBlanks() {
    while (position < text.length()) {
      int c = text.codePointAt(position);
      if (c == '\n' || c == '\r') {
        lineIsFresh = true;
        position++;
      } else if (isBlank(c)) {
        position += Character.charCount(c);
      } else if (text.startsWith("//", position)) {
        lineComment();
      } else if (text.startsWith("/*", position)) {
        blockComment();
      } else {
        return;
      }
    }
  }

  private void lineComment() {
    int start = position;
    while (position < text.length() && !isLineEnd(text.charAt(position))) {
      position++;
    }
    comments.add(span(start));
  }

  private void blockComment() {
    int start = position;
    int end = text.indexOf("*/", start + 2);
    if (end < 0) {
      position = start + 2;
      error(DiagnosticCode.UNTERMINATED_COMMENT, span(start), "unterminated block comment", null);
      position = text.length();
    } else {
      position = end + 2;
      lineIsFresh |= text.substring(start, end).chars().anyMatch(c -> isLineEnd((char) c));
    }
    comments.add(span(start));
  }

  private void identifier() {
    int start = position;
    while (position < text.length() && isLetterOrDigit(text.codePointAt(position))) {
      position += Character.charCount(text.codePointAt(position));
    }
    while (position < text.length() && isPrime(text.charAt(position))) {
      position++;
    }
    String word = text.substring(start, position);
    TokenKind reserved = TokenKind.word(word);
    add(reserved != null ? reserved : TokenKind.IDENTIFIER, start, word);
  }

  private void number() {
    int start = position;
    skipDigits();
    TokenKind kind = TokenKind.INT;
    boolean afterDot = !tokens.isEmpty() && tokens.get(tokens.size() - 1).is(TokenKind.DOT);
    if (!afterDot) {
      if (at(position) == '.' && isDigit(at(position + 1))) {
        kind = TokenKind.FLOAT;
        position++;
        skipDigits();
      }
      if (skipExponent()) {
        kind = TokenKind.FLOAT;
      }
    }
    String digits = text.substring(start, position);
    if (position < text.length() && isLetter(text.codePointAt(position))) {
      while (position < text.length() && isLetterOrDigit(text.codePointAt(position))) {
        position += Character.charCount(text.codePointAt(position));
      }
      String glued = text.substring(start, position);
      String help =
          glued.indexOf('_') > 0
              ? "digits are written without separators"
              : "names do not begin with a digit; put an operator between number and name";
      error(DiagnosticCode.INVALID_NUMBER, span(start), "invalid number '" + glued + "'", help);
    }
    add(kind, start, digits);
  }

  private boolean skipExponent() {
    if (at(position) != 'e' && at(position) != 'E') {
      return false;
    }
    int digits = at(position + 1) == '+' || at(position + 1) == '-' ? position + 2 : position + 1;
    if (!isDigit(at(digits))) {
      return false;
    }
    position = digits;
    skipDigits();
    return true;
  }

  private void skipDigits() {
    while (isDigit(at(position))) {
      position++;
    }
  }

  private void string(char quote) {
    int start = position++;
    StringBuilder value = new StringBuilder();
    while (position < text.length() && text.charAt(position) != quote) {
      if (text.charAt(position) == '\\') {
        escape(value);
      } else {
        value.append(text.charAt(position++));
      }
    }
    if (position >= text.length()) {
      Span opening = new Span(source, start, start + 1);
      error(DiagnosticCode.UNTERMINATED_STRING, opening, "unterminated string", null);
    } else {
      position++;
    }
    add(TokenKind.STRING, start, value.toString());
  }

  private void escape(StringBuilder value) {
    int start = position;
    char c = at(start + 1);
    position = Math.min(text.length(), start + 2);
    switch (c) {
      case 'n' -> value.append('\n');
      case 't' -> value.append('\t');
      case 'r' -> value.append('\r');
      case '0' -> value.append('\0');
      case '\\', '"', '\'' -> value.append(c);
      case 'u' -> unicode(start, value);
      default ->
          error(
              DiagnosticCode.INVALID_ESCAPE,
              span(start),
              "unknown escape '" + text.substring(start, position) + "'",
              "valid escapes: \\n \\t \\r \\0 \\\\ \\\" \\' \\uXXXX \\u{X…}");
    }
  }

  private void unicode(int start, StringBuilder value) {
    boolean braced = at(position) == '{';
    int from = braced ? position + 1 : position;
    int to = from;
    int most = braced ? 6 : 4;
    while (to < text.length() && to - from < most && Character.digit(at(to), 16) >= 0) {
      to++;
    }
    boolean complete = braced ? to > from && at(to) == '}' : to - from == 4;
    int codePoint = complete ? Integer.parseInt(text.substring(from, to), 16) : -1;
    position = complete && braced ? to + 1 : to;
    if (!complete || !Character.isValidCodePoint(codePoint)) {
      error(
          DiagnosticCode.INVALID_ESCAPE,
          span(start),
          "invalid Unicode escape",
          "write \\u and four hexadecimal digits, or \\u{…} with one to six");
    } else {
      value.appendCodePoint(codePoint);
    }
  }

  private void sign() {
    int start = position;
    for (int length = LONGEST_SIGN; length > 0; length--) {
      int end = Math.min(text.length(), start + length);
      TokenKind kind = TokenKind.sign(text.substring(start, end));
      if (kind != null && (kind != TokenKind.LEFT_ARROW || isRuleArrow(start))) {
        position = end;
        groupDepth = Math.max(0, groupDepth + group(text.charAt(start)));
        add(kind, start, text.substring(start, end));
        return;
      }
    }
    int c = text.codePointAt(start);
    position += Character.charCount(c);
    String shown = Character.isISOControl(c) ? String.format("\\u%04x", c) : Character.toString(c);
    error(DiagnosticCode.UNKNOWN_CHARACTER, span(start), "unknown character '" + shown + "'", null);
  }

  /** {@code x<-1} compares and {@code x[:-1]} slices: a rule's arrow follows an atom. */
  private boolean isRuleArrow(int start) {
    if (text.charAt(start) == '←') {
      return true;
    }
    boolean afterAtom =
        !tokens.isEmpty() && tokens.get(tokens.size() - 1).is(TokenKind.RIGHT_PAREN);
    return afterAtom && groupDepth == 0;
  }

  private static int group(char c) {
    int index = GROUPS.indexOf(c);
    return index < 0 ? 0 : index < 2 ? 1 : -1;
  }

  private void add(TokenKind kind, int start, String value) {
    tokens.add(new Token(kind, span(start), value, lineIsFresh));
    lineIsFresh = false;
  }

  private void error(DiagnosticCode code, Span span, String message, @Nullable String help) {
    Diagnostic error = Diagnostic.error(code, span, message);
    errors.add(help == null ? error : error.withHelp(help));
  }

  private Span span(int start) {
    return new Span(source, start, position);
  }

  private char at(int index) {
    return index < text.length() ? text.charAt(index) : '\0';
  }

  private static boolean isBlank(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c);
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }

  private static boolean isPrime(char c) {
    return c == '\'' || c == '′';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(int c) {
    return Character.isLetter(c) || c == '_';
  }

  private static boolean isLetterOrDigit(int c) {
    return isLetter(c) || Character.isDigit(c);
  }
}
