package org.tensorlogic.metal.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.Storage;

/**
 * Writes one operation in the layout of {@code abi.h} and runs it: begin, parameters, operands,
 * run. Small buffers are reused through slots that threads find by their id; nothing is kept per
 * thread, so an application server's threads hold nothing of ours.
 */
final class Command {
  private static final int SLOTS = 64;
  private static final AtomicReferenceArray<@Nullable Command> FREE =
      new AtomicReferenceArray<>(SLOTS);

  private static final int HEADER = 3;
  private static final int WORDS = 1024; // 8 operands of rank 32 and all parameters
  private static final long MOST_KEPT = 1 << 18; // bytes of ints
  private static final int SEGMENT = 1 << 28; // ints

  private final ByteBuffer words =
      ByteBuffer.allocateDirect(8 * WORDS).order(ByteOrder.nativeOrder());
  private final long address = NativeObjects.address(words);
  private ByteBuffer integers = ByteBuffer.allocateDirect(0);
  private @Nullable NativeMemory large;
  private String operation = "";
  private int opcode;
  private int parameters;
  private int operands;
  private int position;

  private Command() {}

  /** A command without parameters and operands. The name is for errors. */
  static Command begin(String operation, int opcode) {
    Command command = FREE.getAndSet(slot(), null);
    if (command == null) {
      command = new Command();
    }
    command.operation = operation;
    command.opcode = opcode;
    command.parameters = 0;
    command.operands = 0;
    command.position = HEADER;
    return command;
  }

  private static int slot() {
    return (int) (Thread.currentThread().getId() & (SLOTS - 1));
  }

  private Command word(long word) {
    words.putLong(8 * position++, word);
    return this;
  }

  Command parameter(long value) {
    parameters++;
    return word(value);
  }

  Command parameter(float value) {
    return parameter(Float.floatToRawIntBits(value) & 0xFFFFFFFFL);
  }

  Command parameter(boolean value) {
    return parameter(value ? 1 : 0);
  }

  /** A tensor, or an absent operand. */
  Command operand(@Nullable Tensor tensor) {
    operands++;
    if (tensor == null) {
      return word(0).word(Opcode.ABSENT).word(0);
    }
    Storage storage = tensor.storage();
    Layout layout = tensor.layout();
    Encoding encoding = storage.encoding();
    int rank = layout.shape().rank();
    word(addressOf(storage, layout.offset())).word(Opcode.of(encoding)).word(rank);
    for (int axis = 0; axis < rank; axis++) {
      word(layout.shape().dim(axis));
    }
    for (int axis = 0; axis < rank; axis++) {
      word(layout.stride(axis));
    }
    return this;
  }

  private long addressOf(Storage storage, long offset) {
    if (storage.memory().address() == 0 && storage.memory().byteSize() > 0) {
      throw new IllegalArgumentException(
          operation
              + ": an operand lies in memory that natives cannot see; move it with to(backend)");
    }
    return storage.address(offset);
  }

  /** Ints, row-major with these extents. */
  Command operand(int[] values, long... dims) {
    reserve(values.length);
    for (int at = 0; at < values.length; at += SEGMENT) {
      integers(at, values.length).put(values, at, Math.min(SEGMENT, values.length - at));
    }
    return integerOperand(dims);
  }

  /** Room for ints that the operation writes; {@link #run(int[])} reads them. */
  Command output(int count) {
    reserve(count);
    return integerOperand(count);
  }

  private Command integerOperand(long... dims) {
    operands++;
    word(large == null ? NativeObjects.address(integers) : large.address());
    word(Opcode.I32).word(dims.length);
    long stride = 1;
    for (long dim : dims) {
      word(dim);
      stride *= dim;
    }
    for (long dim : dims) {
      stride = dim == 0 ? 0 : stride / dim;
      word(stride);
    }
    return this;
  }

  /** Many ints lie in memory of their own until the operation has run. */
  private void reserve(int count) {
    long bytes = Integer.BYTES * (long) count;
    if (bytes > MOST_KEPT) {
      large = CpuBackend.HEAP.allocate(bytes);
    } else if (integers.capacity() < bytes) {
      integers = ByteBuffer.allocateDirect((int) bytes);
    }
  }

  /** The ints from one on, of so many, to the end of its segment: a buffer has at most 2 GiB. */
  private IntBuffer integers(int from, int count) {
    long bytes = Integer.BYTES * (long) Math.min(SEGMENT, count - from);
    ByteBuffer buffer =
        large == null
            ? integers.duplicate()
            : NativeObjects.buffer(large.address() + Integer.BYTES * (long) from, bytes);
    return buffer.order(ByteOrder.nativeOrder()).asIntBuffer();
  }

  /** Runs it. */
  void run() {
    try {
      if (!succeeded(execute())) {
        throw noKernel();
      }
    } finally {
      giveBack();
    }
  }

  /** Runs it; false if there is no kernel for these encodings. */
  boolean runIfPossible() {
    try {
      return succeeded(execute());
    } finally {
      giveBack();
    }
  }

  /** Runs it and copies the ints out. */
  void run(int[] result) {
    try {
      if (!succeeded(execute())) {
        throw noKernel();
      }
      for (int at = 0; at < result.length; at += SEGMENT) {
        integers(at, result.length).get(result, at, Math.min(SEGMENT, result.length - at));
      }
    } finally {
      giveBack();
    }
  }

  /** The last thing done with it: from then on it is another thread's. */
  private void giveBack() {
    if (large != null) {
      large.close();
      large = null;
    }
    FREE.lazySet(slot(), this);
  }

  private long execute() {
    words.putLong(0, opcode);
    words.putLong(8, parameters);
    words.putLong(16, operands);
    return CpuKernels.run(address);
  }

  private boolean succeeded(long error) {
    if (error == 0) {
      return true;
    }
    if (error == Opcode.ERROR_UNSUPPORTED) {
      return false;
    }
    if (error == Opcode.ERROR_SIZE) {
      throw new IllegalArgumentException(
          operation + ": an operand has more than 2^40 elements; the kernels take no more");
    }
    if (error == Opcode.ERROR_MEMORY) {
      throw new OutOfMemoryError(operation + ": no native memory for scratch space");
    }
    throw new IllegalStateException(operation + ": the kernel failed with error " + error);
  }

  private IllegalArgumentException noKernel() {
    return new IllegalArgumentException(
        operation + ": no kernel takes operands of these encodings; convert them first");
  }
}
