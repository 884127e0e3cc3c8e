package org.tensorlogic.metal.cpu;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Convolution;
import org.tensorlogic.Encoding;
import org.tensorlogic.Indices;
import org.tensorlogic.MemoryBudget;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.PoolOp;
import org.tensorlogic.backend.Precision;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.ScatterOp;
import org.tensorlogic.backend.Storage;
import org.tensorlogic.backend.TernaryOp;
import org.tensorlogic.backend.UnaryOp;

/** The C++ kernels as a backend: every method writes one {@link Command}. */
final class CpuBackend implements Backend {
  static final String NAME = "cpu";

  static final NativeHeap HEAP = new NativeHeap();

  private final Precision precision;

  CpuBackend(Precision precision) {
    this.precision = precision;
  }

  /** The SIMD levels of this processor, comma-separated, lowest first. */
  static String levels() {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < CpuKernels.levelCount(); i++) {
      if (CpuKernels.levelSupported(i)) {
        names.append(names.isEmpty() ? "" : ", ").append(NativeObjects.levelName(i));
      }
    }
    return names.toString();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "C++ kernels, level "
        + CpuKernels.activeLevel()
        + " of "
        + levels()
        + "; "
        + WorkerPool.size()
        + " threads";
  }

  @Override
  public long liveBytes() {
    return HEAP.liveBytes();
  }

  @Override
  public Memory allocate(long bytes) {
    return HEAP.allocate(bytes);
  }

  @Override
  public Memory map(Path file) throws IOException {
    long size = Files.size(file);
    if (size == 0) {
      return Memory.heap(0);
    }
    byte[] path = file.toAbsolutePath().toString().getBytes(pathCharset(System.getProperties()));
    ByteBuffer terminated = ByteBuffer.allocateDirect(path.length + 1).put(path);
    long address;
    try {
      address = CpuKernels.mapFile(NativeObjects.address(terminated), size);
    } finally {
      Reference.reachabilityFence(terminated);
    }
    if (address <= 0) {
      throw new IOException(file + ": cannot be mapped, system error " + -address);
    }
    return new NativeMemory(HEAP, address, size, true);
  }

  /**
   * How a path becomes the bytes that the library expects: those of the system, or on Windows
   * UTF-8.
   */
  static Charset pathCharset(Properties system) {
    return system.getProperty("os.name", "").startsWith("Windows")
        ? StandardCharsets.UTF_8
        : Charset.forName(system.getProperty("sun.jnu.encoding", "UTF-8"));
  }

  @Override
  public Backend withPrecision(Precision wanted) {
    return wanted == precision ? this : new CpuBackend(wanted);
  }

  @Override
  public void unary(UnaryOp op, Tensor x, Tensor out) {
    Command.begin(op.text(), Opcode.UNARY).parameter(Opcode.of(op)).operand(x).operand(out).run();
  }

  @Override
  public void binary(BinaryOp op, Tensor x, Tensor y, Tensor out) {
    Command.begin(op.text(), Opcode.BINARY)
        .parameter(Opcode.of(op))
        .operand(x)
        .operand(y)
        .operand(out)
        .run();
  }

  @Override
  public void binary(BinaryOp op, Tensor x, float y, Tensor out) {
    withNumber(op, x, y, false, out);
  }

  @Override
  public void binary(BinaryOp op, float x, Tensor y, Tensor out) {
    withNumber(op, y, x, true, out);
  }

  private static void withNumber(BinaryOp op, Tensor x, float y, boolean left, Tensor out) {
    Command.begin(op.text(), Opcode.BINARY_SCALAR)
        .parameter(Opcode.of(op))
        .parameter(y)
        .parameter(left)
        .operand(x)
        .operand(out)
        .run();
  }

  @Override
  public void ternary(TernaryOp op, Tensor x, Tensor y, Tensor z, Tensor out) {
    Command.begin(op.text(), Opcode.TERNARY)
        .parameter(Opcode.of(op))
        .operand(x)
        .operand(y)
        .operand(z)
        .operand(out)
        .run();
  }

  @Override
  public void clamp(Tensor x, float low, float high, Tensor out) {
    Command.begin("clamp", Opcode.CLAMP)
        .parameter(low)
        .parameter(high)
        .operand(x)
        .operand(out)
        .run();
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    Command.begin("copy", Opcode.COPY).operand(x).operand(out).run();
  }

  @Override
  public void fill(float value, Tensor out) {
    Command.begin("fill", Opcode.FILL).parameter(value).operand(out).run();
  }

  @Override
  public void reduce(ReduceOp op, Tensor x, int axes, Tensor out) {
    Command.begin(op.text(), Opcode.REDUCE)
        .parameter(Opcode.of(op))
        .parameter(axes)
        .operand(x)
        .operand(out)
        .run();
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int[] out) {
    Command.begin(largest ? "argmax" : "argmin", Opcode.ARG_REDUCE)
        .parameter(largest)
        .operand(x)
        .output(out.length)
        .run(out);
  }

  @Override
  public void cumsum(Tensor x, Tensor out) {
    Command.begin("cumsum", Opcode.CUMSUM).operand(x).operand(out).run();
  }

  @Override
  public void softmax(Tensor x, boolean logarithm, Tensor out) {
    Command.begin(logarithm ? "log_softmax" : "softmax", Opcode.SOFTMAX)
        .parameter(logarithm)
        .operand(x)
        .operand(out)
        .run();
  }

  @Override
  public void layerNorm(
      Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, float epsilon, Tensor out) {
    Command.begin("layer_norm", Opcode.LAYER_NORM)
        .parameter(epsilon)
        .operand(x)
        .operand(weight)
        .operand(bias)
        .operand(out)
        .run();
  }

  @Override
  public void rmsNorm(Tensor x, @Nullable Tensor weight, float epsilon, Tensor out) {
    Command.begin("rms_norm", Opcode.RMS_NORM)
        .parameter(epsilon)
        .operand(x)
        .operand(weight)
        .operand(out)
        .run();
  }

  @Override
  public void matmul(
      Tensor a, Tensor b, @Nullable Tensor bias, @Nullable UnaryOp activation, Tensor out) {
    if (!Command.begin("matmul", Opcode.MATMUL)
        .parameter(activation == null ? -1 : Opcode.of(activation))
        .parameter(precision == Precision.FAST)
        .operand(a)
        .operand(b)
        .operand(bias)
        .operand(out)
        .runIfPossible()) {
      matmulDecoded(a, b, bias, activation, out);
    }
  }

  /** With a right operand of doubles, 8-bit floats or parts of blocks, which no kernel reads. */
  private void matmulDecoded(
      Tensor a, Tensor b, @Nullable Tensor bias, @Nullable UnaryOp activation, Tensor out) {
    if (!b.encoding().isPacked()) {
      throw new IllegalArgumentException("matmul: no kernel takes " + b.encoding());
    }
    Layout blocks = b.layout().wholeBlocks(b.encoding().blockSize());
    Shape flat = blocks.shape();
    long bytes = Encoding.F32.bytes(flat.size());
    MemoryBudget.require(bytes);
    try (Memory memory = allocate(bytes)) {
      Storage decoded = Storage.of(memory, Encoding.F32, flat.size());
      copy(
          Tensor.borrow(this, b.storage(), blocks),
          Tensor.borrow(this, decoded, Layout.contiguous(flat)));
      Layout seen = b.layout().countedFrom(blocks.offset());
      matmul(a, Tensor.borrow(this, decoded, seen), bias, activation, out);
    }
  }

  @Override
  public void gather(Tensor table, Indices rows, Tensor out) {
    Command.begin("gather", Opcode.GATHER)
        .operand(table)
        .operand(rows.toArray(), rows.size())
        .operand(out)
        .run();
  }

  @Override
  public void scatter(ScatterOp op, Indices rows, Tensor source, Tensor out) {
    Command.begin("scatter", Opcode.SCATTER)
        .parameter(Opcode.of(op))
        .operand(rows.toArray(), rows.size())
        .operand(source)
        .operand(out)
        .run();
  }

  @Override
  public void conv2d(Tensor x, Tensor weight, @Nullable Tensor bias, Convolution how, Tensor out) {
    Command.begin("conv2d", Opcode.CONV2D)
        .parameter(how.strideHeight())
        .parameter(how.strideWidth())
        .parameter(how.paddingHeight())
        .parameter(how.paddingWidth())
        .parameter(how.dilationHeight())
        .parameter(how.dilationWidth())
        .parameter(how.groups())
        .operand(x)
        .operand(weight)
        .operand(bias)
        .operand(out)
        .run();
  }

  @Override
  public void pool2d(PoolOp op, Tensor x, Pooling how, Tensor out) {
    Command.begin("pool2d", Opcode.POOL2D)
        .parameter(Opcode.of(op))
        .parameter(how.height())
        .parameter(how.width())
        .parameter(how.strideHeight())
        .parameter(how.strideWidth())
        .parameter(how.paddingHeight())
        .parameter(how.paddingWidth())
        .parameter(how.countPadding())
        .operand(x)
        .operand(out)
        .run();
  }

  @Override
  public void rope(Tensor x, Tensor cos, Tensor sin, RopeStyle style, Tensor out) {
    Command.begin("rope", Opcode.ROPE)
        .parameter(style == RopeStyle.HALF_SPLIT)
        .operand(x)
        .operand(cos)
        .operand(sin)
        .operand(out)
        .run();
  }

  @Override
  public void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      boolean causal,
      float scale,
      Tensor out) {
    Command.begin("attention", Opcode.ATTENTION)
        .parameter(causal)
        .parameter(scale)
        .operand(q)
        .operand(k)
        .operand(v)
        .operand(mask)
        .operand(out)
        .run();
  }
}
