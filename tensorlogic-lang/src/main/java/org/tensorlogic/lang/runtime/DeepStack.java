package org.tensorlogic.lang.runtime;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Continues a deep recursion on a thread of its own, whose stack is large enough for its share. */
final class DeepStack {
  /** Calls between two stacks; small enough for the default stack of any thread. */
  static final int CALLS = 200;

  private static final long STACK_BYTES = 16L << 20;

  private DeepStack() {}

  static void execute(Node body, Frame frame) {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Runnable work =
        () -> {
          try {
            frame.execution().budget().bound(() -> body.executeLast(frame));
          } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            failure.set(e);
          }
        };
    Thread thread = new Thread(null, work, "tensorlogic-recursion", STACK_BYTES);
    thread.setDaemon(true);
    OneThread user = frame.execution().thread();
    Thread waiting = user.handTo(thread);
    try {
      thread.start();
      await(thread, frame.execution());
    } finally {
      user.handTo(waiting);
    }
    Throwable thrown = failure.get();
    if (thrown instanceof RuntimeException e) {
      throw e;
    } else if (thrown instanceof Error e) {
      throw e;
    }
  }

  /** An interrupt of the waiting thread cancels the program. */
  private static void await(Thread thread, Execution execution) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
        execution.cancel();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
