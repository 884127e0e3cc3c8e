package org.tensorlogic.lang.value;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.MemoryBudget;

/**
 * A value that counts its holders and frees what it has, by {@link #discard}, when none is left.
 * While somebody holds it, its part of Java's heap counts against the budget of the run.
 */
abstract class Counted extends Datum {
  private static final int FOREVER = Integer.MAX_VALUE;

  /** What an object takes, and a reference to another with a small one behind it. */
  static final long OBJECT = 64;

  static final long REFERENCE = 24;

  private int holders;
  private @Nullable MemoryBudget budget;
  private long counted;

  /** Whether a variable, a container or the host has it. */
  public final boolean isHeld() {
    return holders > 0;
  }

  final boolean isHeldOnce() {
    return holders == 1;
  }

  /** From now on it is somebody else's to free; false if it was so already. */
  final boolean keepForever() {
    boolean temporary = holders < FOREVER;
    holders = FOREVER;
    uncount();
    return temporary;
  }

  @Override
  public final void hold() {
    if (holders == 0) {
      count();
    }
    if (holders < FOREVER) {
      holders++;
    }
  }

  @Override
  public final void unhold() {
    if (holders < FOREVER && --holders == 0) {
      uncount();
    }
  }

  /** Counts the memory against the budget of this thread; if that refuses, nobody holds it. */
  private void count() {
    MemoryBudget current = MemoryBudget.current();
    if (current != null) {
      long bytes = bytes();
      current.take(bytes);
      budget = current;
      counted = bytes;
    }
  }

  private void uncount() {
    MemoryBudget charged = budget;
    if (charged != null) {
      charged.giveBack(counted);
      budget = null;
    }
  }

  /** Counts what a value that changes takes more, or less; to be called before it grows. */
  final void grow(long bytes) {
    MemoryBudget charged = budget;
    if (charged != null) {
      charged.take(bytes);
      counted += bytes;
    }
  }

  /** About how much of Java's heap this takes, without what it holds. */
  abstract long bytes();

  @Override
  public final void release() {
    unhold();
    discard();
  }
}
