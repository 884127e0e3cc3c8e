package org.tensorlogic.metal.cpu;

import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * Loads the native library, once, and sets it up by the system properties {@code
 * tensorlogic.cpu.level} (or the environment's {@code TENSORLOGIC_CPU_LEVEL}) and {@code
 * tensorlogic.threads}.
 */
final class CpuLibrary {
  private static final String NAME = "jnitensorlogic_cpu";

  private CpuLibrary() {}

  private static final class Holder {
    static final @Nullable String PROBLEM = load();
  }

  /** Why there are no kernels, or null if they are loaded. */
  static @Nullable String problem() {
    return Holder.PROBLEM;
  }

  private static @Nullable String load() {
    try {
      String platform = Loader.getPlatform();
      if (CpuLibrary.class.getResource(platform + "/" + System.mapLibraryName(NAME)) == null) {
        return "this build carries no natives for "
            + platform
            + "; build tensorlogic-metal there, with a C++ compiler and make";
      }
      Loader.load(CpuKernels.class);
      return configure();
    } catch (LinkageError | RuntimeException e) {
      return "the native library does not load: " + withCauses(e);
    }
  }

  private static @Nullable String configure() {
    String level = setting("tensorlogic.cpu.level", "TENSORLOGIC_CPU_LEVEL");
    if (level != null && !CpuKernels.forceLevel(level)) {
      return "level '" + level + "' does not run here; available: " + CpuBackend.levels();
    }
    String wanted = System.getProperty("tensorlogic.threads");
    int threads = threads(wanted, Runtime.getRuntime().availableProcessors());
    if (threads == 0) {
      return "tensorlogic.threads must be a number from 1 to "
          + WorkerPool.MOST
          + ", got '"
          + wanted
          + "'; without it there is a thread for each available processor";
    }
    CpuKernels.poolResize(threads);
    return null;
  }

  /** The number that the property asks for, else one for each processor; 0 if it cannot be had. */
  static int threads(@Nullable String wanted, int processors) {
    if (wanted == null) {
      return Math.min(processors, WorkerPool.MOST);
    }
    try {
      int threads = Integer.decode(wanted.strip());
      return threads < 1 || threads > WorkerPool.MOST ? 0 : threads;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static @Nullable String setting(String property, String variable) {
    String value = System.getProperty(property);
    return value == null ? System.getenv(variable) : value;
  }

  private static String withCauses(Throwable e) {
    StringBuilder text = new StringBuilder(e.toString());
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      text.append(", because ").append(cause);
    }
    return text.toString();
  }
}
