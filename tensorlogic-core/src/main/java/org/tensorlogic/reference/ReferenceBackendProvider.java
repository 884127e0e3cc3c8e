package org.tensorlogic.reference;

import java.util.Optional;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.BackendProvider;

/** Offers the reference backend, last in rank. */
public final class ReferenceBackendProvider implements BackendProvider {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public Optional<String> unavailableBecause() {
    return Optional.empty();
  }

  @Override
  public Backend create() {
    return new ReferenceBackend();
  }
}
