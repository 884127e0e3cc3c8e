package org.tensorlogic.lang.logic;

/** Counts matches and reports them to a budget now and then. */
final class Meter {
  private static final int BATCH = 4096;

  private final Budget budget;
  private int left = BATCH;
  private long allowed = Long.MAX_VALUE;

  /** Ends work that has counted more than it may. */
  private static final class Spent extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Spent() {
      super(null, null, false, false);
    }
  }

  Meter(Budget budget) {
    this.budget = budget;
  }

  void count() {
    if (--left == 0) {
      left = BATCH;
      budget.steps(BATCH);
      allowed -= BATCH;
      if (allowed < 0) {
        throw new Spent();
      }
    }
  }

  /** Runs work until it has counted about {@code most}; false if it was not done by then. */
  boolean within(long most, Runnable work) {
    if (most == 0) {
      return false;
    }
    allowed = most;
    try {
      work.run();
      return true;
    } catch (Spent e) {
      return false;
    } finally {
      allowed = Long.MAX_VALUE;
    }
  }
}
