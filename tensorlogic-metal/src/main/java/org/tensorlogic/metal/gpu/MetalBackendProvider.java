package org.tensorlogic.metal.gpu;

import java.util.Optional;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.BackendProvider;

/** Offers the Metal backend where there is a Metal device; first in rank. */
public final class MetalBackendProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public MetalBackendProvider() {}

  @Override
  public String name() {
    return MetalBackend.NAME;
  }

  @Override
  public int rank() {
    return 200;
  }

  @Override
  public Optional<String> unavailableBecause() {
    return Optional.ofNullable(MetalDevice.problem());
  }

  @Override
  public Backend create() {
    return new MetalBackend(MetalDevice.get());
  }
}
