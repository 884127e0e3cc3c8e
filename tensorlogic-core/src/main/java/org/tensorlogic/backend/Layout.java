package org.tensorlogic.backend;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Shape;

/**
 * Where the elements of a tensor lie in its storage: shape, strides and offset, counted in
 * elements. All stride arithmetic is here. Stride 0 repeats an element (broadcasting).
 */
public final class Layout {
  private final Shape shape;
  private final long[] strides;
  private final long offset;
  private final boolean contiguous;

  private Layout(Shape shape, long[] strides, long offset) {
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.contiguous = isRowMajor(shape, strides);
  }

  /** Row-major from offset 0. */
  public static Layout contiguous(Shape shape) {
    return new Layout(shape, rowMajor(shape), 0);
  }

  /** Any strides; the caller answers for their staying inside the storage. */
  public static Layout of(Shape shape, long[] strides, long offset) {
    if (strides.length != shape.rank()) {
      throw new IllegalArgumentException(
          "layout: " + shape.rank() + " strides expected, got " + strides.length);
    }
    return new Layout(shape, strides.clone(), offset);
  }

  private static long[] rowMajor(Shape shape) {
    long[] strides = new long[shape.rank()];
    long stride = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(1, shape.dim(axis));
    }
    return strides;
  }

  private static boolean isRowMajor(Shape shape, long[] strides) {
    long expected = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      long dim = shape.dim(axis);
      if (dim != 1 && strides[axis] != expected) {
        return shape.size() == 0;
      }
      expected *= dim;
    }
    return true;
  }

  /** The shape. */
  public Shape shape() {
    return shape;
  }

  /** The distance between neighbours along an axis, which counts from the front. */
  public long stride(int axis) {
    return strides[axis];
  }

  /** The position of the first element. */
  public long offset() {
    return offset;
  }

  /** True if the elements lie row-major without gaps (from any offset). */
  public boolean isContiguous() {
    return contiguous;
  }

  /** The position of the element at these indices, one per axis, already checked. */
  public long position(long... indices) {
    long position = offset;
    for (int axis = 0; axis < strides.length; axis++) {
      position += indices[axis] * strides[axis];
    }
    return position;
  }

  /** Axes reordered: axis i of the result is axis {@code order[i]} of this. */
  public Layout permute(int... order) {
    long[] dims = new long[order.length];
    long[] moved = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      dims[i] = shape.dim(order[i]);
      moved[i] = strides[order[i]];
    }
    return new Layout(Shape.of(dims), moved, offset);
  }

  /** Axes {@code a} and {@code b} exchanged. */
  public Layout transpose(int a, int b) {
    int[] order = new int[shape.rank()];
    Arrays.setAll(order, i -> i == a ? b : i == b ? a : i);
    return permute(order);
  }

  /** {@code count} elements of an axis, beginning at {@code start}, every {@code step}-th. */
  public Layout slice(int axis, long start, long count, long step) {
    long[] stepped = strides.clone();
    stepped[axis] *= step;
    long moved = count == 0 ? offset : offset + start * strides[axis];
    return new Layout(shape.with(axis, count), stepped, moved);
  }

  /** One position of an axis; the axis disappears. */
  public Layout select(int axis, long index) {
    Layout one = slice(axis, index, 1, 1);
    return one.drop(axis);
  }

  /** Without an axis of extent 1. */
  public Layout drop(int axis) {
    long[] dims = new long[shape.rank() - 1];
    long[] kept = new long[shape.rank() - 1];
    for (int i = 0; i < dims.length; i++) {
      int from = i < axis ? i : i + 1;
      dims[i] = shape.dim(from);
      kept[i] = strides[from];
    }
    return new Layout(Shape.of(dims), kept, offset);
  }

  /** With a new axis of extent 1 at {@code axis}. */
  public Layout insert(int axis) {
    long[] dims = new long[shape.rank() + 1];
    long[] added = new long[shape.rank() + 1];
    for (int i = 0; i < dims.length; i++) {
      int from = i < axis ? i : i - 1;
      dims[i] = i == axis ? 1 : shape.dim(from);
      added[i] = i == axis ? 1 : strides[from];
    }
    return new Layout(Shape.of(dims), added, offset);
  }

  /**
   * The run of whole blocks, of so many elements each, from the first to the last that holds an
   * element of this: rank 1, without gaps.
   */
  public Layout wholeBlocks(int blockSize) {
    if (shape.size() == 0) {
      return contiguous(Shape.of(0));
    }
    long first = offset;
    long last = offset;
    for (int axis = 0; axis < strides.length; axis++) {
      long reach = (shape.dim(axis) - 1) * strides[axis];
      first += Math.min(reach, 0);
      last += Math.max(reach, 0);
    }
    long begin = first / blockSize * blockSize;
    long end = (last / blockSize + 1) * blockSize;
    return new Layout(Shape.of(end - begin), new long[] {1}, begin);
  }

  /** The same elements where positions are counted from this one on. */
  public Layout countedFrom(long position) {
    return new Layout(shape, strides, offset - position);
  }

  /** Stretched to a shape that {@link Shape#broadcast} has found to fit. */
  public Layout broadcastTo(Shape wider) {
    if (wider.equals(shape)) {
      return this;
    }
    int added = wider.rank() - shape.rank();
    long[] stretched = new long[wider.rank()];
    for (int axis = added; axis < stretched.length; axis++) {
      int from = axis - added;
      stretched[axis] = shape.dim(from) == wider.dim(axis) ? strides[from] : 0;
    }
    return new Layout(wider, stretched, offset);
  }

  /**
   * Layouts of one shape with extents of 1 dropped and neighbouring axes joined wherever they lie
   * alike in all of them: the same elements in the same order, over as few axes as possible.
   */
  public static Layout[] joined(Layout... layouts) {
    Shape shape = layouts[0].shape;
    long[] dims = new long[shape.rank()];
    long[][] steps = new long[layouts.length][shape.rank()];
    int n = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      long dim = shape.dim(axis);
      if (dim == 1) {
        continue;
      }
      boolean joins = n > 0;
      for (int i = 0; joins && i < layouts.length; i++) {
        joins = steps[i][n - 1] == layouts[i].strides[axis] * dim;
      }
      if (!joins) {
        dims[n++] = 1;
      }
      dims[n - 1] *= dim;
      for (int i = 0; i < layouts.length; i++) {
        steps[i][n - 1] = layouts[i].strides[axis];
      }
    }
    Shape fewer = Shape.of(Arrays.copyOf(dims, n));
    Layout[] result = new Layout[layouts.length];
    for (int i = 0; i < layouts.length; i++) {
      result[i] = new Layout(fewer, Arrays.copyOf(steps[i], n), layouts[i].offset);
    }
    return result;
  }

  /** The same elements in a shape of equal size, or null if that needs a copy. */
  public @Nullable Layout reshape(Shape target) {
    if (contiguous) {
      return new Layout(target, rowMajor(target), offset);
    }
    // Walk both shapes from the front; each group of target axes must split a run of source axes
    // that is contiguous within itself.
    int rank = shape.rank();
    long[] dims = new long[rank];
    long[] steps = new long[rank];
    int n = 0;
    for (int axis = 0; axis < rank; axis++) {
      if (shape.dim(axis) != 1) {
        dims[n] = shape.dim(axis);
        steps[n++] = strides[axis];
      }
    }
    long[] result = new long[target.rank()];
    Arrays.fill(result, 1);
    int from = 0;
    int to = 0;
    while (from < n && to < result.length) {
      int fromEnd = from + 1;
      int toEnd = to + 1;
      long have = dims[from];
      long want = target.dim(to);
      while (want != have) {
        if (want < have) {
          want *= target.dim(toEnd++);
        } else {
          have *= dims[fromEnd++];
        }
      }
      for (int axis = from; axis < fromEnd - 1; axis++) {
        if (steps[axis] != dims[axis + 1] * steps[axis + 1]) {
          return null;
        }
      }
      long stride = steps[fromEnd - 1];
      for (int axis = toEnd - 1; axis >= to; axis--) {
        result[axis] = stride;
        stride *= target.dim(axis);
      }
      from = fromEnd;
      to = toEnd;
    }
    return new Layout(target, result, offset);
  }

  @Override
  public String toString() {
    return shape + " strides " + Arrays.toString(strides) + " offset " + offset;
  }
}
