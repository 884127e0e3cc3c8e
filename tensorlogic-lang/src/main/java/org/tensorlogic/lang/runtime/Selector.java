package org.tensorlogic.lang.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Indices;
import org.tensorlogic.lang.Span;

/** What is taken of one dimension. */
sealed interface Selector {
  /** One element; the dimension disappears. */
  record Single(long index) implements Selector {}

  /** A range; null is an open end. */
  record Range(@Nullable Long from, @Nullable Long to) implements Selector {}

  /** Several elements, in this order. */
  record Many(Indices indices) implements Selector {}

  /**
   * A name, where the axis has names.
   *
   * @param visible the variables that could have been meant if it was written bare; else null
   */
  record Named(Span span, String name, @Nullable List<String> visible) implements Selector {}
}
