package org.tensorlogic.io.coreml;

import java.util.ArrayList;
import java.util.List;

/**
 * A tensor whose every element becomes {@code length} elements along an axis.
 *
 * @param inner elements, before, from one to the next along the axis
 */
record VectorAxis(long length, long inner) {
  /** Vectors along an axis of a tensor of this shape. */
  static VectorAxis of(List<Long> shape, int axis, long length) {
    return new VectorAxis(length, Extents.size(shape.subList(axis + 1, shape.size())));
  }

  /** The shape with the axis lengthened. */
  static List<Long> expand(List<Long> shape, int axis, long length) {
    List<Long> expanded = new ArrayList<>(shape);
    expanded.set(axis, shape.get(axis) * length);
    return expanded;
  }

  /** The element that became the one at {@code position}. */
  long source(long position) {
    return position / (length * inner) * inner + position % inner;
  }

  /** Where in its vector the element at {@code position} is. */
  long component(long position) {
    return position / inner % length;
  }
}
