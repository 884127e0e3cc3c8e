package org.tensorlogic.lang.runtime;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Notices that two threads use one session at once. */
final class OneThread {
  private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();

  /**
   * Does {@code work} while no other thread may. Inside it, as when a Java function that a program
   * calls evaluates another, the same thread may again.
   *
   * @throws IllegalStateException if another thread is at work
   */
  <T> T only(Supplier<T> work) {
    Thread current = Thread.currentThread();
    if (user.get() == current) {
      return work.get();
    }
    if (!user.compareAndSet(null, current)) {
      throw inUse();
    }
    try {
      return work.get();
    } finally {
      user.set(null);
    }
  }

  /** Lets {@code other} go on with the work of the thread that is returned, which waits for it. */
  @Nullable Thread handTo(@Nullable Thread other) {
    return user.getAndSet(other);
  }

  private IllegalStateException inUse() {
    Thread other = user.get();
    return new IllegalStateException(
        "expected one thread at a time in a session, but "
            + (other == null ? "another thread" : "thread '" + other.getName() + "'")
            + " is using this one: give each thread its own session, or compile a Program, which"
            + " many threads may run");
  }
}
