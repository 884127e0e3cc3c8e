package org.tensorlogic.lang.runtime;

/**
 * Leaves an expression by a {@code return}, {@code break} or {@code continue} in a block inside it,
 * as in {@code let y = if c { return 1 } else { 2 }}. Statements never need it.
 */
final class Departure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final Completion completion;

  private Departure(Completion completion) {
    super(completion.toString(), null, false, false);
    this.completion = completion;
  }

  Completion completion() {
    return completion;
  }

  static Departure of(Completion completion) {
    return new Departure(completion);
  }
}
