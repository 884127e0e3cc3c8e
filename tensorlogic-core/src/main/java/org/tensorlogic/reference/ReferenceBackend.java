package org.tensorlogic.reference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Convolution;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Half;
import org.tensorlogic.Indices;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
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

/** The definition of every operation, in plain Java on the heap; runs everywhere. */
public final class ReferenceBackend implements Backend {

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String description() {
    return "plain Java on the heap, "
        + Math.max(1, ForkJoinPool.getCommonPoolParallelism())
        + " threads of the common pool";
  }

  @Override
  public long liveBytes() {
    return 0;
  }

  @Override
  public Memory allocate(long bytes) {
    return Memory.heap(bytes);
  }

  @Override
  public Memory map(Path file) throws IOException {
    return MappedMemory.map(file);
  }

  @Override
  public void unary(UnaryOp op, Tensor x, Tensor out) {
    Runs.forEach(
        out.shape(),
        (at, step, n) -> {
          float[] values = new float[n];
          x.storage().read(at[0], step[0], values, 0, n);
          Formulas.unary(op, values, values, n);
          out.storage().write(at[1], step[1], values, 0, n);
        },
        x,
        out);
  }

  @Override
  public void binary(BinaryOp op, Tensor x, Tensor y, Tensor out) {
    Runs.forEach(
        out.shape(),
        (at, step, n) -> {
          float[] left = new float[n];
          float[] right = new float[n];
          x.storage().read(at[0], step[0], left, 0, n);
          y.storage().read(at[1], step[1], right, 0, n);
          Formulas.binary(op, left, right, left, n);
          out.storage().write(at[2], step[2], left, 0, n);
        },
        x,
        y,
        out);
  }

  @Override
  public void binary(BinaryOp op, Tensor x, float y, Tensor out) {
    withNumber(op, x, y, false, out);
  }

  @Override
  public void binary(BinaryOp op, float x, Tensor y, Tensor out) {
    withNumber(op, y, x, true, out);
  }

  private static void withNumber(
      BinaryOp op, Tensor x, float number, boolean numberFirst, Tensor out) {
    Runs.forEach(
        out.shape(),
        (at, step, n) -> {
          float[] values = new float[n];
          float[] numbers = new float[n];
          Arrays.fill(numbers, number);
          x.storage().read(at[0], step[0], values, 0, n);
          if (numberFirst) {
            Formulas.binary(op, numbers, values, values, n);
          } else {
            Formulas.binary(op, values, numbers, values, n);
          }
          out.storage().write(at[1], step[1], values, 0, n);
        },
        x,
        out);
  }

  @Override
  public void ternary(TernaryOp op, Tensor x, Tensor y, Tensor z, Tensor out) {
    Runs.forEach(
        out.shape(),
        (at, step, n) -> {
          float[] a = new float[n];
          float[] b = new float[n];
          float[] c = new float[n];
          x.storage().read(at[0], step[0], a, 0, n);
          y.storage().read(at[1], step[1], b, 0, n);
          z.storage().read(at[2], step[2], c, 0, n);
          for (int i = 0; i < n; i++) {
            a[i] =
                switch (op) {
                  case WHERE -> a[i] != 0 ? b[i] : c[i];
                  case MUL_ADD -> Math.fma(a[i], b[i], c[i]);
                };
          }
          out.storage().write(at[3], step[3], a, 0, n);
        },
        x,
        y,
        z,
        out);
  }

  @Override
  public void clamp(Tensor x, float low, float high, Tensor out) {
    Runs.forEach(
        out.shape(),
        (at, step, n) -> {
          float[] values = new float[n];
          x.storage().read(at[0], step[0], values, 0, n);
          for (int i = 0; i < n; i++) {
            values[i] = Math.min(Math.max(values[i], low), high);
          }
          out.storage().write(at[1], step[1], values, 0, n);
        },
        x,
        out);
  }

  @Override
  public void copy(Tensor x, Tensor out) {
    boolean fromDoubles = x.encoding() == Encoding.F64 && out.dtype() == DType.F16;
    Runs.forEach(
        out.shape(),
        (at, step, n) -> {
          if (fromDoubles) {
            roundDoubles(x.storage(), at[0], step[0], out.storage(), at[1], step[1], n);
            return;
          }
          float[] values = new float[n];
          x.storage().read(at[0], step[0], values, 0, n);
          out.storage().write(at[1], step[1], values, 0, n);
        },
        x,
        out);
  }

  /** Doubles to halves directly: by way of float they would be rounded twice. */
  private static void roundDoubles(
      Storage x, long from, long fromStep, Storage out, long to, long toStep, int n) {
    short[] half = new short[1];
    for (int i = 0; i < n; i++) {
      long bits = x.memory().getLong(x.byteOffset() + 8 * (from + i * fromStep));
      half[0] = Half.fromDouble(Double.longBitsToDouble(bits));
      out.memory().put(out.byteOffset() + 2 * (to + i * toStep), half, 0, 1);
    }
  }

  @Override
  public void fill(float value, Tensor out) {
    Runs.forEach(
        out.shape(),
        (at, step, n) -> {
          float[] values = new float[n];
          Arrays.fill(values, value);
          out.storage().write(at[0], step[0], values, 0, n);
        },
        out);
  }

  @Override
  public void reduce(ReduceOp op, Tensor x, int axes, Tensor out) {
    ReferenceReductions.reduce(op, x, axes, out);
  }

  @Override
  public void argReduce(boolean largest, Tensor x, int[] out) {
    ReferenceReductions.argReduce(largest, x, out);
  }

  @Override
  public void cumsum(Tensor x, Tensor out) {
    ReferenceReductions.cumsum(x, out);
  }

  @Override
  public void softmax(Tensor x, boolean logarithm, Tensor out) {
    ReferenceReductions.softmax(x, logarithm, out);
  }

  @Override
  public void layerNorm(
      Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, float epsilon, Tensor out) {
    ReferenceReductions.layerNorm(x, vector(weight, x, 1), vector(bias, x, 0), epsilon, out);
  }

  @Override
  public void rmsNorm(Tensor x, @Nullable Tensor weight, float epsilon, Tensor out) {
    ReferenceReductions.rmsNorm(x, vector(weight, x, 1), epsilon, out);
  }

  private static float[] vector(@Nullable Tensor given, Tensor x, float otherwise) {
    if (given != null) {
      return ReferenceReductions.readRow(given, 0);
    }
    float[] values = new float[Math.toIntExact(x.dim(-1))];
    Arrays.fill(values, otherwise);
    return values;
  }

  @Override
  public void matmul(
      Tensor a, Tensor b, @Nullable Tensor bias, @Nullable UnaryOp activation, Tensor out) {
    ReferenceMatmul.matmul(a, b, bias, activation, out);
  }

  @Override
  public void gather(Tensor table, Indices rows, Tensor out) {
    eachRow(rows, table, out, (from, to) -> copy(from, to));
  }

  @Override
  public void scatter(ScatterOp op, Indices rows, Tensor source, Tensor out) {
    eachRow(
        rows,
        out,
        source,
        (to, from) -> {
          switch (op) {
            case SET -> copy(from, to);
            case ADD -> binary(BinaryOp.ADD, to, from, to);
          }
        });
  }

  private interface Pair {
    void run(Tensor indexed, Tensor counted);
  }

  private static void eachRow(Indices rows, Tensor indexed, Tensor counted, Pair pair) {
    for (int i = 0; i < rows.size(); i++) {
      pair.run(row(indexed, rows.get(i)), row(counted, i));
    }
  }

  private static Tensor row(Tensor x, long index) {
    Layout layout = x.layout().select(0, index);
    return Tensor.borrow(x.backend(), x.storage(), layout);
  }

  @Override
  public void conv2d(Tensor x, Tensor weight, @Nullable Tensor bias, Convolution how, Tensor out) {
    ReferenceNetworks.conv2d(x, weight, bias, how, out);
  }

  @Override
  public void pool2d(PoolOp op, Tensor x, Pooling how, Tensor out) {
    ReferenceNetworks.pool2d(op, x, how, out);
  }

  @Override
  public void rope(Tensor x, Tensor cos, Tensor sin, RopeStyle style, Tensor out) {
    ReferenceNetworks.rope(x, cos, sin, style, out);
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
    ReferenceNetworks.attention(q, k, v, mask, causal, scale, out);
  }
}
