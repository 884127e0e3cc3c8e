package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;

/** The left tensor while a recurrence fills it. */
interface Steps {
  /** All of it. */
  Tensor whole();

  /** The slice at a position of the loop's axis. */
  Tensor read(long position);

  /** Kept as one tensor, replaced at each step: for several loops. */
  final class Replaced implements Steps {
    private Tensor tensor;

    Replaced(Tensor tensor) {
      this.tensor = tensor;
    }

    void set(Tensor next) {
      tensor = next;
    }

    @Override
    public Tensor whole() {
      return tensor;
    }

    @Override
    public Tensor read(long position) {
      throw new IllegalStateException("the tensor is not kept in slices");
    }
  }

  /** Kept as slices along the loop's axis, joined at the end. */
  final class Sliced implements Steps {
    private final Tensor start;
    private final int axis;
    private final TreeMap<Long, Tensor> written = new TreeMap<>();
    private final Map<Long, Tensor> read = new HashMap<>();

    Sliced(Tensor start, int axis) {
      this.start = start;
      this.axis = axis;
    }

    @Override
    public Tensor read(long position) {
      Tensor slice = written.get(position);
      return slice != null ? slice : read.computeIfAbsent(position, p -> start.select(axis, p));
    }

    void write(long position, Tensor slice) {
      written.put(position, slice);
    }

    @Override
    public Tensor whole() {
      if (written.isEmpty()) {
        return start;
      }
      long first = written.firstKey();
      long last = written.lastKey();
      List<Tensor> parts = new ArrayList<>();
      addPart(parts, 0, first);
      Tensor[] slices = new Tensor[(int) (last - first + 1)];
      for (int i = 0; i < slices.length; i++) {
        slices[i] = read(first + i);
      }
      parts.add(Tensor.stack(axis, slices));
      addPart(parts, last + 1, start.dim(axis));
      return parts.size() == 1 ? parts.get(0) : Tensor.concat(axis, parts.toArray(new Tensor[0]));
    }

    private void addPart(List<Tensor> parts, long from, long to) {
      if (to > from) {
        Slice[] slices = new Slice[axis + 1];
        Arrays.fill(slices, Slice.all());
        slices[axis] = Slice.of(from, to);
        parts.add(start.slice(slices));
      }
    }
  }

  /** Only the state after the last step is kept: for a virtual index. */
  final class Last implements Steps {
    private Tensor state;

    Last(Tensor start) {
      state = start;
    }

    void set(Tensor next) {
      state = next;
    }

    @Override
    public Tensor whole() {
      return state;
    }

    @Override
    public Tensor read(long position) {
      return state;
    }
  }
}
