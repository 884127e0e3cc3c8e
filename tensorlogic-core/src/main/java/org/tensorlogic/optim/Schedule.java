package org.tensorlogic.optim;

/** The learning rate over time, as a function of the first rate and the epochs finished. */
@FunctionalInterface
public interface Schedule {
  /** The rate after {@code epochs} finished epochs, when it began at {@code initial}. */
  double rate(double initial, long epochs);

  /** Never changes. */
  static Schedule constant() {
    return (initial, epochs) -> initial;
  }

  /** Times {@code gamma} after every {@code size} epochs. */
  static Schedule step(long size, double gamma) {
    if (size < 1) {
      throw new IllegalArgumentException("schedule: step_size must be at least 1, got " + size);
    }
    return (initial, epochs) -> {
      long drops = epochs / size;
      return initial * Math.pow(gamma, (double) drops);
    };
  }

  /** Times {@code gamma} after every epoch. */
  static Schedule exponential(double gamma) {
    return (initial, epochs) -> initial * Math.pow(gamma, (double) epochs);
  }

  /** Half a cosine wave from the first rate down to {@code least} over {@code period} epochs. */
  static Schedule cosine(long period, double least) {
    if (period < 1) {
      throw new IllegalArgumentException("schedule: t_max must be at least 1, got " + period);
    }
    return (initial, epochs) ->
        least + (initial - least) * (1 + Math.cos(Math.PI * (double) epochs / period)) / 2;
  }
}
