package org.tensorlogic.reference;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Layout;

/**
 * Walks tensors of one shape together, in runs along the last axis of at most {@value #LONGEST}
 * elements, after joining axes that lie alike in all of them. Large work is spread over threads.
 */
final class Runs {
  /** What is done to a run. */
  interface Body {
    /**
     * @param at the position of the first element in each tensor's storage
     * @param step the distance to the next, in each
     * @param n elements in the run
     */
    void run(long[] at, long[] step, int n);
  }

  static final int LONGEST = 4096;

  /** Work below this many elements stays on the calling thread. */
  static final long PARALLEL = 1 << 15;

  private final long[] dims;
  private final long[][] strides;
  private final long[] offsets;

  private Runs(Shape shape, Tensor... tensors) {
    int rank = shape.rank();
    long[] joined = new long[Math.max(1, rank)];
    long[][] steps = new long[tensors.length][Math.max(1, rank)];
    joined[0] = 1;
    int n = 0;
    for (int axis = 0; axis < rank; axis++) {
      if (shape.dim(axis) == 1) {
        continue;
      }
      boolean extend = n > 0;
      for (int t = 0; extend && t < tensors.length; t++) {
        extend = steps[t][n - 1] == tensors[t].layout().stride(axis) * shape.dim(axis);
      }
      if (!extend) {
        joined[n++] = 1;
      }
      joined[n - 1] *= shape.dim(axis);
      for (int t = 0; t < tensors.length; t++) {
        steps[t][n - 1] = tensors[t].layout().stride(axis);
      }
    }
    int count = Math.max(1, n);
    dims = Arrays.copyOf(joined, count);
    strides = new long[tensors.length][];
    offsets = new long[tensors.length];
    for (int t = 0; t < tensors.length; t++) {
      strides[t] = Arrays.copyOf(steps[t], count);
      offsets[t] = tensors[t].layout().offset();
    }
  }

  /** Runs {@code body} over all elements of tensors that have this shape. */
  static void forEach(Shape shape, Body body, Tensor... tensors) {
    if (shape.size() > 0) {
      new Runs(shape, tensors).all(shape.size(), body);
    }
  }

  private void all(long size, Body body) {
    int last = dims.length - 1;
    long perRow = (dims[last] + LONGEST - 1) / LONGEST;
    long runs = size / dims[last] * perRow;
    parallel(runs, size, run -> one(run / perRow, run % perRow * LONGEST, body));
  }

  private void one(long row, long from, Body body) {
    int last = dims.length - 1;
    long[] at = offsets.clone();
    long[] step = new long[at.length];
    for (int axis = last - 1; axis >= 0; axis--) {
      long index = row % dims[axis];
      row /= dims[axis];
      for (int t = 0; t < at.length; t++) {
        at[t] += index * strides[t][axis];
      }
    }
    for (int t = 0; t < at.length; t++) {
      step[t] = strides[t][last];
      at[t] += from * step[t];
    }
    body.run(at, step, (int) Math.min(LONGEST, dims[last] - from));
  }

  /** What is done for one of many independent parts. */
  interface Part {
    void run(long index);
  }

  /** Runs parts 0 to n - 1, on several threads if the work (in elements) is large. */
  static void parallel(long n, long work, Part part) {
    if (n > 1 && work >= PARALLEL) {
      LongStream.range(0, n).parallel().forEach(part::run);
    } else {
      for (long i = 0; i < n; i++) {
        part.run(i);
      }
    }
  }

  /** The position of row {@code row}, counted row-major over the leading axes of a layout. */
  static long rowPosition(Layout layout, int leading, long row) {
    long at = layout.offset();
    for (int axis = leading - 1; axis >= 0; axis--) {
      long dim = layout.shape().dim(axis);
      at += row % dim * layout.stride(axis);
      row /= dim;
    }
    return at;
  }
}
