package org.tensorlogic.lang.value;

/** The backend, or a buffer on it: kept so that older programs run. */
public final class DeviceValue extends OpaqueValue {
  private final String name;

  public DeviceValue(String name) {
    super("device");
    this.name = name;
  }

  @Override
  public String toString() {
    return "Device(" + name + ")";
  }
}
