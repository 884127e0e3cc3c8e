package org.tensorlogic.lang.syntax;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/** One entry between the brackets of {@code x[…]}. */
public sealed interface IndexItem {
  Span span();

  /** A single index, or the name of an index of a tensor equation; {@code i.} is normalized. */
  record At(Span span, Expression value, boolean normalized) implements IndexItem {}

  /** {@code from:to}, either side optional, half open. */
  record Slice(Span span, @Nullable Expression from, @Nullable Expression to)
      implements IndexItem {}

  /** {@code *t}: a virtual index of a tensor equation, whose steps need not be stored. */
  record Virtual(Span span, Expression value) implements IndexItem {}
}
