package org.tensorlogic.lang.equation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/**
 * An index as written: a sum of names, program values and a number, perhaps divided.
 *
 * @param divisor 1 unless {@code name/divisor}
 */
record IndexForm(
    Span span, List<Part> parts, long constant, long divisor, boolean normalized, boolean virtual) {

  /**
   * A multiple of a name or of a program value.
   *
   * @param name null if it cannot be an index
   * @param input the program value that it may have, or -1
   * @param symbol whether the name is a symbol
   */
  record Part(long coefficient, @Nullable String name, int input, boolean symbol) {}
}
