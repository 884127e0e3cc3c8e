package org.tensorlogic.lang.syntax;

import java.util.List;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;

/** A place in the tokens, and what every parsing method needs there. */
abstract class TokenCursor {
  private static final int MAX_NESTING = 256;

  private final List<Token> tokens;
  private int index;
  private int nesting;

  /** Open parentheses and brackets; inside them line breaks mean nothing. */
  int groupDepth;

  /** Braces opened and not yet closed. */
  int braceDepth;

  TokenCursor(List<Token> tokens) {
    this.tokens = tokens;
  }

  final Token peek() {
    return tokens.get(index);
  }

  final Token peek(int ahead) {
    return tokens.get(Math.min(index + ahead, tokens.size() - 1));
  }

  /** Whether the last token was an operator as in {@code x -= 1} of other languages. */
  final boolean isOperatorBefore() {
    return index > 0
        && switch (peek(-1).kind()) {
          case MINUS, STAR, SLASH, PERCENT -> true;
          default -> false;
        };
  }

  final Token next() {
    Token token = tokens.get(index);
    if (!token.is(TokenKind.END)) {
      index++;
    }
    if (token.is(TokenKind.LEFT_BRACE)) {
      braceDepth++;
    } else if (token.is(TokenKind.RIGHT_BRACE)) {
      braceDepth--;
    }
    return token;
  }

  final boolean at(TokenKind kind) {
    return peek().is(kind);
  }

  final boolean atWord(String word) {
    return peek().isWord(word);
  }

  final boolean accept(TokenKind kind) {
    boolean found = at(kind);
    if (found) {
      next();
    }
    return found;
  }

  final boolean acceptWord(String word) {
    boolean found = atWord(word);
    if (found) {
      next();
    }
    return found;
  }

  final Token expect(TokenKind kind) {
    if (!at(kind)) {
      throw unexpected(kind.quoted());
    }
    return next();
  }

  /** The closing partner of {@code opening}; a miss points back at it. */
  final Token expectClosing(TokenKind kind, Token opening) {
    if (at(kind)) {
      return next();
    }
    String opened = opening.span().line() + ":" + opening.span().column();
    throw new SyntaxException(
        expected(kind.quoted())
            .withHelp("to close the '" + opening.text() + "' opened at " + opened));
  }

  /** A name; {@code role} completes "cannot be used as … name". */
  final Identifier expectName(String role) {
    Token token = peek();
    if (token.kind().isReservedWord()) {
      throw error(
          DiagnosticCode.RESERVED_WORD,
          token.span(),
          "'" + token.text() + "' is a reserved word and cannot be used as " + role + " name");
    }
    if (!token.is(TokenKind.IDENTIFIER)) {
      throw unexpected("a " + role + " name");
    }
    next();
    return new Identifier(token.span(), token.text());
  }

  final SyntaxException unexpected(String wanted) {
    return new SyntaxException(expected(wanted));
  }

  private Diagnostic expected(String wanted) {
    String message = "expected " + wanted + " (found " + peek().shown() + ")";
    return Diagnostic.error(DiagnosticCode.UNEXPECTED_TOKEN, place(), message);
  }

  /** The current token, or just behind the last one. */
  private Span place() {
    Span span = peek().span();
    if (!at(TokenKind.END) || index == 0) {
      return span;
    }
    int end = tokens.get(index - 1).span().end();
    return new Span(span.source(), end, end);
  }

  static SyntaxException error(DiagnosticCode code, Span span, String message) {
    return new SyntaxException(Diagnostic.error(code, span, message));
  }

  static SyntaxException error(DiagnosticCode code, Span span, String message, String help) {
    return new SyntaxException(Diagnostic.error(code, span, message).withHelp(help));
  }

  /** From the first character of {@code start} to the end of the token before this place. */
  final Span since(Span start) {
    int end = index == 0 ? start.end() : tokens.get(index - 1).span().end();
    return new Span(start.source(), start.start(), Math.max(end, start.start()));
  }

  final void enter() {
    if (++nesting > MAX_NESTING) {
      throw error(
          DiagnosticCode.NESTING_TOO_DEEP,
          peek().span(),
          "more than " + MAX_NESTING + " nested expressions and blocks",
          "give inner parts names with 'let'");
    }
  }

  final void leave() {
    nesting--;
  }

  final int nesting() {
    return nesting;
  }

  final void resetNesting(int value) {
    nesting = value;
  }

  final int mark() {
    return index;
  }

  final void reset(int mark) {
    index = mark;
  }

  /** Replaces the current token {@code <-} by the two signs it also stands for. */
  final void splitArrow() {
    Span span = peek().span();
    Span less = new Span(span.source(), span.start(), span.start() + 1);
    Span minus = new Span(span.source(), span.start() + 1, span.end());
    tokens.set(index, new Token(TokenKind.LESS, less, "<", peek().firstOnLine()));
    tokens.add(index + 1, new Token(TokenKind.MINUS, minus, "-", false));
  }
}
