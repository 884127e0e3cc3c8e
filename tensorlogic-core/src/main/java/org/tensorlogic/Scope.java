package org.tensorlogic;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Frees, when closed, the tensors that its thread made while it was the innermost scope, but for
 * those kept:
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *   Tensor hidden = x.linear(w1).relu();
 *   return scope.keep(hidden.linear(w2));
 * }
 * }</pre>
 *
 * Without a scope a tensor is freed when it has become unreachable. A scope belongs to the thread
 * that opened it; scopes nest and close in reverse order.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<@Nullable Scope> INNERMOST = new ThreadLocal<>();

  private final Thread thread = Thread.currentThread();
  private final @Nullable Scope outer;
  private final List<Tensor> made = new ArrayList<>();
  private boolean closed;

  private Scope(@Nullable Scope outer) {
    this.outer = outer;
  }

  /** Opens a scope inside the current one of this thread. */
  public static Scope open() {
    Scope scope = new Scope(INNERMOST.get());
    INNERMOST.set(scope);
    return scope;
  }

  /**
   * Runs work outside the scopes of this thread: no scope owns what it makes. For objects that keep
   * tensors over time, such as sessions.
   */
  public static <T extends @Nullable Object> T outside(Supplier<T> work) {
    Scope paused = INNERMOST.get();
    if (paused == null) {
      return work.get();
    }
    INNERMOST.remove();
    try {
      return work.get();
    } finally {
      INNERMOST.set(paused);
    }
  }

  /** Gives a tensor that no scope owns to the innermost scope of this thread, if there is one. */
  public static void adopt(Tensor tensor) {
    Scope innermost = INNERMOST.get();
    if (innermost != null && tensor.scope() == null) {
      tensor.moveTo(innermost);
    }
  }

  /**
   * The result of work, the surrounding scope's; what is made on the way is freed. For operations
   * that consist of others.
   */
  static Tensor keepingOnlyResult(Supplier<Tensor> work) {
    try (Scope scope = open()) {
      return scope.keep(work.get());
    }
  }

  static @Nullable Scope innermost() {
    return INNERMOST.get();
  }

  void add(Tensor tensor) {
    made.add(tensor);
  }

  /**
   * Hands a tensor on to the enclosing scope, or to the collector if there is none.
   *
   * @return the tensor
   */
  public Tensor keep(Tensor tensor) {
    if (tensor.scope() == this) {
      tensor.moveTo(outer);
    }
    return tensor;
  }

  /** The tensor if it was made here, no scope's any more; else a handle of its own. */
  Tensor release(Tensor tensor) {
    if (tensor.scope() != this) {
      return tensor.retained();
    }
    tensor.moveTo(null);
    return tensor;
  }

  /**
   * Closes the tensors made here. Closing twice is harmless.
   *
   * @throws IllegalStateException on another thread, or while an inner scope is open
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException("scope: opened by " + thread + ", closed by another thread");
    }
    if (INNERMOST.get() != this) {
      throw new IllegalStateException("scope: an inner scope is still open; close it first");
    }
    closed = true;
    if (outer == null) {
      INNERMOST.remove();
    } else {
      INNERMOST.set(outer);
    }
    for (Tensor tensor : made) {
      if (tensor.scope() == this) {
        tensor.close();
      }
    }
    made.clear();
  }
}
