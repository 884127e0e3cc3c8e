package org.tensorlogic.lang.cli;

import java.io.PrintWriter;

/** Hands text on at once, so that a terminal shows it while the program runs. */
final class Unbuffered implements Appendable {
  private final PrintWriter out;

  Unbuffered(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Appendable append(CharSequence text) {
    out.append(text).flush();
    return this;
  }

  @Override
  public Appendable append(CharSequence text, int start, int end) {
    out.append(text, start, end).flush();
    return this;
  }

  @Override
  public Appendable append(char c) {
    out.append(c).flush();
    return this;
  }
}
