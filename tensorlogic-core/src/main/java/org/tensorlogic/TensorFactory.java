package org.tensorlogic;

import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Storage;

/** Creates tensors of one type on one backend. */
public final class TensorFactory {
  /** Halves on the default backend. */
  static final TensorFactory DEFAULT = new TensorFactory(null, DType.F16);

  private static final int CHUNK = 1 << 14;

  private final @Nullable Backend backend;
  private final DType dtype;

  private TensorFactory(@Nullable Backend backend, DType dtype) {
    this.backend = backend;
    this.dtype = dtype;
  }

  static TensorFactory of(Backend backend, DType dtype) {
    return new TensorFactory(backend, dtype);
  }

  /** A vector. */
  public Tensor of(float... values) {
    return of(values, values.length);
  }

  /**
   * Of a shape, row-major.
   *
   * @throws ShapeException if the number of values differs
   */
  public Tensor of(float[] values, long... shape) {
    Shape target = requireCount(Shape.of(shape), values.length);
    return write(target, storage -> storage.write(0, values, 0, values.length));
  }

  /** A vector, each value rounded once. */
  public Tensor of(double... values) {
    if (dtype == DType.F16) {
      short[] halves = new short[values.length];
      for (int i = 0; i < halves.length; i++) {
        halves[i] = Half.fromDouble(values[i]);
      }
      return ofHalves(halves, halves.length);
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return of(floats);
  }

  /** A matrix; rows must have equal lengths. */
  public Tensor of(float[][] rows) {
    int width = rows.length == 0 ? 0 : rows[0].length;
    float[] values = new float[Math.multiplyExact(rows.length, width)];
    for (int i = 0; i < rows.length; i++) {
      requireLength(i, width, rows[i].length);
      System.arraycopy(rows[i], 0, values, i * width, width);
    }
    return of(values, rows.length, width);
  }

  /** Of rank 3; inner arrays must have equal lengths. */
  public Tensor of(float[][][] planes) {
    int height = planes.length == 0 ? 0 : planes[0].length;
    int width = height == 0 ? 0 : planes[0][0].length;
    float[] values =
        new float[Math.multiplyExact(planes.length, Math.multiplyExact(height, width))];
    for (int i = 0; i < planes.length; i++) {
      requireLength(i, height, planes[i].length);
      for (int j = 0; j < height; j++) {
        requireLength(j, width, planes[i][j].length);
        System.arraycopy(planes[i][j], 0, values, (i * height + j) * width, width);
      }
    }
    return of(values, planes.length, height, width);
  }

  private static void requireLength(int row, int expected, int actual) {
    if (actual != expected) {
      throw new ShapeException(
          "of: row " + row + " must have " + expected + " elements like row 0, has " + actual);
    }
  }

  /** From the bits of halves, row-major. */
  public Tensor ofHalves(short[] halves, long... shape) {
    Shape target = requireCount(Shape.of(shape), halves.length);
    if (dtype == DType.F16) {
      return write(target, storage -> storage.memory().put(0, halves, 0, halves.length));
    }
    float[] values = new float[halves.length];
    Half.toFloats(halves, 0, values, 0, halves.length);
    return write(target, storage -> storage.write(0, values, 0, values.length));
  }

  /** From the remaining elements of a buffer, whose position stays. */
  public Tensor of(FloatBuffer values, long... shape) {
    float[] copy = new float[values.remaining()];
    values.duplicate().get(copy);
    return of(copy, shape);
  }

  private static Shape requireCount(Shape shape, int count) {
    if (shape.size() != count) {
      throw new ShapeException(
          "of: " + shape + " has " + shape.size() + " elements, got " + count + " values");
    }
    return shape;
  }

  /** Zeros. */
  public Tensor zeros(long... shape) {
    return full(0, shape);
  }

  /** Zeros. */
  public Tensor zeros(Shape shape) {
    return full(0, shape);
  }

  /** Ones. */
  public Tensor ones(long... shape) {
    return full(1, shape);
  }

  /** Ones. */
  public Tensor ones(Shape shape) {
    return full(1, shape);
  }

  /** One value everywhere. */
  public Tensor full(double value, long... shape) {
    return full(value, Shape.of(shape));
  }

  /** One value everywhere. */
  public Tensor full(double value, Shape shape) {
    Tensor out = Call.allocate(backend(), dtype, shape);
    Call.run(() -> out.backend().fill((float) value, out), out);
    return out;
  }

  /** {@code 0, 1, ..., n - 1}. */
  public Tensor arange(long n) {
    return generate(Shape.of(n), i -> i);
  }

  /**
   * {@code start, start + step, ...}, below {@code end} (above it for a negative step).
   *
   * @throws IllegalArgumentException if a number is not finite or the step is 0
   */
  public Tensor arange(double start, double end, double step) {
    if (step == 0 || !Double.isFinite(start) || !Double.isFinite(end) || !Double.isFinite(step)) {
      throw new IllegalArgumentException(
          "arange: start, end and a step other than 0 must be finite, got "
              + start
              + ", "
              + end
              + " and "
              + step);
    }
    long n = (long) Math.max(0, Math.ceil((end - start) / step));
    return generate(Shape.of(n), i -> start + i * step);
  }

  /** The identity matrix. */
  public Tensor eye(long n) {
    return generate(Shape.of(n, n), i -> i % (n + 1) == 0 ? 1 : 0);
  }

  /** Uniform random numbers from [low, high); equal seeds give equal tensors everywhere. */
  public Tensor uniform(long seed, double low, double high, long... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    return generate(Shape.of(shape), i -> low + (high - low) * unit(random));
  }

  /** Normal random numbers; equal seeds give equal tensors everywhere. */
  public Tensor normal(long seed, double mean, double deviation, long... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    return generate(Shape.of(shape), i -> mean + deviation * gaussian(random));
  }

  private static double unit(SplittableRandom random) {
    return (random.nextLong() >>> 11) * 0x1p-53;
  }

  /** Box and Muller's transform, by StrictMath so that platforms agree. */
  private static double gaussian(SplittableRandom random) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit(random)));
    return radius * StrictMath.cos(2 * Math.PI * unit(random));
  }

  /** 1 where a position may be seen, else 0: the lower triangle of [n, n]. */
  public Tensor causalMask(long n) {
    return generate(Shape.of(n, n), i -> i % n <= i / n ? 1 : 0);
  }

  /** 1 for the first {@code lengths[i]} of n positions in row i, else 0. */
  public Tensor paddingMask(Indices lengths, long n) {
    return generate(Shape.of(lengths.size(), n), i -> i % n < lengths.get((int) (i / n)) ? 1 : 0);
  }

  private interface Generator {
    double at(long index);
  }

  private Tensor generate(Shape shape, Generator generator) {
    return write(
        shape,
        storage -> {
          float[] chunk = new float[(int) Math.min(CHUNK, shape.size())];
          for (long at = 0; at < shape.size(); at += chunk.length) {
            int n = (int) Math.min(chunk.length, shape.size() - at);
            for (int i = 0; i < n; i++) {
              chunk[i] = (float) generator.at(at + i);
            }
            storage.write(at, chunk, 0, n);
          }
        });
  }

  private Tensor write(Shape shape, Consumer<Storage> writer) {
    Tensor out = Call.allocate(backend(), dtype, shape);
    Call.run(() -> writer.accept(out.storage()), out);
    return out;
  }

  private Backend backend() {
    return backend == null ? Backends.best() : backend;
  }
}
