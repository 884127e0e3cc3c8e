package org.tensorlogic.lang.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Columns as wide as their widest cell. A heading that begins with {@code >} aligns right. */
final class Table {
  private final boolean[] right;
  private final List<String[]> rows = new ArrayList<>();

  Table(String... headings) {
    right = new boolean[headings.length];
    String[] titles = new String[headings.length];
    boolean titled = false;
    for (int i = 0; i < headings.length; i++) {
      right[i] = headings[i].startsWith(">");
      titles[i] = right[i] ? headings[i].substring(1) : headings[i];
      titled |= !titles[i].isEmpty();
    }
    if (titled) {
      rows.add(titles);
    }
  }

  /** Adds a row; control characters, which a file may hold, are made visible. */
  void row(String... cells) {
    String[] clean = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      clean[i] = Text.visible(cells[i]);
    }
    rows.add(clean);
  }

  void print(PrintWriter out) {
    int[] widths = new int[right.length];
    for (String[] row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row[i].codePointCount(0, row[i].length()));
      }
    }
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - row[i].codePointCount(0, row[i].length()));
        line.append("  ").append(right[i] ? padding + row[i] : row[i] + padding);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
