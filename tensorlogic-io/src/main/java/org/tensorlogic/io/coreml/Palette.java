package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lookup tables: for each block of a tensor of indices, {@code entries} vectors of {@code length}.
 *
 * @param axis of the indices along which the vectors are laid
 */
record Palette(Constant values, Grouping grouping, long entries, long length, int axis) {

  /** Whether an index stands for more than one element. */
  boolean hasVectors() {
    return length > 1;
  }

  /** The shape of what indices of this shape stand for. */
  List<Long> expand(List<Long> indices) {
    return hasVectors() ? VectorAxis.expand(indices, axis, length) : indices;
  }

  /** How indices of this shape become elements. */
  VectorAxis vectors(List<Long> indices) {
    return VectorAxis.of(indices, axis, length);
  }

  Tables open() throws IOException {
    return new Tables(this);
  }

  /** The tables: all of them if they are few, else that of the block in use. */
  static final class Tables {
    private static final int FEW = 1 << 20;

    private final Palette palette;
    private final Numbers values;
    private final int tableSize;
    private float @Nullable [] loaded;
    private long first = -1; // block of the first loaded table
    private long group;
    private long start;
    private long end;

    private Tables(Palette palette) throws IOException {
      this.palette = palette;
      this.values = palette.values.openRounded();
      this.tableSize = (int) (palette.entries * palette.length);
    }

    /** A component of what an index at some position stands for. */
    float get(long position, int index, long component) throws IOException {
      if (position < start || position >= end) {
        group = palette.grouping.group(position);
        start = position;
        end = palette.grouping.end(position);
      }
      float[] tables = load();
      return tables[(int) ((group - first) * tableSize + index * palette.length + component)];
    }

    private float[] load() throws IOException {
      boolean all = values.size() <= FEW;
      if (loaded == null || (!all && group != first)) {
        first = all ? 0 : group;
        loaded = new float[all ? (int) values.size() : tableSize];
        values.read(first * tableSize, loaded, 0, loaded.length);
      }
      return loaded;
    }
  }
}
