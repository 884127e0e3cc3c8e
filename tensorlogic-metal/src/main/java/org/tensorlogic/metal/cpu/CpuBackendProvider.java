package org.tensorlogic.metal.cpu;

import java.util.Optional;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.BackendProvider;
import org.tensorlogic.backend.Precision;

/** Offers the processor backend where its native library loads. */
public final class CpuBackendProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public CpuBackendProvider() {}

  @Override
  public String name() {
    return CpuBackend.NAME;
  }

  @Override
  public int rank() {
    return 100;
  }

  @Override
  public Optional<String> unavailableBecause() {
    return Optional.ofNullable(CpuLibrary.problem());
  }

  @Override
  public Backend create() {
    return new CpuBackend(Precision.EXACT);
  }
}
