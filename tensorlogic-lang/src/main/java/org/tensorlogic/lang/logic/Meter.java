package org.tensorlogic.lang.logic;

/** Counts matches and reports them to a budget now and then. */
final class Meter {
  private static final int BATCH = 4096;

  private final Budget budget;
  private int left = BATCH;

  Meter(Budget budget) {
    this.budget = budget;
  }

  void count() {
    if (--left == 0) {
      left = BATCH;
      budget.steps(BATCH);
    }
  }
}
