package org.tensorlogic.lang.syntax;

/** How an assignment combines the right side with the left; the last three only in equations. */
public enum AssignOperator {
  SET("="),
  ADD("+="),
  MAX("max="),
  MIN("min="),
  AVERAGE("avg=");

  private final String text;

  AssignOperator(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
