package org.tensorlogic.metal.gpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Backends;
import org.tensorlogic.Convolution;
import org.tensorlogic.Device;
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
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.ScatterOp;
import org.tensorlogic.backend.Storage;
import org.tensorlogic.backend.TernaryOp;
import org.tensorlogic.backend.UnaryOp;
import org.tensorlogic.metalcpp.MTLBuffer;
import org.tensorlogic.metalcpp.global.Metal;

/**
 * Kernels on the GPU: every method encodes one command and returns; reading a result waits for it.
 * What is stored in encodings that they do not read, the processor's backend decodes, or for few
 * rows multiplies with, in the memory that both share.
 */
final class MetalBackend implements Backend {
  static final String NAME = "metal";

  private static final long PAGE = 16384;
  private static final int ROW_THREADS = 256;
  private static final int FEW = 8; // rows of activations for which weights are streamed

  private final MetalDevice device;
  private final CommandStream stream;
  private final MetalHeap heap;
  private final ShaderLibrary shaders;
  private volatile @Nullable Backend processor;

  MetalBackend(MetalDevice device) {
    this(device, new ShaderLibrary(device));
  }

  MetalBackend(MetalDevice device, ShaderLibrary shaders) {
    this.device = device;
    this.stream = new CommandStream(device);
    this.heap = new MetalHeap(device, stream);
    this.shaders = shaders;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Device device() {
    return Device.GPU;
  }

  @Override
  public String description() {
    return device.name() + ", Metal";
  }

  @Override
  public long liveBytes() {
    return heap.liveBytes();
  }

  @Override
  public Memory allocate(long bytes) {
    return heap.allocate(bytes);
  }

  /** Waits for all commands. */
  void finish() {
    stream.finish();
  }

  /** The file's own pages where Metal takes them, else one copy. */
  @Override
  public Memory map(Path file) throws IOException {
    Memory mapped = processor().map(file);
    long bytes = mapped.byteSize();
    if (bytes == 0) {
      return mapped;
    }
    if (mapped.address() != 0) {
      long pages = (bytes + PAGE - 1) / PAGE * PAGE;
      MTLBuffer buffer = Metal.new_buffer_no_copy(device.handle(), mapped.address(), pages);
      if (buffer != null && !buffer.isNull()) {
        return heap.adopt(buffer, bytes, mapped);
      }
    }
    try (mapped) {
      return heap.copyOf(mapped, 0, bytes);
    }
  }

  /** Found when it is needed: this backend is made while backends are looked for. */
  private Backend processor() {
    Backend found = processor;
    if (found == null) {
      found = findProcessor();
      processor = found;
    }
    return found;
  }

  /** The native kernels, or the reference backend. */
  private static Backend findProcessor() {
    for (Backend backend : Backends.available()) {
      if (backend.name().equals("cpu")) {
        return backend;
      }
    }
    return Backends.named("reference");
  }

  private void written(Tensor out, long serial) {
    if (out.storage().memory() instanceof MetalMemory memory) {
      memory.writtenBy(serial);
    }
  }

  private Dispatch dispatch(String operation, String kernel) {
    return new Dispatch(operation, kernel);
  }

  /** An elementwise command over tensors of one shape, the last of which is written. */
  private void elementwise(Dispatch dispatch, Tensor... tensors) {
    Tensor out = tensors[tensors.length - 1];
    if (out.size() == 0) {
      return;
    }
    Layout[] given = Arrays.stream(tensors).map(Tensor::layout).toArray(Layout[]::new);
    Layout[] layouts = Layout.joined(given);
    for (int i = 0; i < tensors.length; i++) {
      dispatch.operand(heap, tensors[i], layouts[i]);
    }
    written(out, dispatch.elements(stream, shaders, out.size()));
  }

  @Override
  public void unary(UnaryOp op, Tensor x, Tensor out) {
    elementwise(dispatch(op.text(), "unary").word(code(op)), x, out);
  }

  @Override
  public void binary(BinaryOp op, Tensor x, Tensor y, Tensor out) {
    elementwise(dispatch(op.text(), "binary").word(code(op)), x, y, out);
  }

  @Override
  public void binary(BinaryOp op, Tensor x, float y, Tensor out) {
    withNumber(op, x, y, false, out);
  }

  @Override
  public void binary(BinaryOp op, float x, Tensor y, Tensor out) {
    withNumber(op, y, x, true, out);
  }

  private void withNumber(BinaryOp op, Tensor x, float number, boolean left, Tensor out) {
    elementwise(
        dispatch(op.text(), "binary_number").word(code(op)).word(number).word(left), x, out);
  }

  @Override
  public void ternary(TernaryOp op, Tensor x, Tensor y, Tensor z, Tensor out) {
    elementwise(dispatch(op.text(), "ternary").word(code(op)), x, y, z, out);
  }

  @Override
  public void clamp(Tensor x, float low, float high, Tensor out) {
    elementwise(dispatch("clamp", "clamp_to").word(low).word(high), x, out);
  }

  @Override
  public void fill(float value, Tensor out) {
    elementwise(dispatch("fill", "fill").word(value), out);
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    Encoding encoding = x.encoding();
    if (!MetalEncodings.isReadable(encoding)) {
      processor().copy(x, out);
    } else if (encoding.blockSize() == 1) {
      elementwise(dispatch("copy", "copy"), x, out);
    } else if (out.size() > 0) {
      Dispatch decode = dispatch("copy", "decode").operand(heap, x).operand(heap, out);
      written(out, decode.elements(stream, shaders, out.size() / 32));
    }
  }

  @Override
  public void reduce(ReduceOp op, Tensor x, int axes, Tensor out) {
    rows(
        dispatch(op.text(), "reduce").word(code(op)).word(axes).operand(heap, x).operand(heap, out),
        out,
        out.size());
  }

  /** A command with a threadgroup for each row. */
  private void rows(Dispatch dispatch, Tensor out, long rows) {
    if (rows > 0 && out.size() > 0) {
      written(
          out,
          dispatch.run(stream, shaders, ROW_THREADS, Math.min(rows, Dispatch.MOST_GROUPS), 1, 1));
    }
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int[] out) {
    if (out.length == 0) {
      return;
    }
    try (MetalMemory places = heap.allocate(4L * out.length)) {
      Dispatch dispatch =
          dispatch(largest ? "argmax" : "argmin", "arg_reduce")
              .word(largest)
              .operand(heap, x)
              .integers(places, out.length);
      places.writtenBy(
          dispatch.run(
              stream, shaders, ROW_THREADS, Math.min(out.length, Dispatch.MOST_GROUPS), 1, 1));
      for (int i = 0; i < out.length; i++) {
        out[i] = places.getInt(4L * i);
      }
    }
  }

  @Override
  public void cumsum(Tensor x, Tensor out) {
    if (out.size() > 0) {
      rows(
          dispatch("cumsum", "cumsum").operand(heap, x).operand(heap, out),
          out,
          out.size() / out.dim(-1));
    }
  }

  @Override
  public void softmax(Tensor x, boolean logarithm, Tensor out) {
    if (out.size() > 0) {
      rows(
          dispatch(logarithm ? "log_softmax" : "softmax", "softmax")
              .word(logarithm)
              .operand(heap, x)
              .operand(heap, out),
          out,
          out.size() / out.dim(-1));
    }
  }

  @Override
  public void layerNorm(
      Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, float epsilon, Tensor out) {
    norm("layer_norm", x, weight, bias, true, epsilon, out);
  }

  @Override
  public void rmsNorm(Tensor x, @Nullable Tensor weight, float epsilon, Tensor out) {
    norm("rms_norm", x, weight, null, false, epsilon, out);
  }

  private void norm(
      String operation,
      Tensor x,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      boolean centered,
      float epsilon,
      Tensor out) {
    if (out.size() > 0) {
      rows(
          dispatch(operation, "norm")
              .word(epsilon)
              .word(centered)
              .word(weight != null)
              .word(bias != null)
              .operand(heap, x)
              .operand(heap, weight)
              .operand(heap, bias)
              .operand(heap, out),
          out,
          out.size() / out.dim(-1));
    }
  }

  @Override
  public void matmul(
      Tensor a, Tensor b, @Nullable Tensor bias, @Nullable UnaryOp activation, Tensor out) {
    if (out.size() == 0) {
      return;
    }
    long m = out.dim(-2);
    long n = out.dim(-1);
    if (!MetalEncodings.isReadable(b.encoding())) {
      if (m <= FEW) {
        await(a);
        await(bias);
        processor().matmul(a, b, bias, activation, out);
      } else {
        matmulDecoded(a, b, bias, activation, out);
      }
      return;
    }
    long batches = out.size() / (m * n);
    boolean alongDepth = b.layout().stride(b.rank() - 2) == 1 || b.dim(-2) == 1;
    boolean vector = m <= FEW && alongDepth;
    boolean halves = a.encoding() == Encoding.F16 && b.encoding() == Encoding.F16;
    Dispatch product =
        dispatch("matmul", vector ? "matvec" : halves ? "matmul_half" : "matmul_float")
            .word(activation == null ? -1 : code(activation))
            .word(bias != null)
            .operand(heap, a)
            .operand(heap, b)
            .operand(heap, bias)
            .operand(heap, out);
    written(
        out,
        vector
            ? product.run(stream, shaders, 128, (n + 3) / 4, m, batches)
            : product.run(stream, shaders, 128, (n + 31) / 32, (m + 31) / 32, batches));
  }

  private void matmulDecoded(
      Tensor a, Tensor b, @Nullable Tensor bias, @Nullable UnaryOp activation, Tensor out) {
    Layout blocks = b.layout().wholeBlocks(b.encoding().blockSize());
    Shape flat = blocks.shape();
    long bytes = Encoding.F32.bytes(flat.size());
    MemoryBudget.require(bytes);
    Storage storage = Storage.of(allocate(bytes), Encoding.F32, flat.size());
    try (Tensor floats = Tensor.over(this, storage, flat)) {
      processor().copy(Tensor.borrow(this, b.storage(), blocks), floats);
      Layout seen = b.layout().countedFrom(blocks.offset());
      matmul(a, Tensor.borrow(this, storage, seen), bias, activation, out);
    }
  }

  /** Until the processor can read what commands write. */
  private static void await(@Nullable Tensor tensor) {
    if (tensor != null && tensor.storage().memory() instanceof MetalMemory memory) {
      memory.awaitWrites();
    }
  }

  @Override
  public void gather(Tensor table, Indices rows, Tensor out) {
    if (!MetalEncodings.isReadable(table.encoding())) {
      processor().gather(table, rows, out);
      return;
    }
    if (out.size() == 0) {
      return;
    }
    try (MetalMemory places = integers(rows)) {
      Dispatch dispatch =
          dispatch("gather", "gather")
              .operand(heap, table)
              .integers(places, rows.size())
              .operand(heap, out);
      rows(dispatch, out, rows.size());
    }
  }

  @Override
  public void scatter(ScatterOp op, Indices rows, Tensor source, Tensor out) {
    if (source.size() == 0) {
      return;
    }
    try (MetalMemory places = integers(rows)) {
      Dispatch dispatch =
          dispatch("scatter", "scatter")
              .word(op == ScatterOp.ADD)
              .integers(places, rows.size())
              .operand(heap, source)
              .operand(heap, out);
      written(out, dispatch.elements(stream, shaders, source.size() / rows.size()));
    }
  }

  private MetalMemory integers(Indices indices) {
    MetalMemory memory = heap.allocate(4L * indices.size());
    float[] bits = new float[indices.size()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.intBitsToFloat(indices.get(i));
    }
    memory.put(0, bits, 0, bits.length);
    return memory;
  }

  @Override
  public void conv2d(Tensor x, Tensor weight, @Nullable Tensor bias, Convolution how, Tensor out) {
    if (out.size() == 0) {
      return;
    }
    Dispatch dispatch =
        dispatch("conv2d", "conv2d")
            .word(how.strideHeight())
            .word(how.strideWidth())
            .word(how.paddingHeight())
            .word(how.paddingWidth())
            .word(how.dilationHeight())
            .word(how.dilationWidth())
            .word(how.groups())
            .word(bias != null)
            .operand(heap, x)
            .operand(heap, weight)
            .operand(heap, bias)
            .operand(heap, out);
    written(out, dispatch.elements(stream, shaders, out.size()));
  }

  @Override
  public void pool2d(PoolOp op, Tensor x, Pooling how, Tensor out) {
    if (out.size() == 0) {
      return;
    }
    Dispatch dispatch =
        dispatch("pool2d", "pool2d")
            .word(op == PoolOp.AVERAGE)
            .word(how.height())
            .word(how.width())
            .word(how.strideHeight())
            .word(how.strideWidth())
            .word(how.paddingHeight())
            .word(how.paddingWidth())
            .word(how.countPadding())
            .operand(heap, x)
            .operand(heap, out);
    written(out, dispatch.elements(stream, shaders, out.size()));
  }

  @Override
  public void rope(Tensor x, Tensor cos, Tensor sin, RopeStyle style, Tensor out) {
    if (out.size() == 0) {
      return;
    }
    Dispatch dispatch =
        dispatch("rope", "rope")
            .word(style == RopeStyle.HALF_SPLIT)
            .operand(heap, x)
            .operand(heap, cos)
            .operand(heap, sin)
            .operand(heap, out);
    written(out, dispatch.elements(stream, shaders, out.size()));
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
    if (out.size() == 0) {
      return;
    }
    Dispatch dispatch =
        dispatch("attention", "attention")
            .word(causal)
            .word(scale)
            .word(mask != null)
            .operand(heap, q)
            .operand(heap, k)
            .operand(heap, v)
            .operand(heap, mask)
            .operand(heap, out);
    long rows = out.size() / out.dim(-1);
    written(out, dispatch.run(stream, shaders, 32, Math.min(rows, Dispatch.MOST_GROUPS), 1, 1));
  }

  /** A member's code in its family: its position, as in {@code shared/*.h}. */
  @SuppressWarnings("EnumOrdinal") // the order is the contract, and the backend contract compares
  private static long code(Enum<?> member) {
    return member.ordinal();
  }
}
