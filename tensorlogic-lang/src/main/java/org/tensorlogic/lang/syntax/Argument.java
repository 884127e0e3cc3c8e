package org.tensorlogic.lang.syntax;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/** One argument of a call; {@code name} is null for a positional one. */
public record Argument(@Nullable Identifier name, Expression value) {
  public Span span() {
    return name == null ? value.span() : name.span().to(value.span());
  }
}
