package org.tensorlogic.backend;

/** How a window becomes one element. */
public enum PoolOp {
  /** Its largest element; padding never wins. NaN if any is NaN. */
  MAX,
  /** Its mean; padding counts as zeros or not at all, as {@code Pooling.countPadding} says. */
  AVERAGE
}
