package org.tensorlogic.backend;

/** What happens where a scattered row lands. */
public enum ScatterOp {
  /** It replaces what was there; of rows with one target, the last wins. */
  SET,
  /** It is added, rows in order. */
  ADD
}
