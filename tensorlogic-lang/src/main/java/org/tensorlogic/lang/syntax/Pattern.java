package org.tensorlogic.lang.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/** What an arm of {@code match} compares with. */
public sealed interface Pattern {
  Span span();

  /** {@code _}. */
  record Wildcard(Span span) implements Pattern {}

  /** A number (with its sign), string or truth value: an {@link Expression} literal. */
  record Literal(Span span, Expression value) implements Pattern {}

  /** A name, bound to the value. */
  record Binding(Span span, String name) implements Pattern {}

  /** {@code a | b}. */
  record Alternatives(Span span, List<Pattern> options) implements Pattern {}

  /** {@code Name { field: pattern, other }}. */
  record Struct(Span span, Identifier name, List<Field> fields) implements Pattern {}

  /** A field of a struct pattern; without a pattern the field's name is bound. */
  record Field(Identifier name, @Nullable Pattern pattern) {}
}
