package org.tensorlogic.lang.cli;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs a program on a thread whose stack allows deep recursion. */
final class BigStack {
  private static final long BYTES = 256L << 20;

  private BigStack() {}

  static int call(Callable<Integer> work) throws Exception {
    FutureTask<Integer> task = new FutureTask<>(work);
    new Thread(null, task, "tl", BYTES).start();
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }
}
