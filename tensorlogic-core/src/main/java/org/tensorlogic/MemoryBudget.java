package org.tensorlogic;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Memory;

/**
 * Bounds the bytes of the tensors that a computation makes and has not closed, so that code from
 * outside cannot take all memory:
 *
 * <pre>{@code
 * MemoryBudget budget = new MemoryBudget(1L << 30);
 * Tensor y = budget.bound(() -> evaluate(program));
 * }</pre>
 *
 * A tensor counts until it is closed, by hand or by its {@link Scope}; one that was only dropped
 * counts on. Views cost nothing. Other memory counts if its owner says so: {@link #take} and {@link
 * #giveBack}.
 */
public final class MemoryBudget {
  private static final ThreadLocal<@Nullable MemoryBudget> CURRENT = new ThreadLocal<>();

  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /** A budget of this many bytes. */
  public MemoryBudget(long bytes) {
    this.limit = bytes;
  }

  /** The bytes that count now. */
  public long used() {
    return used.get();
  }

  /** The bytes that may be used. */
  public long limit() {
    return limit;
  }

  /** The budget that bounds this thread now, or null. */
  public static @Nullable MemoryBudget current() {
    return CURRENT.get();
  }

  /**
   * Counts memory that is no tensor's, until {@link #giveBack}.
   *
   * @throws MemoryBudgetException if there is no room for it
   */
  public void take(long bytes) {
    requireRoom(bytes);
    used.addAndGet(bytes);
  }

  /** Counts this much of what was taken no more. */
  public void giveBack(long bytes) {
    used.addAndGet(-bytes);
  }

  private void requireRoom(long bytes) {
    if (bytes > limit - used.get()) {
      throw new MemoryBudgetException(
          "memory: "
              + bytes
              + " more bytes exceed the budget of "
              + limit
              + ", of which "
              + used
              + " are used");
    }
  }

  /**
   * Runs work on this thread within the budget, in place of any other.
   *
   * @throws MemoryBudgetException if the work needs more
   */
  public <T extends @Nullable Object> T bound(Supplier<T> work) {
    MemoryBudget outer = CURRENT.get();
    CURRENT.set(this);
    try {
      return work.get();
    } finally {
      if (outer == null) {
        CURRENT.remove();
      } else {
        CURRENT.set(outer);
      }
    }
  }

  /**
   * Checks that this many more bytes fit the budget of this thread, if it has one.
   *
   * @throws MemoryBudgetException if they do not
   */
  public static void require(long bytes) {
    MemoryBudget budget = CURRENT.get();
    if (budget != null) {
      budget.requireRoom(bytes);
    }
  }

  /** Counts a memory until it is closed. */
  static void charge(Memory memory) {
    MemoryBudget budget = CURRENT.get();
    if (budget != null) {
      budget.used.addAndGet(memory.byteSize());
      memory.whenClosed(() -> budget.used.addAndGet(-memory.byteSize()));
    }
  }
}
