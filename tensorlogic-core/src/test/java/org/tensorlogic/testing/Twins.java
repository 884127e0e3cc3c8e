package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Indices;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/**
 * Random operands, each made twice: on the backend under test, and in single precision on the
 * reference backend. Both have the same values and are the same view of their memory.
 */
final class Twins {
  private static final int[] EXTENTS = {
    0, 1, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 130
  };
  private static final long MOST_ELEMENTS = 1 << 14;

  private final Random random;
  private final int seed;
  private final Backend tested;
  private final Backend reference = Backends.named("reference");

  Twins(Backend tested, int seed) {
    this.tested = tested;
    this.seed = seed;
    this.random = new Random(seed * 1_000_003L);
  }

  /** One operand. */
  record Twin(Tensor tested, Tensor plain) {}

  /** From 0 to bound - 1. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  double number() {
    return random.nextInt(9) / 4.0 - 1;
  }

  <T> T oneOf(T[] members) {
    return members[random.nextInt(members.length)];
  }

  DType type() {
    return random.nextBoolean() ? DType.F16 : DType.F32;
  }

  /** An extent, now and then 0. */
  int extent() {
    return EXTENTS[random.nextInt(EXTENTS.length)];
  }

  /** Extents of a rank; the tensor stays small. */
  long[] shape(int rank) {
    long[] dims = new long[rank];
    long size = 1;
    for (int axis : order(rank)) {
      long dim = extent();
      dims[axis] = size * dim > MOST_ELEMENTS ? 1 + random.nextInt(3) : dim;
      size *= Math.max(1, dims[axis]);
    }
    return dims;
  }

  /** A random order of the axes. */
  int[] order(int rank) {
    int[] order = new int[rank];
    for (int i = 0; i < rank; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** Indices below {@code bound}. */
  Indices indices(int count, long bound) {
    int[] values = new int[count];
    Arrays.setAll(values, i -> random.nextInt(Math.toIntExact(bound)));
    return Indices.of(values);
  }

  /** A tensor of this shape, of a random type. */
  Twin of(long... dims) {
    return of(type(), dims);
  }

  /** A tensor of this shape and type, lying in memory in a random way. */
  Twin of(DType type, long... dims) {
    int rank = dims.length;
    int[] order = order(rank);
    boolean plain = oneIn(4);
    long[] stored = new long[rank];
    Slice[] taken = new Slice[rank];
    int[] back = new int[rank];
    for (int i = 0; i < rank; i++) {
      int axis = plain ? i : order[i];
      back[axis] = i;
      boolean repeated = !plain && dims[axis] > 1 && oneIn(8);
      long count = repeated ? 1 : dims[axis];
      long step = plain || random.nextBoolean() ? 1 : 1 + random.nextInt(3);
      long start = plain || random.nextBoolean() ? 0 : random.nextInt(3);
      long end = count == 0 ? start : start + (count - 1) * step + 1;
      stored[i] = end + (plain ? 0 : random.nextInt(3));
      taken[i] = new Slice(start, end, step);
    }
    float[] values = new float[Math.toIntExact(Arrays.stream(stored).reduce(1, (a, b) -> a * b))];
    for (int i = 0; i < values.length; i++) {
      values[i] = oneIn(16) ? 0 : (random.nextInt(2048) - 1024) / 1024f; // exact in both types
    }
    return new Twin(
        Tensor.on(tested, type).of(values, stored).slice(taken).permute(back).broadcastTo(dims),
        Tensor.on(reference, DType.F32)
            .of(values, stored)
            .slice(taken)
            .permute(back)
            .broadcastTo(dims));
  }

  /** A matrix of some packed encoding, its rows a few blocks long, and its numbers. */
  Twin packed(int rows) {
    Encoding[] encodings =
        Arrays.stream(Encoding.values()).filter(Encoding::isPacked).toArray(Encoding[]::new);
    Encoding encoding = oneOf(encodings);
    int blocks = rows * (1 + random.nextInt(encoding.blockSize() == 1 ? 99 : 3));
    byte[] bytes = new byte[blocks * encoding.blockBytes()];
    float[] values = new float[blocks * encoding.blockSize()];
    for (int i = 0; i < blocks; i++) {
      byte[] block = new byte[encoding.blockBytes()];
      do {
        random.nextBytes(block);
        encoding.decode(block, 0, values, i * encoding.blockSize(), 1);
      } while (!isModerate(values, i * encoding.blockSize(), encoding.blockSize()));
      System.arraycopy(block, 0, bytes, i * block.length, block.length);
    }
    Memory memory = tested.allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    Storage storage = Storage.of(memory, encoding, values.length);
    return new Twin(
        Tensor.over(tested, storage, Shape.of(rows, values.length / rows)),
        Tensor.on(reference, DType.F32).of(values, rows, values.length / rows));
  }

  private static boolean isModerate(float[] values, int from, int count) {
    for (int i = from; i < from + count; i++) {
      if (!(Math.abs(values[i]) < 4)) {
        return false;
      }
    }
    return true;
  }

  /** Both must give the same values, within the tolerance, or fail alike. */
  void check(String what, Tolerance tolerance, Supplier<Tensor> actual, Supplier<Tensor> expected) {
    String name = what + ", seed " + seed;
    Tensor wanted;
    try {
      wanted = expected.get();
    } catch (RuntimeException e) {
      RuntimeException failure = failureOf(actual);
      assertThat(failure).as(name).isNotNull().hasSameClassAs(e).hasMessage(e.getMessage());
      return;
    }
    Tensor given = actual.get();
    assertThat(given.shape()).as(name).isEqualTo(wanted.shape());
    float[] floats = wanted.toFloatArray();
    double[] doubles = new double[floats.length];
    Arrays.setAll(doubles, i -> floats[i]);
    tolerance.check(name, given, doubles);
  }

  private static @Nullable RuntimeException failureOf(Supplier<Tensor> computation) {
    try {
      computation.get().close();
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }
}
