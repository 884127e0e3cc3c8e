package org.tensorlogic;

import java.util.Arrays;

/**
 * Immutable ints with a shape: token ids, rows to gather, the result of argmax. Tensors hold only
 * floating-point values; this is the type for everything that counts.
 */
public final class Indices {
  private final int[] values;
  private final Shape shape;

  private Indices(int[] values, Shape shape) {
    this.values = values;
    this.shape = shape;
  }

  /** Indices of rank 1. */
  public static Indices of(int... values) {
    return new Indices(values.clone(), Shape.of(values.length));
  }

  /**
   * Indices of a shape, row-major.
   *
   * @throws ShapeException if the count differs
   */
  public static Indices of(int[] values, Shape shape) {
    if (values.length != shape.size()) {
      throw new ShapeException(
          "indices: " + shape + " has " + shape.size() + " elements, got " + values.length);
    }
    return new Indices(values.clone(), shape);
  }

  /** {@code from, from + 1, … , to - 1}. */
  public static Indices range(int from, int to) {
    int[] values = new int[Math.max(0, to - from)];
    Arrays.setAll(values, i -> from + i);
    return new Indices(values, Shape.of(values.length));
  }

  /** The shape. */
  public Shape shape() {
    return shape;
  }

  /** The number of indices. */
  public int size() {
    return values.length;
  }

  /** The index at a row-major position. */
  public int get(int position) {
    return values[position];
  }

  /** The same indices in another shape of equal size. */
  public Indices reshape(Shape other) {
    return of(values, other);
  }

  /** The values, row-major, as a new array. */
  public int[] toArray() {
    return values.clone();
  }

  /**
   * Checks every index against {@code [0, bound)}.
   *
   * @throws IndexOutOfBoundsException naming the operation, the index and the bound
   */
  void requireBelow(String operation, long bound) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] < 0 || values[i] >= bound) {
        throw new IndexOutOfBoundsException(
            operation
                + ": index "
                + values[i]
                + " at position "
                + i
                + " is out of range for extent "
                + bound);
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Indices indices
        && shape.equals(indices.shape)
        && Arrays.equals(values, indices.values);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return shape.rank() == 1
        ? Arrays.toString(values)
        : "Indices" + shape + Arrays.toString(values);
  }
}
