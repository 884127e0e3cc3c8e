package org.tensorlogic;

/** Shapes, axes or element counts do not fit an operation; the message names it and the facts. */
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a message of the form {@code operation: facts}. */
  public ShapeException(String message) {
    super(message);
  }
}
