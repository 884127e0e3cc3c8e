package org.tensorlogic.lang;

/** A program has called {@code exit}. The host decides what that means; the command line exits. */
public final class ProgramExit extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /** An exit with this status. */
  public ProgramExit(int status) {
    super("exit(" + status + ")", null, false, false);
    this.status = status;
  }

  /** The argument of {@code exit}. */
  public int status() {
    return status;
  }
}
