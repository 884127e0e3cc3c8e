package org.tensorlogic;

/**
 * Told how far a long task has come, by the thread that carries it out. What it throws ends the
 * task, which leaves nothing behind.
 */
@FunctionalInterface
public interface ProgressListener {
  /**
   * Called now and then, and at the end.
   *
   * @param task what is done: {@code convert layer.0.weight}
   * @param done bytes so far
   * @param total bytes in all
   */
  void progress(String task, long done, long total);
}
