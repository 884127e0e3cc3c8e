package org.tensorlogic.lang;

import java.util.Arrays;

/** A program text with a name for messages. Lines end with LF, CRLF or CR. */
public final class Source {
  private final String name;
  private final String text;
  private final int[] lineStarts;

  private Source(String name, String text) {
    this.name = name;
    this.text = text;
    this.lineStarts = lineStarts(text);
  }

  /** A source called {@code name}; a leading byte-order mark is dropped. */
  public static Source of(String name, String text) {
    return new Source(name, text.startsWith("\uFEFF") ? text.substring(1) : text);
  }

  /** The name that messages give. */
  public String name() {
    return name;
  }

  /** The text, without a byte-order mark. */
  public String text() {
    return text;
  }

  /** Number of lines, at least 1. */
  public int lineCount() {
    return lineStarts.length;
  }

  /** The 1-based line that holds {@code offset} (in UTF-16 units). */
  public int line(int offset) {
    int found = Arrays.binarySearch(lineStarts, offset);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** The 1-based column of {@code offset}, counted in code points. */
  public int column(int offset) {
    int start = lineStarts[line(offset) - 1];
    return text.codePointCount(start, Math.min(offset, text.length())) + 1;
  }

  /** The text of the 1-based {@code line} without its line end. */
  public String lineText(int line) {
    int start = lineStarts[line - 1];
    int end = line < lineStarts.length ? lineStarts[line] : text.length();
    while (end > start && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
      end--;
    }
    return text.substring(start, end);
  }

  private static int[] lineStarts(String text) {
    int[] starts = new int[16];
    int count = 1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean carriageReturn = c == '\r' && !(i + 1 < text.length() && text.charAt(i + 1) == '\n');
      if (c == '\n' || carriageReturn) {
        if (count == starts.length) {
          starts = Arrays.copyOf(starts, 2 * count);
        }
        starts[count++] = i + 1;
      }
    }
    return Arrays.copyOf(starts, count);
  }

  @Override
  public String toString() {
    return name;
  }
}
