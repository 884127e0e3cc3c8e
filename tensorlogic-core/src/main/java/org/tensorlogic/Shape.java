package org.tensorlogic;

import java.util.Arrays;

/**
 * The extents of a tensor, outermost first. Rank 0 is a scalar with one element; an extent may be
 * zero. At most {@link #MAX_RANK} axes; the number of elements fits a long.
 */
public final class Shape {
  /** The highest rank of a tensor. */
  public static final int MAX_RANK = 32;

  private static final Shape SCALAR = new Shape(new long[0], 1);

  private final long[] dims;
  private final long size;

  private Shape(long[] dims, long size) {
    this.dims = dims;
    this.size = size;
  }

  /**
   * A shape of these extents.
   *
   * @throws ShapeException for a negative extent, more than {@link #MAX_RANK} axes, or more than
   *     2^63-1 elements
   */
  public static Shape of(long... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone(), count(dims));
  }

  private static long count(long[] dims) {
    if (dims.length > MAX_RANK) {
      throw new ShapeException(
          "shape: at most " + MAX_RANK + " axes are supported, got " + dims.length);
    }
    long size = 1;
    boolean empty = false;
    for (long dim : dims) {
      if (dim < 0) {
        throw new ShapeException("shape: negative extent in " + Arrays.toString(dims));
      }
      empty |= dim == 0;
    }
    if (empty) {
      return 0;
    }
    for (long dim : dims) {
      long product = size * dim;
      if (Math.multiplyHigh(size, dim) != 0 || product < 0) {
        throw new ShapeException(
            "shape: " + Arrays.toString(dims) + " has more than 2^63-1 elements");
      }
      size = product;
    }
    return size;
  }

  /** Number of axes. */
  public int rank() {
    return dims.length;
  }

  /** Number of elements: the product of the extents. */
  public long size() {
    return size;
  }

  /**
   * The extent of an axis; a negative axis counts from the end.
   *
   * @throws ShapeException if there is no such axis
   */
  public long dim(int axis) {
    return dims[axis("dim", axis)];
  }

  /** The extents, as a new array. */
  public long[] dims() {
    return dims.clone();
  }

  /**
   * The axis counted from the front, for an axis that may be negative.
   *
   * @param operation the name that begins the message of the exception
   * @throws ShapeException if there is no such axis
   */
  public int axis(String operation, int axis) {
    int positive = axis < 0 ? axis + dims.length : axis;
    if (positive < 0 || positive >= dims.length) {
      throw new ShapeException(
          operation + ": axis " + axis + " does not exist in " + this + " of rank " + dims.length);
    }
    return positive;
  }

  /** This shape with the extent of {@code axis} (counted from the front) replaced. */
  public Shape with(int axis, long dim) {
    long[] changed = dims.clone();
    changed[axis] = dim;
    return of(changed);
  }

  /**
   * The shape of an elementwise operation on both, by NumPy's rule: align at the last axis; extents
   * must be equal or one of them 1.
   *
   * @throws ShapeException if they do not fit
   */
  public static Shape broadcast(String operation, Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    long[] dims = new long[rank];
    for (int i = 1; i <= rank; i++) {
      long x = i > a.rank() ? 1 : a.dims[a.rank() - i];
      long y = i > b.rank() ? 1 : b.dims[b.rank() - i];
      if (x != y && x != 1 && y != 1) {
        throw new ShapeException(
            operation
                + ": shapes "
                + a
                + " and "
                + b
                + " do not broadcast: "
                + x
                + " and "
                + y
                + " differ at axis "
                + -i);
      }
      dims[rank - i] = x == 1 ? y : x;
    }
    return of(dims);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** The extents in brackets: {@code [2, 3]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
