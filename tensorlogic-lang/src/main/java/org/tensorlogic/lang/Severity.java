package org.tensorlogic.lang;

/** How serious a {@link Diagnostic} is. */
public enum Severity {
  ERROR("error"),
  WARNING("warning");

  private final String label;

  Severity(String label) {
    this.label = label;
  }

  @Override
  public String toString() {
    return label;
  }
}
