package org.tensorlogic.lang.value;

/** A thing that programs hand around without looking into it: a device, a tokenizer. */
public abstract class OpaqueValue extends Datum {
  private final String type;

  protected OpaqueValue(String type) {
    this.type = type;
  }

  @Override
  public final String type() {
    return type;
  }

  @Override
  public String toString() {
    return "<" + type + ">";
  }
}
