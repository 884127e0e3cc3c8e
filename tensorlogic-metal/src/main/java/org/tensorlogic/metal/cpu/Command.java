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
 * run. Buffers are reused through slots that threads find by their id; nothing is kept per thread,
 * so an application server's threads hold nothing of ours.
 */
final class Command {
  private static final int SLOTS = 64;
  private static final AtomicReferenceArray<@Nullable Command> FREE =
      new AtomicReferenceArray<>(SLOTS);

  private static final int HEADER = 3;
  private static final int WORDS = 1024; // 8 operands of rank 32 and all parameters

  private final ByteBuffer words =
      ByteBuffer.allocateDirect(8 * WORDS).order(ByteOrder.nativeOrder());
  private final long address = NativeObjects.address(words);
  private ByteBuffer integers = ByteBuffer.allocateDirect(0);
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
          operation + ": an operand lies in memory that natives cannot see; move it with to(cpu)");
    }
    return storage.address(offset);
  }

  /** Ints, row-major with these extents. */
  Command operand(int[] values, long... dims) {
    integers(values.length).put(values);
    return integerOperand(dims);
  }

  /** Room for ints that the operation writes; {@link #run(int[])} reads them. */
  Command output(int count) {
    integers(count);
    return integerOperand(count);
  }

  private Command integerOperand(long... dims) {
    operands++;
    word(NativeObjects.address(integers)).word(Opcode.I32).word(dims.length);
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

  private IntBuffer integers(int count) {
    if (integers.capacity() < 4L * count) {
      integers = ByteBuffer.allocateDirect(Math.multiplyExact(4, count));
    }
    return integers.duplicate().order(ByteOrder.nativeOrder()).asIntBuffer();
  }

  /** Runs it. */
  void run() {
    if (!runIfPossible()) {
      throw noKernel();
    }
  }

  /** Runs it; false if there is no kernel for these encodings. */
  boolean runIfPossible() {
    long error = execute();
    FREE.lazySet(slot(), this);
    return succeeded(error);
  }

  /** Runs it and copies the ints out. */
  void run(int[] result) {
    long error = execute();
    integers(result.length).get(result);
    FREE.lazySet(slot(), this);
    if (!succeeded(error)) {
      throw noKernel();
    }
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
