package org.tensorlogic.lang.value;

/** A truth value. */
public final class BoolValue extends Datum {
  public static final BoolValue TRUE = new BoolValue(true);
  public static final BoolValue FALSE = new BoolValue(false);

  private final boolean value;

  private BoolValue(boolean value) {
    this.value = value;
  }

  public static BoolValue of(boolean value) {
    return value ? TRUE : FALSE;
  }

  public boolean value() {
    return value;
  }

  @Override
  public String type() {
    return "bool";
  }

  @Override
  boolean toBoolean() {
    return value;
  }

  @Override
  public Object toJava() {
    return value;
  }

  @Override
  public String toString() {
    return value ? "true" : "false";
  }
}
