package org.tensorlogic.metal.gpu;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.tensorlogic.Backends;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.testing.BackendContract;

/**
 * The contract with the threads of a threadgroup in the order that {@link MetalBackendTest} spares.
 */
class ReverseOrderTest extends BackendContract {
  @BeforeAll
  static void reverse() {
    SoftwareDeviceTest.requireSoftwareDevice();
    SoftwareDevice.setReverseOrder(true);
  }

  @AfterAll
  static void forward() {
    if (MetalDevice.problem() == null) {
      SoftwareDevice.setReverseOrder(false);
    }
  }

  @Override
  public Backend backend() {
    return Backends.named("metal");
  }
}
