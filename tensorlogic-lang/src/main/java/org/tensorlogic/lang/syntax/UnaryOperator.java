package org.tensorlogic.lang.syntax;

/** The prefix operators. */
public enum UnaryOperator {
  NEGATE("-"),
  PLUS("+"),
  NOT("!");

  private final String text;

  UnaryOperator(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
