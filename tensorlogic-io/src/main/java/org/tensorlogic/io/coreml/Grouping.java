package org.tensorlogic.io.coreml;

import java.util.List;

/**
 * A tensor cut into equal blocks along every axis, each block with parameters of its own. Elements
 * and blocks are numbered row-major.
 */
final class Grouping {
  private final long[] extents;
  private final long[] blocks; // elements per block, by axis
  private final long[] strides; // of the numbering of blocks

  /** Cuts {@code shape} into {@code groups} blocks along each axis; null if they are not equal. */
  static Grouping of(List<Long> shape, List<Long> groups) {
    Grouping grouping = new Grouping(shape.size());
    long stride = 1;
    for (int axis = shape.size() - 1; axis >= 0; axis--) {
      long extent = shape.get(axis);
      long count = groups.get(axis);
      grouping.extents[axis] = extent;
      grouping.blocks[axis] = count == 0 ? 1 : extent / count;
      grouping.strides[axis] = stride;
      stride *= count;
    }
    return grouping;
  }

  /** Whether a tensor can be cut so. */
  static boolean divides(List<Long> groups, List<Long> shape) {
    if (groups.size() != shape.size() || Extents.size(groups) < 0) {
      return false;
    }
    for (int axis = 0; axis < shape.size(); axis++) {
      long count = groups.get(axis);
      if (count == 0 ? shape.get(axis) != 0 : shape.get(axis) % count != 0) {
        return false;
      }
    }
    return true;
  }

  private Grouping(int rank) {
    extents = new long[rank];
    blocks = new long[rank];
    strides = new long[rank];
  }

  /** The block of an element. */
  long group(long element) {
    long group = 0;
    for (int axis = extents.length - 1; axis >= 0; axis--) {
      group += element % extents[axis] / blocks[axis] * strides[axis];
      element /= extents[axis];
    }
    return group;
  }

  /** The first element after {@code element} that may be of another block. */
  long end(long element) {
    long inner = 1;
    for (int axis = extents.length - 1; axis >= 0; axis--) {
      if (blocks[axis] < extents[axis]) {
        long run = blocks[axis] * inner;
        return (element / run + 1) * run;
      }
      inner *= extents[axis];
    }
    return Long.MAX_VALUE;
  }
}
