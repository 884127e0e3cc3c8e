package org.tensorlogic.lang;

/**
 * The part of a source from {@code start} (inclusive) to {@code end} (exclusive), in UTF-16 units.
 */
public record Span(Source source, int start, int end) {

  /** The 1-based line of the first character. */
  public int line() {
    return source.line(start);
  }

  /** The 1-based column of the first character, in code points. */
  public int column() {
    return source.column(start);
  }

  /** The text under the span. */
  public String text() {
    return source.text().substring(start, end);
  }

  /** The smallest span that covers this one and {@code other}. */
  public Span to(Span other) {
    return new Span(source, Math.min(start, other.start), Math.max(end, other.end));
  }

  /** {@code file:line:column}. */
  @Override
  public String toString() {
    return source.name() + ":" + line() + ":" + column();
  }
}
