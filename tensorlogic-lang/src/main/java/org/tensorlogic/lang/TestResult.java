package org.tensorlogic.lang;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What became of a {@code test} or {@code bench} block.
 *
 * @param timed whether it is a bench
 * @param failure null if it passed
 */
public record TestResult(
    String name, boolean timed, Duration elapsed, @Nullable TensorLogicException failure) {

  /** Whether the block ended without an error. */
  public boolean passed() {
    return failure == null;
  }
}
