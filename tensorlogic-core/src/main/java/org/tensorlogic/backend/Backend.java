package org.tensorlogic.backend;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Convolution;
import org.tensorlogic.Device;
import org.tensorlogic.Indices;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.Tensor;

/**
 * What computes. The contract of every method, which callers (the methods of {@link Tensor}) have
 * checked before they call:
 *
 * <ul>
 *   <li>{@code out} is freshly allocated by this backend, row-major without gaps unless a method
 *       says otherwise, and overlaps no input. It is the only thing written.
 *   <li>Inputs may have any strides, 0 included. Their encoding is F16 or F32, in any mix with each
 *       other and with {@code out}, unless a method also takes packed ones.
 *   <li>Arithmetic is in float (or wider), rounded once to nearest even into {@code out}.
 *   <li>Extents may be 0. All memories are held ({@link Memory#acquire}) during the call.
 *   <li>When a call returns, its effect can be seen by later calls and by reading the memory.
 *   <li>Any number of threads may call at once.
 * </ul>
 *
 * The plain definition of every method is the reference backend; the backend contract test in this
 * module's test-jar compares.
 */
public interface Backend {
  /** The name by which it is chosen: {@code reference}, {@code cpu}, {@code metal}. */
  String name();

  /** What it computes on. */
  default Device device() {
    return Device.CPU;
  }

  /** One line on what runs: instruction set, threads, device. */
  String description();

  /** Bytes of native memory that live tensors hold, or 0 if they live on the Java heap. */
  long liveBytes();

  /**
   * New memory, its content undefined.
   *
   * @throws OutOfMemoryError only after unreachable tensors have been freed
   */
  Memory allocate(long bytes);

  /**
   * A file as read-only memory, mapped, not read. Truncating the file while it is mapped makes
   * reads fail.
   */
  Memory map(Path file) throws IOException;

  /** This backend computing products with packed weights as said; shares everything else. */
  default Backend withPrecision(Precision precision) {
    return this;
  }

  /** out = op(x). */
  void unary(UnaryOp op, Tensor x, Tensor out);

  /** out = op(x, y); both have the shape of out (broadcast by stride 0). */
  void binary(BinaryOp op, Tensor x, Tensor y, Tensor out);

  /** out = op(x, y) with a number, not rounded to half first. */
  void binary(BinaryOp op, Tensor x, float y, Tensor out);

  /** out = op(x, y) with a number on the left. */
  void binary(BinaryOp op, float x, Tensor y, Tensor out);

  /** out = op(x, y, z); all have the shape of out. */
  void ternary(TernaryOp op, Tensor x, Tensor y, Tensor z, Tensor out);

  /** out = min(max(x, low), high); NaN stays NaN. */
  void clamp(Tensor x, float low, float high, Tensor out);

  /**
   * out = x, converted; x may be of any encoding, out may have any strides that address each
   * element once. Packed x is row-major.
   */
  void copy(Tensor x, Tensor out);

  /** Every element of out becomes the value. */
  void fill(float value, Tensor out);

  /** out = op over the last {@code axes} axes of x, which out lacks. */
  void reduce(ReduceOp op, Tensor x, int axes, Tensor out);

  /**
   * The position of the largest (or smallest) element along the last axis, the first of equals; a
   * NaN counts as largest and smallest. Row-major into {@code out}; the axis is not empty.
   */
  void argReduce(boolean largest, Tensor x, int[] out);

  /** Running sums along the last axis. */
  void cumsum(Tensor x, Tensor out);

  /**
   * exp(x - max) / sum over the last axis, or its logarithm; a row of only -inf gives NaN, as in
   * PyTorch.
   */
  void softmax(Tensor x, boolean logarithm, Tensor out);

  /** (x - mean) / sqrt(variance + epsilon) * weight + bias along the last axis. */
  void layerNorm(
      Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, float epsilon, Tensor out);

  /** x / sqrt(mean(x^2) + epsilon) * weight along the last axis. */
  void rmsNorm(Tensor x, @Nullable Tensor weight, float epsilon, Tensor out);

  /**
   * out[..., m, n] = activation(sum over k of a[..., m, k] b[..., k, n] + bias[n]).
   *
   * @param b may be packed; its storage is then row-major as [n, k], seen transposed, and its
   *     leading axes are broadcast or absent
   * @param bias of shape [n]
   */
  void matmul(Tensor a, Tensor b, @Nullable Tensor bias, @Nullable UnaryOp activation, Tensor out);

  /** out[i, ...] = table[rows[i], ...]; the table may be packed (row-major), rows are in range. */
  void gather(Tensor table, Indices rows, Tensor out);

  /** out[rows[i], ...] = or += source[i, ...], in order of i; out holds values already. */
  void scatter(ScatterOp op, Indices rows, Tensor source, Tensor out);

  /**
   * Cross-correlation: x [n, c, h, w], weight [o, c / groups, kh, kw], bias [o], out [n, o, oh,
   * ow].
   */
  void conv2d(Tensor x, Tensor weight, @Nullable Tensor bias, Convolution how, Tensor out);

  /** Windows over the last two axes of x [n, c, h, w]. */
  void pool2d(PoolOp op, Tensor x, Pooling how, Tensor out);

  /**
   * Rotates pairs of the last axis of x [..., positions, heads, d] by angles given as cos and sin
   * [positions, r / 2] in F32; the first r elements rotate, the rest are copied.
   */
  void rope(Tensor x, Tensor cos, Tensor sin, RopeStyle style, Tensor out);

  /**
   * out [b, h, n, e] = softmax(scale q k^T + mask) v for q [b, h, n, d], k [b, g, m, d], v [b, g,
   * m, e]; head i reads group i / (h / g).
   *
   * @param mask of shape [b, h, n, m], or null
   * @param causal query i sees keys 0 to i + m - n
   */
  void attention(
      Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, boolean causal, float scale, Tensor out);
}
