package org.tensorlogic.metal.cpu;

import org.tensorlogic.BackendUnavailableException;

/**
 * The threads that compute, one pool for the process. A call that finds it busy computes on its own
 * thread, so many threads may call at once without oversubscribing the processor. Workers start
 * with the first large operation, sleep when idle, and end with {@link #shutdown} or when the
 * library's class loader goes.
 */
public final class WorkerPool {
  static final int MOST = 1024;

  private WorkerPool() {}

  /**
   * Threads that share one operation, the caller included.
   *
   * @throws BackendUnavailableException if the native library does not load
   */
  public static int size() {
    requireLibrary();
    return CpuKernels.poolSize();
  }

  /**
   * Changes the number of threads; waits for the operation in flight. The default is the number of
   * available processors, or the system property {@code tensorlogic.threads}.
   *
   * @throws IllegalArgumentException unless between 1 and 1024
   * @throws BackendUnavailableException if the native library does not load
   */
  public static void resize(int threads) {
    if (threads < 1 || threads > MOST) {
      throw new IllegalArgumentException(
          "worker pool: between 1 and " + MOST + " threads are possible, got " + threads);
    }
    requireLibrary();
    CpuKernels.poolResize(threads);
  }

  private static void requireLibrary() {
    String problem = CpuLibrary.problem();
    if (problem != null) {
      throw new BackendUnavailableException("worker pool: " + problem);
    }
  }

  /** Ends the workers; operations then run on the thread that calls them. */
  public static void shutdown() {
    resize(1);
  }
}
