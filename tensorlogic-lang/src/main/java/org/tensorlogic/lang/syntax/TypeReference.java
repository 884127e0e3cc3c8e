package org.tensorlogic.lang.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/**
 * A type as written: {@code float16[N, 3] learnable}, {@code Box<int>}, {@code int}.
 *
 * @param dimensions null without brackets
 */
public record TypeReference(
    Span span,
    Identifier name,
    List<TypeReference> arguments,
    @Nullable List<Dimension> dimensions,
    Training training) {

  /** Whether a tensor of this type is a parameter of {@code learn}. */
  public enum Training {
    UNSPECIFIED,
    LEARNABLE,
    FROZEN
  }

  /** One entry between the brackets of a tensor type. */
  public sealed interface Dimension {
    Span span();

    /** A size. */
    record Fixed(Span span, long size) implements Dimension {}

    /** A symbolic size, the same wherever the name occurs in one signature. */
    record Named(Span span, String name) implements Dimension {}

    /** {@code ?}: any size. */
    record Any(Span span) implements Dimension {}
  }

  public boolean learnable() {
    return training == Training.LEARNABLE;
  }

  /** The type as it should be shown in a message. */
  @Override
  public String toString() {
    return span.text().replaceAll("\\s+", " ");
  }
}
