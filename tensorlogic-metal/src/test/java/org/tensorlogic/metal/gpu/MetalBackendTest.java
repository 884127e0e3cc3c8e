package org.tensorlogic.metal.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.BeforeAll;
import org.tensorlogic.Backends;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.testing.BackendContract;

/** The whole contract: on a Mac's GPU, or on Linux over the software device ({@code .ci/metal}). */
class MetalBackendTest extends BackendContract {
  @BeforeAll
  static void requireDevice() {
    if (Boolean.getBoolean("tensorlogic.test.metal")) {
      assertThat(MetalDevice.problem()).as("a Metal device").isNull();
    }
    assumeThat(MetalDevice.problem()).as("a Metal device").isNull();
  }

  @Override
  public Backend backend() {
    return Backends.named("metal");
  }
}
