package org.tensorlogic.metal.cpu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Backends;
import org.tensorlogic.Convolution;
import org.tensorlogic.Indices;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.PoolOp;
import org.tensorlogic.backend.Precision;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.ScatterOp;
import org.tensorlogic.backend.TernaryOp;
import org.tensorlogic.backend.UnaryOp;

/** The C++ kernels as a backend: every method writes one {@link Command}. */
final class CpuBackend implements Backend {
  static final String NAME = "cpu";

  private static final NativeHeap HEAP = new NativeHeap();

  private final Precision precision;
  private final Backend reference = Backends.named("reference");

  CpuBackend(Precision precision) {
    this.precision = precision;
  }

  /** The SIMD levels of this processor, comma-separated, lowest first. */
  static String levels() {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < CpuKernels.levelCount(); i++) {
      if (CpuKernels.levelSupported(i)) {
        names.append(names.isEmpty() ? "" : ", ").append(CpuKernels.levelName(i));
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
    long size;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      size = channel.size();
    }
    if (size == 0) {
      return Memory.heap(0);
    }
    Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    byte[] path = file.toAbsolutePath().toString().getBytes(charset);
    ByteBuffer terminated = ByteBuffer.allocateDirect(path.length + 1).put(path);
    long address = CpuKernels.mapFile(CpuKernels.address(terminated.rewind()), size);
    if (address <= 0) {
      throw new IOException(file + ": cannot be mapped, system error " + -address);
    }
    return new NativeMemory(
        HEAP, address, size, true, "the model of this tensor has been closed: " + file);
  }

  @Override
  public Backend withPrecision(Precision wanted) {
    return wanted == precision ? this : new CpuBackend(wanted);
  }

  @Override
  public void unary(UnaryOp op, Tensor x, Tensor out) {
    if (!Command.begin(op.text(), Opcode.UNARY)
        .parameter(Opcode.of(op))
        .operand(x)
        .operand(out)
        .run()) {
      reference.unary(op, x, out);
    }
  }

  @Override
  public void binary(BinaryOp op, Tensor x, Tensor y, Tensor out) {
    if (!Command.begin(op.text(), Opcode.BINARY)
        .parameter(Opcode.of(op))
        .operand(x)
        .operand(y)
        .operand(out)
        .run()) {
      reference.binary(op, x, y, out);
    }
  }

  @Override
  public void binary(BinaryOp op, Tensor x, float y, Tensor out) {
    if (!withNumber(op, x, y, false, out)) {
      reference.binary(op, x, y, out);
    }
  }

  @Override
  public void binary(BinaryOp op, float x, Tensor y, Tensor out) {
    if (!withNumber(op, y, x, true, out)) {
      reference.binary(op, x, y, out);
    }
  }

  private static boolean withNumber(BinaryOp op, Tensor x, float y, boolean left, Tensor out) {
    return Command.begin(op.text(), Opcode.BINARY_SCALAR)
        .parameter(Opcode.of(op))
        .parameter(y)
        .parameter(left)
        .operand(x)
        .operand(out)
        .run();
  }

  @Override
  public void ternary(TernaryOp op, Tensor x, Tensor y, Tensor z, Tensor out) {
    if (!Command.begin(op.text(), Opcode.TERNARY)
        .parameter(Opcode.of(op))
        .operand(x)
        .operand(y)
        .operand(z)
        .operand(out)
        .run()) {
      reference.ternary(op, x, y, z, out);
    }
  }

  @Override
  public void clamp(Tensor x, float low, float high, Tensor out) {
    if (!Command.begin("clamp", Opcode.CLAMP)
        .parameter(low)
        .parameter(high)
        .operand(x)
        .operand(out)
        .run()) {
      reference.clamp(x, low, high, out);
    }
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    if (!Command.begin("copy", Opcode.COPY).operand(x).operand(out).run()) {
      reference.copy(x, out);
    }
  }

  @Override
  public void fill(float value, Tensor out) {
    if (!Command.begin("fill", Opcode.FILL).parameter(value).operand(out).run()) {
      reference.fill(value, out);
    }
  }

  @Override
  public void reduce(ReduceOp op, Tensor x, int axes, Tensor out) {
    if (!Command.begin(op.text(), Opcode.REDUCE)
        .parameter(Opcode.of(op))
        .parameter(axes)
        .operand(x)
        .operand(out)
        .run()) {
      reference.reduce(op, x, axes, out);
    }
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int[] out) {
    if (!Command.begin(largest ? "argmax" : "argmin", Opcode.ARG_REDUCE)
        .parameter(largest)
        .operand(x)
        .output(out.length)
        .run(out)) {
      reference.argReduce(largest, x, out);
    }
  }

  @Override
  public void cumsum(Tensor x, Tensor out) {
    if (!Command.begin("cumsum", Opcode.CUMSUM).operand(x).operand(out).run()) {
      reference.cumsum(x, out);
    }
  }

  @Override
  public void softmax(Tensor x, boolean logarithm, Tensor out) {
    if (!Command.begin(logarithm ? "log_softmax" : "softmax", Opcode.SOFTMAX)
        .parameter(logarithm)
        .operand(x)
        .operand(out)
        .run()) {
      reference.softmax(x, logarithm, out);
    }
  }

  @Override
  public void layerNorm(
      Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, float epsilon, Tensor out) {
    if (!Command.begin("layer_norm", Opcode.LAYER_NORM)
        .parameter(epsilon)
        .operand(x)
        .operand(weight)
        .operand(bias)
        .operand(out)
        .run()) {
      reference.layerNorm(x, weight, bias, epsilon, out);
    }
  }

  @Override
  public void rmsNorm(Tensor x, @Nullable Tensor weight, float epsilon, Tensor out) {
    if (!Command.begin("rms_norm", Opcode.RMS_NORM)
        .parameter(epsilon)
        .operand(x)
        .operand(weight)
        .operand(out)
        .run()) {
      reference.rmsNorm(x, weight, epsilon, out);
    }
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
        .run()) {
      reference.matmul(a, b, bias, activation, out);
    }
  }

  @Override
  public void gather(Tensor table, Indices rows, Tensor out) {
    if (!Command.begin("gather", Opcode.GATHER)
        .operand(table)
        .operand(rows.toArray(), rows.size())
        .operand(out)
        .run()) {
      reference.gather(table, rows, out);
    }
  }

  @Override
  public void scatter(ScatterOp op, Indices rows, Tensor source, Tensor out) {
    if (!Command.begin("scatter", Opcode.SCATTER)
        .parameter(Opcode.of(op))
        .operand(rows.toArray(), rows.size())
        .operand(source)
        .operand(out)
        .run()) {
      reference.scatter(op, rows, source, out);
    }
  }

  @Override
  public void conv2d(Tensor x, Tensor weight, @Nullable Tensor bias, Convolution how, Tensor out) {
    if (!Command.begin("conv2d", Opcode.CONV2D)
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
        .run()) {
      reference.conv2d(x, weight, bias, how, out);
    }
  }

  @Override
  public void pool2d(PoolOp op, Tensor x, Pooling how, Tensor out) {
    if (!Command.begin("pool2d", Opcode.POOL2D)
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
        .run()) {
      reference.pool2d(op, x, how, out);
    }
  }

  @Override
  public void rope(Tensor x, Tensor cos, Tensor sin, RopeStyle style, Tensor out) {
    if (!Command.begin("rope", Opcode.ROPE)
        .parameter(style == RopeStyle.HALF_SPLIT)
        .operand(x)
        .operand(cos)
        .operand(sin)
        .operand(out)
        .run()) {
      reference.rope(x, cos, sin, style, out);
    }
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
    if (!Command.begin("attention", Opcode.ATTENTION)
        .parameter(causal)
        .parameter(scale)
        .operand(q)
        .operand(k)
        .operand(v)
        .operand(mask)
        .operand(out)
        .run()) {
      reference.attention(q, k, v, mask, causal, scale, out);
    }
  }
}
