package org.tensorlogic.lang.value;

/**
 * A value that counts its holders and frees what it has, by {@link #discard}, when none is left.
 */
abstract class Counted extends Datum {
  private static final int FOREVER = Integer.MAX_VALUE;

  private int holders;

  /** Whether a variable, a container or the host has it. */
  public final boolean isHeld() {
    return holders > 0;
  }

  final boolean isHeldOnce() {
    return holders == 1;
  }

  /** From now on it is somebody else's to free; false if it was so already. */
  final boolean keepForever() {
    boolean counted = holders < FOREVER;
    holders = FOREVER;
    return counted;
  }

  @Override
  public final void hold() {
    if (holders < FOREVER) {
      holders++;
    }
  }

  @Override
  public final void unhold() {
    if (holders < FOREVER) {
      holders--;
    }
  }

  @Override
  public final void release() {
    unhold();
    discard();
  }
}
