package org.tensorlogic.backend;

import java.util.Optional;

/** Found by {@link java.util.ServiceLoader}: offers one backend. */
public interface BackendProvider {
  /** The backend's name. */
  String name();

  /** Among those available the highest rank is the default; the reference backend has 0. */
  int rank();

  /** Why it cannot run here, or empty. Cheap after the first call; never throws. */
  Optional<String> unavailableBecause();

  /**
   * The backend; called once, only if available.
   *
   * @throws RuntimeException if it turns out not to work after all
   */
  Backend create();
}
