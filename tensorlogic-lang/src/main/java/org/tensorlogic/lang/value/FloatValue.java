package org.tensorlogic.lang.value;

import org.tensorlogic.Tensor;

/** A double. */
public final class FloatValue extends Datum {
  private final double value;

  private FloatValue(double value) {
    this.value = value;
  }

  public static FloatValue of(double value) {
    return new FloatValue(value);
  }

  public double value() {
    return value;
  }

  @Override
  public String type() {
    return "float";
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
    return Conversions.integral(value);
  }

  @Override
  public Tensor toTensor() {
    return Conversions.scalar(value);
  }

  @Override
  public Object toJava() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FloatValue that && Double.compare(that.value, value) == 0;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(value);
  }

  @Override
  public String toString() {
    return Text.number(value);
  }
}
