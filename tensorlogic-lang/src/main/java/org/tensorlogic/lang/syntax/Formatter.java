package org.tensorlogic.lang.syntax;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.Span;

/**
 * Lays a program out: four spaces per level, one space around operators, at most one empty line.
 * Line breaks stay where they are, since some of them mean something; comments stay as they are.
 */
public final class Formatter {
  private static final String INDENT = "    ";

  private final Source source;
  private final StringBuilder out = new StringBuilder();
  private final Deque<Bracket> open = new ArrayDeque<>();
  private int depth;
  private TokenKind endOfLastLine = TokenKind.END;

  private Formatter(Source source) {
    this.source = source;
  }

  /** An open bracket: whether it indents, and the depth of the line that it stands on. */
  private record Bracket(boolean indents, int depth) {}

  /** A token or a comment. */
  private record Piece(Span span, TokenKind kind, boolean comment) {
    String text() {
      return span.text();
    }
  }

  /**
   * The laid out text of {@code source}; laying it out again changes nothing.
   *
   * @throws org.tensorlogic.lang.TensorLogicException if it has syntax errors
   */
  public static String format(Source source) {
    Parser.parse(source);
    return new Formatter(source).run();
  }

  private String run() {
    List<Piece> pieces = pieces();
    List<Piece> line = new ArrayList<>();
    int lastLine = 0;
    for (Piece piece : pieces) {
      int at = piece.span().line();
      if (at != lastLine && !line.isEmpty()) {
        write(line);
        line.clear();
      }
      if (lastLine > 0 && at > lastLine + 1) {
        out.append('\n');
      }
      line.add(piece);
      lastLine = source.line(Math.max(piece.span().start(), piece.span().end() - 1));
    }
    write(line);
    return out.toString();
  }

  private List<Piece> pieces() {
    Lexer.Result lexed = Lexer.lex(source);
    List<Piece> pieces = new ArrayList<>();
    for (Token token : lexed.tokens()) {
      if (!token.is(TokenKind.END)) {
        pieces.add(new Piece(token.span(), token.kind(), false));
      }
    }
    lexed.comments().forEach(span -> pieces.add(new Piece(span, TokenKind.END, true)));
    pieces.sort(Comparator.comparingInt(piece -> piece.span().start()));
    return pieces;
  }

  private void write(List<Piece> line) {
    if (line.isEmpty()) {
      return;
    }
    int closing = 0;
    int indent = depth + (Spacing.continuesLine(line.get(0).kind()) ? 1 : 0);
    while (closing < line.size() && isClosing(line.get(closing).kind())) {
      indent = Math.min(indent, close().depth());
      closing++;
    }
    out.append(INDENT.repeat(indent));
    boolean indented = false;
    for (int i = 0; i < line.size(); i++) {
      Piece piece = line.get(i);
      if (i > 0 && spaceBetween(line, i)) {
        out.append(' ');
      }
      out.append(piece.text());
      if (isOpening(piece.kind())) {
        open.push(new Bracket(!indented, indent));
        depth += indented ? 0 : 1;
        indented = true;
      } else if (isClosing(piece.kind()) && i >= closing) {
        indented &= !close().indents();
      }
    }
    out.append('\n');
    line.stream().filter(p -> !p.comment()).forEach(p -> endOfLastLine = p.kind());
  }

  private Bracket close() {
    Bracket closed = open.pop();
    depth -= closed.indents() ? 1 : 0;
    return closed;
  }

  private boolean spaceBetween(List<Piece> line, int i) {
    Piece left = line.get(i - 1);
    Piece right = line.get(i);
    if (left.comment() || right.comment()) {
      return true;
    }
    boolean spaced = left.span().end() < right.span().start();
    TokenKind before = i > 1 ? line.get(i - 2).kind() : endOfLastLine;
    return Spacing.between(before, left.kind(), right.kind(), inBrackets(line, i), spaced);
  }

  /** Whether the innermost bracket that this line opened before a place is a square one. */
  private static boolean inBrackets(List<Piece> line, int place) {
    int closed = 0;
    for (int i = place - 1; i >= 0; i--) {
      TokenKind kind = line.get(i).kind();
      if (isClosing(kind)) {
        closed++;
      } else if (isOpening(kind) && closed-- == 0) {
        return kind == TokenKind.LEFT_BRACKET;
      }
    }
    return false;
  }

  private static boolean isOpening(TokenKind kind) {
    return kind == TokenKind.LEFT_BRACE
        || kind == TokenKind.LEFT_PAREN
        || kind == TokenKind.LEFT_BRACKET;
  }

  private static boolean isClosing(TokenKind kind) {
    return kind == TokenKind.RIGHT_BRACE
        || kind == TokenKind.RIGHT_PAREN
        || kind == TokenKind.RIGHT_BRACKET;
  }
}
