package org.tensorlogic.lang.value;

/** A text. */
public final class StringValue extends Counted {
  private final String value;

  private StringValue(String value) {
    this.value = value;
  }

  public static StringValue of(String value) {
    return new StringValue(value);
  }

  public String value() {
    return value;
  }

  @Override
  long bytes() {
    return OBJECT + (long) Character.BYTES * value.length();
  }

  @Override
  public void escape() {
    keepForever();
  }

  @Override
  public String type() {
    return "string";
  }

  @Override
  String toText() {
    return value;
  }

  @Override
  public Object toJava() {
    return value;
  }

  @Override
  public String quoted() {
    return Text.quote(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StringValue that && that.value.equals(value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return value;
  }
}
