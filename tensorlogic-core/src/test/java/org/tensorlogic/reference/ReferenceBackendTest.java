package org.tensorlogic.reference;

import org.tensorlogic.backend.Backend;
import org.tensorlogic.testing.BackendContract;

class ReferenceBackendTest extends BackendContract {
  private static final Backend BACKEND = new ReferenceBackend();

  @Override
  public Backend backend() {
    return BACKEND;
  }
}
