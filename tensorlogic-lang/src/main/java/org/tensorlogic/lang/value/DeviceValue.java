package org.tensorlogic.lang.value;

import org.tensorlogic.backend.Backend;

/** A backend, or a buffer on it, as older programs hand it around: {@code zeros(device, [2])}. */
public final class DeviceValue extends OpaqueValue {
  private final Backend backend;

  public DeviceValue(Backend backend) {
    super("device");
    this.backend = backend;
  }

  public Backend backend() {
    return backend;
  }

  @Override
  public String toString() {
    return "Device(" + backend.name() + ")";
  }
}
