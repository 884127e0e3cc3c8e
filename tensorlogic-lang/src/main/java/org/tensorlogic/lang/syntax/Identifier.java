package org.tensorlogic.lang.syntax;

import org.tensorlogic.lang.Span;

/** A name where it was written. Index names may end with primes. */
public record Identifier(Span span, String name) {
  @Override
  public String toString() {
    return name;
  }
}
