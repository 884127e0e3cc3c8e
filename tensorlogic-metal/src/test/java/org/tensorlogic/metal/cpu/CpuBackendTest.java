package org.tensorlogic.metal.cpu;

import org.tensorlogic.Backends;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.testing.BackendContract;
import org.tensorlogic.testing.FuzzContract;

/** The contract on the best level of this processor. */
class CpuBackendTest extends BackendContract implements FuzzContract {
  @Override
  public Backend backend() {
    return Backends.named("cpu");
  }
}
