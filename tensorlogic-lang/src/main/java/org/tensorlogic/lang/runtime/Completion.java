package org.tensorlogic.lang.runtime;

/** How a statement ended. */
public enum Completion {
  NORMAL,
  BREAK,
  CONTINUE,
  /** The result is in the frame. */
  RETURN
}
