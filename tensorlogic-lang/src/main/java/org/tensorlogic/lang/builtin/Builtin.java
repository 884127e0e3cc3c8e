package org.tensorlogic.lang.builtin;

import org.tensorlogic.lang.value.Datum;

/** A function of the language that is written in Java. */
public record Builtin(Signature signature, Implementation implementation) {

  /** What a built-in does. */
  @FunctionalInterface
  public interface Implementation {
    Datum call(Arguments arguments);
  }

  public String name() {
    return signature.name();
  }
}
