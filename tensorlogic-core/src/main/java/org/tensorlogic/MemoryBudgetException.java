package org.tensorlogic;

/** A computation needs more memory than its {@link MemoryBudget} allows. */
public final class MemoryBudgetException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** An exception with this message. */
  public MemoryBudgetException(String message) {
    super(message);
  }
}
