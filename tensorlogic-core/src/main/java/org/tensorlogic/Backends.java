package org.tensorlogic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.BackendProvider;

/**
 * The backends found on the class or module path. System properties choose: {@code
 * tensorlogic.backend=NAME} makes that one the default, failing if it cannot run; {@code
 * tensorlogic.strict=true} refuses to fall back to the reference backend.
 */
public final class Backends {
  private static final List<Candidate> CANDIDATES = load();

  private Backends() {}

  private static final class Candidate {
    final String name;
    final int rank;
    final @Nullable BackendProvider provider;
    @Nullable String reason;
    @Nullable Backend backend;

    Candidate(BackendProvider provider) {
      this.name = provider.name();
      this.rank = provider.rank();
      this.provider = provider;
    }

    Candidate(String name, String reason) {
      this.name = name;
      this.rank = -1;
      this.provider = null;
      this.reason = reason;
    }

    synchronized @Nullable Backend backend() {
      if (backend == null && reason == null && provider != null) {
        Optional<String> why = provider.unavailableBecause();
        if (why.isPresent()) {
          reason = why.get();
        } else {
          try {
            backend = provider.create();
          } catch (RuntimeException | LinkageError e) {
            reason = e.toString();
          }
        }
      }
      return backend;
    }
  }

  private static List<Candidate> load() {
    List<Candidate> found = new ArrayList<>();
    var providers =
        ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()).iterator();
    while (true) {
      try {
        if (!providers.hasNext()) {
          break;
        }
        found.add(new Candidate(providers.next()));
      } catch (ServiceConfigurationError e) {
        found.add(new Candidate("unknown", e.toString()));
      }
    }
    found.sort(Comparator.comparingInt((Candidate c) -> c.rank).reversed());
    return List.copyOf(found);
  }

  /**
   * The default backend: the fastest that runs here.
   *
   * @throws BackendUnavailableException if system properties ask for more than there is
   */
  public static Backend best() {
    String wanted = System.getProperty("tensorlogic.backend");
    if (wanted != null) {
      return named(wanted);
    }
    Backend best = first(null);
    if (best == null) {
      throw new BackendUnavailableException(
          "no native backend runs here and tensorlogic.strict=true refuses the reference backend: "
              + reasons());
    }
    return best;
  }

  /**
   * The fastest backend that computes on such a device.
   *
   * @throws BackendUnavailableException if none runs here, with the reasons
   */
  public static Backend on(Device device) {
    Backend best = first(device);
    if (best == null) {
      throw new BackendUnavailableException(
          "no backend computes on the " + device + " here; candidates: " + reasons());
    }
    return best;
  }

  private static @Nullable Backend first(@Nullable Device device) {
    for (Candidate candidate : CANDIDATES) {
      Backend backend = candidate.backend();
      boolean refused = candidate.rank <= 0 && isStrict();
      if (backend != null && !refused && (device == null || backend.device() == device)) {
        return backend;
      }
    }
    return null;
  }

  /** Whether falling back is refused: {@code tensorlogic.strict=true}. */
  public static boolean isStrict() {
    return Boolean.getBoolean("tensorlogic.strict");
  }

  /**
   * The backend of this name.
   *
   * @throws BackendUnavailableException if there is none or it cannot run here, with the reason
   */
  public static Backend named(String name) {
    for (Candidate candidate : CANDIDATES) {
      if (candidate.name.equals(name)) {
        Backend backend = candidate.backend();
        if (backend != null) {
          return backend;
        }
      }
    }
    throw new BackendUnavailableException(
        "backend '" + name + "' is not available; candidates: " + reasons());
  }

  /** All that run here, the default first unless a system property says otherwise. */
  public static List<Backend> available() {
    List<Backend> backends = new ArrayList<>();
    for (Candidate candidate : CANDIDATES) {
      Backend backend = candidate.backend();
      if (backend != null) {
        backends.add(backend);
      }
    }
    return List.copyOf(backends);
  }

  /** Every backend found: what runs, and why the others do not. */
  public static List<BackendInfo> info() {
    Backend chosen = bestOrNull();
    List<BackendInfo> infos = new ArrayList<>();
    for (Candidate candidate : CANDIDATES) {
      Backend backend = candidate.backend();
      infos.add(
          new BackendInfo(
              candidate.name,
              candidate.rank,
              backend != null,
              backend != null && backend == chosen,
              backend != null ? backend.description() : String.valueOf(candidate.reason),
              backend != null ? backend.liveBytes() : 0));
    }
    return List.copyOf(infos);
  }

  private static @Nullable Backend bestOrNull() {
    try {
      return best();
    } catch (BackendUnavailableException e) {
      return null;
    }
  }

  private static String reasons() {
    StringBuilder text = new StringBuilder();
    for (Candidate candidate : CANDIDATES) {
      if (!text.isEmpty()) {
        text.append("; ");
      }
      text.append(candidate.name)
          .append(candidate.backend() != null ? " (available)" : " (" + candidate.reason + ")");
    }
    return text.toString();
  }
}
