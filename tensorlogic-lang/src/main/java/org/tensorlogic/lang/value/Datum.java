package org.tensorlogic.lang.value;

import java.util.List;
import java.util.function.Supplier;
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

  /** {@link #asTensor} inside a program: what cannot be converted is a fault of the program. */
  public Tensor toTensor() {
    throw mismatch("a tensor");
  }

  public double toDouble() {
    throw mismatch("a number");
  }

  public long toLong() {
    throw mismatch("an integer");
  }

  private int toInt() {
    long value = toLong();
    if (value != (int) value) {
      throw new Fault(DiagnosticCode.INVALID_VALUE, "expected an integer of 32 bits, got " + value);
    }
    return (int) value;
  }

  boolean toBoolean() {
    throw mismatch("bool");
  }

  String toText() {
    throw mismatch("string");
  }

  public List<Value> toList() {
    throw mismatch("a list");
  }

  public float[] toFloatArray() {
    throw mismatch("a tensor or number array");
  }

  public int[] toIntArray() {
    throw mismatch("an integer array");
  }

  public Model toModel() {
    throw mismatch("a model");
  }

  Value fieldNamed(String name) {
    throw mismatch("a struct");
  }

  @Override
  public final Tensor asTensor() {
    return forJava(this::toTensor);
  }

  @Override
  public final double asDouble() {
    return forJava(this::toDouble);
  }

  @Override
  public final long asLong() {
    return forJava(this::toLong);
  }

  @Override
  public final int asInt() {
    return forJava(this::toInt);
  }

  @Override
  public final boolean asBoolean() {
    return forJava(this::toBoolean);
  }

  @Override
  public final String asString() {
    return forJava(this::toText);
  }

  @Override
  public final List<Value> asList() {
    return forJava(this::toList);
  }

  @Override
  public final float[] asFloatArray() {
    return forJava(this::toFloatArray);
  }

  @Override
  public final int[] asIntArray() {
    return forJava(this::toIntArray);
  }

  @Override
  public final Model asModel() {
    return forJava(this::toModel);
  }

  @Override
  public final Value field(String name) {
    return forJava(() -> fieldNamed(name));
  }

  /** What the host asks for: a fault, which lacks the place of a program, becomes its exception. */
  static <T> T forJava(Supplier<T> conversion) {
    try {
      return conversion.get();
    } catch (Fault e) {
      throw e.toException();
    }
  }

  @Override
  public boolean isVoid() {
    return false;
  }

  @Override
  public @Nullable Object toJava() {
    return this;
  }

  /** Whether {@link #toDouble} gives a number. */
  public boolean isNumber() {
    return false;
  }

  protected final Fault mismatch(String wanted) {
    return new Fault(DiagnosticCode.TYPE_MISMATCH, "expected " + wanted + ", got " + type());
  }
}
