package org.tensorlogic.lang.value;

import org.tensorlogic.Tensor;

/** A 64-bit integer. */
public final class IntValue extends Datum {
  private static final int LOWEST = -128;
  private static final IntValue[] SMALL = new IntValue[1152];

  static {
    for (int i = 0; i < SMALL.length; i++) {
      SMALL[i] = new IntValue(i + LOWEST);
    }
  }

  private final long value;

  private IntValue(long value) {
    this.value = value;
  }

  public static IntValue of(long value) {
    long index = value - LOWEST;
    return index >= 0 && index < SMALL.length ? SMALL[(int) index] : new IntValue(value);
  }

  public long value() {
    return value;
  }

  @Override
  public String type() {
    return "int";
  }

  @Override
  public boolean isNumber() {
    return true;
  }

  @Override
  public double toDouble() {
    return value;
  }

  @Override
  public long toLong() {
    return value;
  }

  @Override
  public Tensor toTensor() {
    return Conversions.scalar((double) value);
  }

  @Override
  public Object toJava() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IntValue that && that.value == value;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(value);
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
