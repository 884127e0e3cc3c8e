package org.tensorlogic.lang.value;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Model;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Value;

/**
 * A value inside the interpreter.
 *
 * <p>What can take much memory counts its holders (variables, containers, the host), so that it
 * counts against the budget of a run and is freed as soon as the last one lets go. For everything
 * else holding means nothing.
 */
public abstract non-sealed class Datum implements Value {

  /** One more variable or container has this value. */
  public void hold() {}

  /** One fewer, without consequences. */
  public void unhold() {}

  /** One fewer; the last one frees. */
  public void release() {}

  /** Frees a value that nobody holds: an operand that has been used. */
  public void discard() {}

  /** The host has it: never freed by the interpreter. */
  public void escape() {}

  /** The text inside a container: strings are quoted there. */
  public String quoted() {
    return toString();
  }

  @Override
  public abstract String type();

  @Override
  public abstract String toString();

  @Override
  public Tensor asTensor() {
    throw mismatch("a tensor");
  }

  @Override
  public double asDouble() {
    throw mismatch("a number");
  }

  @Override
  public long asLong() {
    throw mismatch("an integer");
  }

  @Override
  public final int asInt() {
    long value = asLong();
    if (value != (int) value) {
      throw new Fault(DiagnosticCode.INVALID_VALUE, "expected an integer of 32 bits, got " + value);
    }
    return (int) value;
  }

  @Override
  public boolean asBoolean() {
    throw mismatch("bool");
  }

  @Override
  public String asString() {
    throw mismatch("string");
  }

  @Override
  public List<Value> asList() {
    throw mismatch("a list");
  }

  @Override
  public float[] asFloatArray() {
    throw mismatch("a tensor or number array");
  }

  @Override
  public int[] asIntArray() {
    throw mismatch("an integer array");
  }

  @Override
  public Model asModel() {
    throw mismatch("a model");
  }

  @Override
  public boolean isVoid() {
    return false;
  }

  @Override
  public Value field(String name) {
    throw mismatch("a struct");
  }

  @Override
  public @Nullable Object toJava() {
    return this;
  }

  /** Whether {@link #asDouble} gives a number. */
  public boolean isNumber() {
    return false;
  }

  protected final Fault mismatch(String wanted) {
    return new Fault(DiagnosticCode.TYPE_MISMATCH, "expected " + wanted + ", got " + type());
  }
}
