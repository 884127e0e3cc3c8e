package org.tensorlogic.lang.value;

import org.jspecify.annotations.Nullable;

/** {@code ()}: no value. */
public final class VoidValue extends Datum {
  public static final VoidValue VOID = new VoidValue();

  private VoidValue() {}

  @Override
  public String type() {
    return "void";
  }

  @Override
  public boolean isVoid() {
    return true;
  }

  @Override
  public @Nullable Object toJava() {
    return null;
  }

  @Override
  public String toString() {
    return "()";
  }
}
