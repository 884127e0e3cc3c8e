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

  private final Layout[] layouts;

  private Runs(Tensor... tensors) {
    Layout[] given = Arrays.stream(tensors).map(Tensor::layout).toArray(Layout[]::new);
    Layout[] joined = Layout.joined(given);
    boolean single = joined[0].shape().rank() == 0; // one element is a run of one
    layouts =
        single
            ? Arrays.stream(joined).map(layout -> layout.insert(0)).toArray(Layout[]::new)
            : joined;
  }

  /** Runs {@code body} over all elements of tensors that have this shape. */
  static void forEach(Shape shape, Body body, Tensor... tensors) {
    if (shape.size() > 0) {
      new Runs(tensors).all(shape.size(), body);
    }
  }

  private void all(long size, Body body) {
    long length = layouts[0].shape().dim(-1);
    long perRow = (length + LONGEST - 1) / LONGEST;
    long runs = size / length * perRow;
    parallel(runs, size, run -> one(run / perRow, run % perRow * LONGEST, length, body));
  }

  private void one(long row, long from, long length, Body body) {
    int last = layouts[0].shape().rank() - 1;
    long[] at = new long[layouts.length];
    long[] step = new long[layouts.length];
    for (int t = 0; t < at.length; t++) {
      step[t] = layouts[t].stride(last);
      at[t] = rowPosition(layouts[t], last, row) + from * step[t];
    }
    body.run(at, step, (int) Math.min(LONGEST, length - from));
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
