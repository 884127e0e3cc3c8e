package org.tensorlogic;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** Runs a backend's method: holds the inputs, allocates the result, lets go in any case. */
final class Call {
  private Call() {}

  /** A fresh tensor, its content undefined. */
  static Tensor allocate(Backend backend, DType dtype, Shape shape) {
    long bytes = dtype.encoding().bytes(shape.size());
    MemoryBudget.require(bytes);
    Memory memory = backend.allocate(bytes);
    MemoryBudget.charge(memory);
    Storage storage = Storage.of(memory, dtype.encoding(), shape.size());
    return Tensor.owning(backend, storage, Layout.contiguous(shape));
  }

  /**
   * Runs {@code kernel} on a fresh result.
   *
   * @param inputs all that the kernel reads, the first of which chooses the backend; null is none
   */
  static Tensor run(
      String operation,
      DType dtype,
      Shape shape,
      Consumer<Tensor> kernel,
      @Nullable Tensor... inputs) {
    int held = 0;
    try {
      Backend backend = backendOf(operation, inputs);
      for (; held < inputs.length; held++) {
        Tensor input = inputs[held];
        if (input != null) {
          input.storage().memory().acquire();
        }
      }
      Tensor out = allocate(backend, dtype, shape);
      boolean done = false;
      try {
        kernel.accept(out);
        done = true;
        return out;
      } finally {
        if (!done) {
          out.close();
        }
      }
    } finally {
      letGo(inputs, held);
    }
  }

  /** Holds the inputs while {@code kernel} runs, which makes no tensor. */
  static void run(Runnable kernel, Tensor... inputs) {
    int held = 0;
    try {
      for (; held < inputs.length; held++) {
        inputs[held].storage().memory().acquire();
      }
      kernel.run();
    } finally {
      letGo(inputs, held);
    }
  }

  /** Releases the first inputs, which are held, and closes all that were made for this call. */
  private static void letGo(@Nullable Tensor[] inputs, int held) {
    for (int i = 0; i < inputs.length; i++) {
      Tensor input = inputs[i];
      if (input == null) {
        continue;
      }
      if (i < held) {
        input.heldMemory().release();
      }
      if (input.isTemporary()) {
        input.heldMemory().close();
      }
    }
  }

  private static Backend backendOf(String operation, @Nullable Tensor[] inputs) {
    Backend backend = null;
    for (Tensor input : inputs) {
      if (input == null) {
        continue;
      }
      if (backend == null) {
        backend = input.backend();
      } else if (input.backend() != backend && !input.backend().name().equals(backend.name())) {
        throw new IllegalArgumentException(
            operation
                + ": operands are on different backends, "
                + backend.name()
                + " and "
                + input.backend().name()
                + "; move one with to(backend)");
      }
    }
    if (backend == null) {
      throw new IllegalArgumentException(operation + ": at least one tensor is needed");
    }
    return backend;
  }
}
