package org.tensorlogic.metal.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** One command: words for {@code views.h}, and the buffers they speak of. */
final class Dispatch {
  static final int MOST_WORDS = 512; // 4096 bytes
  static final int MOST_OPERANDS = 8;
  static final int MOST_GROUPS = 1024; // of up to 256 threads: enough for any GPU

  private final String operation;
  private final String kernel;
  private final long[] words = new long[MOST_WORDS];
  private final long[] arguments = new long[2 * MOST_OPERANDS];
  private final List<Memory> copies = new ArrayList<>();
  private int wordCount;
  private int operandCount;

  Dispatch(String operation, String kernel) {
    this.operation = operation;
    this.kernel = kernel;
  }

  Dispatch word(long word) {
    words[wordCount++] = word;
    return this;
  }

  Dispatch word(float value) {
    return word(Float.floatToRawIntBits(value));
  }

  Dispatch word(boolean value) {
    return word(value ? 1 : 0);
  }

  /** A tensor under its own layout, or an absent operand. */
  Dispatch operand(MetalHeap heap, @Nullable Tensor tensor) {
    if (tensor == null) {
      argument(0, 0);
      return word(-1).word(0).word(0);
    }
    return operand(heap, tensor, tensor.layout());
  }

  Dispatch operand(MetalHeap heap, Tensor tensor, Layout layout) {
    Storage storage = tensor.storage();
    MetalMemory memory = placed(heap, storage);
    argument(memory.buffer(), memory == storage.memory() ? storage.byteOffset() : 0);
    int rank = layout.shape().rank();
    word(MetalEncodings.code(storage.encoding())).word(layout.offset()).word(rank);
    for (int axis = 0; axis < rank; axis++) {
      word(layout.shape().dim(axis));
    }
    for (int axis = 0; axis < rank; axis++) {
      word(layout.stride(axis));
    }
    return this;
  }

  /** Elements of a file may lie at odd addresses, which the GPU cannot read: those are copied. */
  private MetalMemory placed(MetalHeap heap, Storage storage) {
    if (!(storage.memory() instanceof MetalMemory memory)) {
      throw new IllegalArgumentException(
          operation
              + ": an operand lies in memory that the GPU cannot see; move it with to(metal)");
    }
    if (storage.byteOffset() % 4 == 0
        || storage.encoding().blockSize() > 1
        || (storage.byteOffset() % 2 == 0 && storage.encoding().blockBytes() == 2)) {
      return memory;
    }
    MetalMemory copy = heap.copyOf(memory, storage.byteOffset(), storage.byteSize());
    copies.add(copy);
    return copy;
  }

  /** Ints, one axis. */
  Dispatch integers(MetalMemory memory, int count) {
    argument(memory.buffer(), 0);
    return word(26).word(0).word(1).word(count).word(1);
  }

  private void argument(long buffer, long offset) {
    arguments[2 * operandCount] = buffer;
    arguments[2 * operandCount + 1] = offset;
    operandCount++;
  }

  /** Enough threadgroups for one element a thread, of at most 256 threads. */
  long elements(CommandStream stream, ShaderLibrary shaders, long elements) {
    int threads = (int) Math.min(256, Math.max(32, (elements + 31) / 32 * 32));
    long groups = Math.max(1, Math.min(MOST_GROUPS, (elements + threads - 1) / threads));
    return run(stream, shaders, threads, groups, 1, 1);
  }

  /** Encodes it; the number of the batch. */
  long run(CommandStream stream, ShaderLibrary shaders, int threads, long... groups) {
    long serial =
        stream.encode(
            operation,
            shaders.pipeline(kernel),
            Arrays.copyOf(arguments, 2 * operandCount),
            Arrays.copyOf(words, wordCount),
            Arrays.copyOf(groups, 3),
            threads);
    copies.forEach(Memory::close); // the command holds what it reads
    return serial;
  }
}
