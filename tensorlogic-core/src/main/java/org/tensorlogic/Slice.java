package org.tensorlogic;

/**
 * A range of one axis, half open. Negative bounds count from the end and bounds are clipped, as in
 * Python; the step is positive.
 */
public record Slice(long start, long end, long step) {
  private static final Slice ALL = new Slice(0, Long.MAX_VALUE, 1);

  /** Checks the step. */
  public Slice {
    if (step < 1) {
      throw new IllegalArgumentException("slice: the step must be at least 1, got " + step);
    }
  }

  /** The whole axis. */
  public static Slice all() {
    return ALL;
  }

  /** {@code start:end}. */
  public static Slice of(long start, long end) {
    return new Slice(start, end, 1);
  }

  /** {@code start:end:step}. */
  public static Slice of(long start, long end, long step) {
    return new Slice(start, end, step);
  }

  /** {@code start:}. */
  public static Slice from(long start) {
    return new Slice(start, Long.MAX_VALUE, 1);
  }

  /** {@code :end}. */
  public static Slice to(long end) {
    return new Slice(0, end, 1);
  }

  /** The first element taken from an axis of this extent. */
  long first(long extent) {
    return clip(start, extent);
  }

  /** The number of elements taken from an axis of this extent. */
  long count(long extent) {
    long length = clip(end, extent) - clip(start, extent);
    return length <= 0 ? 0 : (length - 1) / step + 1;
  }

  private static long clip(long bound, long extent) {
    return Math.max(0, Math.min(bound < 0 ? bound + extent : bound, extent));
  }
}
