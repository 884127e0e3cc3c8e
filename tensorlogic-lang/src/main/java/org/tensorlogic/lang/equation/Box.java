package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;

/** A range of every axis of a tensor. */
final class Box {
  private final long[] from;
  private final long[] to;

  Box(long[] from, long[] to) {
    this.from = from;
    this.to = to;
  }

  static Box whole(Shape shape) {
    return new Box(new long[shape.rank()], shape.dims());
  }

  Shape shape() {
    long[] dims = new long[from.length];
    Arrays.setAll(dims, axis -> Math.max(0, to[axis] - from[axis]));
    return Shape.of(dims);
  }

  boolean isEmpty() {
    return shape().size() == 0;
  }

  boolean contains(Box other) {
    for (int axis = 0; axis < from.length; axis++) {
      if (other.from[axis] < from[axis] || other.to[axis] > to[axis]) {
        return false;
      }
    }
    return true;
  }

  Box intersect(Box other) {
    long[] low = new long[from.length];
    long[] high = new long[from.length];
    Arrays.setAll(low, axis -> Math.max(from[axis], other.from[axis]));
    Arrays.setAll(high, axis -> Math.min(to[axis], other.to[axis]));
    return new Box(low, high);
  }

  /** This box seen from the first element of {@code outer}. */
  Box within(Box outer) {
    long[] low = new long[from.length];
    long[] high = new long[from.length];
    Arrays.setAll(low, axis -> from[axis] - outer.from[axis]);
    Arrays.setAll(high, axis -> to[axis] - outer.from[axis]);
    return new Box(low, high);
  }

  /** Without an axis. */
  Box drop(int axis) {
    return new Box(drop(from, axis), drop(to, axis));
  }

  private static long[] drop(long[] values, int axis) {
    long[] kept = new long[values.length - 1];
    System.arraycopy(values, 0, kept, 0, axis);
    System.arraycopy(values, axis + 1, kept, axis, kept.length - axis);
    return kept;
  }

  long from(int axis) {
    return from[axis];
  }

  long to(int axis) {
    return to[axis];
  }

  Tensor read(Tensor tensor) {
    Slice[] slices = new Slice[from.length];
    Arrays.setAll(slices, axis -> Slice.of(from[axis], to[axis]));
    return tensor.slice(slices);
  }

  /** {@code tensor} with this part replaced by {@code value}. */
  Tensor replace(Tensor tensor, Tensor value) {
    for (int axis = 0; axis < from.length; axis++) {
      long size = tensor.dim(axis);
      if (from[axis] != 0 || to[axis] != size) {
        long[] inner = from.clone();
        long[] outer = to.clone();
        inner[axis] = 0;
        outer[axis] = to[axis] - from[axis];
        List<Tensor> parts = new ArrayList<>();
        addPart(parts, tensor, axis, 0, from[axis]);
        parts.add(new Box(inner, outer).replace(part(tensor, axis, from[axis], to[axis]), value));
        addPart(parts, tensor, axis, to[axis], size);
        return Tensor.concat(axis, parts.toArray(new Tensor[0]));
      }
    }
    return value;
  }

  private static void addPart(List<Tensor> parts, Tensor tensor, int axis, long low, long high) {
    if (high > low) {
      parts.add(part(tensor, axis, low, high));
    }
  }

  private static Tensor part(Tensor tensor, int axis, long low, long high) {
    Slice[] slices = new Slice[axis + 1];
    Arrays.fill(slices, Slice.all());
    slices[axis] = Slice.of(low, high);
    return tensor.slice(slices);
  }
}
