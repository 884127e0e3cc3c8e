package org.tensorlogic;

import java.util.Locale;
import org.tensorlogic.backend.Backend;

/**
 * Tables for rotary position embedding (RoFormer, arXiv 2104.09864): pair i of position p turns by
 * p / base^(2i/r). Made once, used for every layer and step.
 */
public final class RotaryEmbedding implements AutoCloseable {
  private static final int MOST = (1 << 30) - 1;

  private final Tensor cos;
  private final Tensor sin;
  private final RopeStyle style;

  private RotaryEmbedding(Tensor cos, Tensor sin, RopeStyle style) {
    this.cos = cos;
    this.sin = sin;
    this.style = style;
  }

  /**
   * Tables on the default backend.
   *
   * @param rotated how many elements of a head rotate; even
   * @param positions how many positions there are
   * @param base 10000 unless the model says otherwise
   */
  public static RotaryEmbedding of(int rotated, int positions, double base, RopeStyle style) {
    return of(Backends.best(), rotated, positions, base, style);
  }

  /**
   * Tables on a backend.
   *
   * @throws ShapeException if rotated is odd or negative, positions are negative, or a table has
   *     2^30 elements or more
   * @throws MemoryBudgetException if the tables do not fit the budget of this thread
   */
  public static RotaryEmbedding of(
      Backend backend, int rotated, int positions, double base, RopeStyle style) {
    if (rotated < 0 || rotated % 2 != 0) {
      throw new ShapeException("rope: an even number of elements rotates, got " + rotated);
    }
    int pairs = rotated / 2;
    if (positions < 0 || (long) positions * pairs > MOST) {
      throw new ShapeException(
          String.format(
              Locale.ROOT,
              "rope: 0 or more positions, at most %d elements of a table, expected; got %d positions"
                  + " of %d pairs",
              MOST,
              positions,
              pairs));
    }
    MemoryBudget.require(2L * Float.BYTES * positions * pairs);
    float[] cosines = new float[positions * pairs];
    float[] sines = new float[cosines.length];
    for (int pair = 0; pair < pairs; pair++) {
      double frequency = Math.pow(base, -2.0 * pair / rotated);
      for (int position = 0; position < positions; position++) {
        cosines[position * pairs + pair] = (float) Math.cos(position * frequency);
        sines[position * pairs + pair] = (float) Math.sin(position * frequency);
      }
    }
    TensorFactory create = Tensor.on(backend, DType.F32);
    return new RotaryEmbedding(
        create.of(cosines, positions, pairs), create.of(sines, positions, pairs), style);
  }

  /**
   * Rotates x [..., positions, heads, d], whose first position is {@code offset}.
   *
   * @throws ShapeException if the tables have fewer positions
   */
  public Tensor rotate(Tensor x, long offset) {
    if (x.rank() < 3 || offset < 0 || offset + x.dim(-3) > cos.dim(0)) {
      throw new ShapeException(
          "rope: x [..., positions, heads, d] from position "
              + offset
              + " needs tables for it; they have "
              + cos.dim(0)
              + " positions, x is "
              + x.shape());
    }
    Slice positions = Slice.of(offset, offset + x.dim(-3));
    try (Tensor c = cos.slice(positions);
        Tensor s = sin.slice(positions)) {
      return x.rope(c, s, style);
    }
  }

  /** The cosines [positions, r / 2], in float32. */
  public Tensor cos() {
    return cos;
  }

  /** The sines [positions, r / 2], in float32. */
  public Tensor sin() {
    return sin;
  }

  /** Frees the tables. */
  @Override
  public void close() {
    cos.close();
    sin.close();
  }
}
