package org.tensorlogic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.Layout;

/** Shape operations: new layouts over the same storage where possible, else one copy. */
final class Views {
  private Views() {}

  static Tensor reshape(Tensor x, long... dims) {
    Shape target = inferred(x.shape(), dims);
    Layout layout = x.layout().reshape(target);
    Tensor y = layout != null ? x.viewed(layout) : x.copied().renamed(target);
    return recorded(x, y, g -> g.reshape(x.shape().dims()));
  }

  private interface Rule {
    Tensor gradient(Tensor g);
  }

  private static Tensor recorded(Tensor x, Tensor y, Rule rule) {
    GradientTape tape = GradientTape.current();
    if (tape != null && tape.tracks(x)) {
      tape.record(y, g -> new @Nullable Tensor[] {rule.gradient(g)}, x);
    }
    return y;
  }

  /** A view of some elements; the gradient of the others is zero. */
  private static Tensor part(Tensor x, UnaryOperator<Layout> change) {
    Shape shape = x.shape();
    Layout place = change.apply(Layout.contiguous(shape));
    return recorded(
        x, x.viewed(change.apply(x.layout())), g -> LayerGradients.place(shape, place, g));
  }

  /** A view of all elements in the same order. */
  private static Tensor reshaped(Tensor x, Layout layout) {
    Shape shape = x.shape();
    return recorded(x, x.viewed(layout), g -> g.reshape(shape.dims()));
  }

  /** A view that walks several axes at once; see {@link #diagonalOf}. */
  static Tensor diagonal(Tensor x, int[] labels, int[] distinct) {
    return part(x, layout -> diagonalOf(layout, labels, distinct));
  }

  /** Axes with one label become one axis, along which all of them advance. */
  private static Layout diagonalOf(Layout layout, int[] labels, int[] distinct) {
    long[] dims = new long[distinct.length];
    long[] strides = new long[distinct.length];
    for (int axis = 0; axis < labels.length; axis++) {
      for (int to = 0; to < distinct.length; to++) {
        if (distinct[to] == labels[axis]) {
          dims[to] = layout.shape().dim(axis);
          strides[to] += layout.stride(axis);
        }
      }
    }
    return Layout.of(Shape.of(dims), strides, layout.offset());
  }

  static Tensor convert(Tensor x, DType dtype) {
    return recorded(x, x.converted(dtype), g -> g);
  }

  static Tensor transpose(Tensor x, int a, int b) {
    int first = x.shape().axis("transpose", a);
    int second = x.shape().axis("transpose", b);
    Tensor y = x.viewed(x.layout().transpose(first, second));
    return recorded(x, y, g -> g.transpose(first, second));
  }

  private static Shape inferred(Shape from, long[] dims) {
    long[] resolved = dims.clone();
    int unknown = -1;
    long known = 1;
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] < -1) {
        throw new ShapeException("reshape: negative extent in " + Arrays.toString(dims));
      } else if (dims[i] != -1) {
        known *= dims[i];
      } else if (unknown >= 0) {
        throw new ShapeException(
            "reshape: only one extent may be -1, got " + Arrays.toString(dims));
      } else {
        unknown = i;
      }
    }
    if (unknown >= 0) {
      if (known == 0 || from.size() % known != 0) {
        throw new ShapeException(
            "reshape: cannot infer -1 in "
                + Arrays.toString(dims)
                + " for "
                + from
                + " ("
                + from.size()
                + " elements)");
      }
      resolved[unknown] = from.size() / known;
    }
    Shape target = Shape.of(resolved);
    if (target.size() != from.size()) {
      throw new ShapeException(
          "reshape: cannot reshape "
              + from
              + " ("
              + from.size()
              + " elements) to "
              + target
              + " ("
              + target.size()
              + " elements)");
    }
    return target;
  }

  static Tensor permute(Tensor x, int... order) {
    int rank = x.shape().rank();
    int[] positive = new int[order.length];
    boolean[] seen = new boolean[rank];
    boolean valid = order.length == rank;
    for (int i = 0; valid && i < rank; i++) {
      positive[i] = x.shape().axis("permute", order[i]);
      valid = !seen[positive[i]];
      seen[positive[i]] = true;
    }
    if (!valid) {
      throw new ShapeException(
          "permute: every axis of "
              + x.shape()
              + " must be named once, got "
              + Arrays.toString(order));
    }
    int[] inverse = new int[rank];
    for (int i = 0; i < rank; i++) {
      inverse[positive[i]] = i;
    }
    Tensor y = x.viewed(x.layout().permute(positive));
    return recorded(x, y, g -> g.permute(inverse));
  }

  static Tensor squeeze(Tensor x) {
    Layout layout = x.layout();
    for (int axis = layout.shape().rank() - 1; axis >= 0; axis--) {
      if (layout.shape().dim(axis) == 1) {
        layout = layout.drop(axis);
      }
    }
    return reshaped(x, layout);
  }

  static Tensor squeeze(Tensor x, int axis) {
    int positive = x.shape().axis("squeeze", axis);
    if (x.shape().dim(positive) != 1) {
      throw new ShapeException(
          "squeeze: axis "
              + axis
              + " of "
              + x.shape()
              + " must have extent 1, has "
              + x.shape().dim(positive));
    }
    return reshaped(x, x.layout().drop(positive));
  }

  static Tensor unsqueeze(Tensor x, int axis) {
    int rank = x.shape().rank();
    int positive = axis < 0 ? axis + rank + 1 : axis;
    if (positive < 0 || positive > rank) {
      throw new ShapeException(
          "unsqueeze: axis " + axis + " is out of range for " + x.shape() + " of rank " + rank);
    }
    return reshaped(x, x.layout().insert(positive));
  }

  static Tensor flatten(Tensor x, int first, int last) {
    if (x.shape().rank() == 0) {
      return reshape(x, 1);
    }
    int from = x.shape().axis("flatten", first);
    int to = x.shape().axis("flatten", last);
    if (from > to) {
      throw new ShapeException(
          "flatten: axis " + first + " comes after axis " + last + " in " + x.shape());
    }
    long[] dims = x.shape().dims();
    long joined = 1;
    for (int axis = from; axis <= to; axis++) {
      joined *= dims[axis];
    }
    long[] result = new long[dims.length - (to - from)];
    System.arraycopy(dims, 0, result, 0, from);
    result[from] = joined;
    System.arraycopy(dims, to + 1, result, from + 1, dims.length - to - 1);
    return reshape(x, result);
  }

  static Tensor broadcastTo(Tensor x, long... dims) {
    Shape target = Shape.of(dims);
    if (!Shape.broadcast("broadcastTo", x.shape(), target).equals(target)) {
      throw new ShapeException("broadcastTo: " + x.shape() + " does not stretch to " + target);
    }
    return recorded(x, x.viewed(x.layout().broadcastTo(target)), g -> g);
  }

  static Tensor slice(Tensor x, Slice... slices) {
    if (slices.length > x.shape().rank()) {
      throw new ShapeException(
          "slice: " + slices.length + " ranges for " + x.shape() + " of rank " + x.shape().rank());
    }
    return part(x, layout -> sliced(layout, slices));
  }

  /** The layout of ranges of the leading axes. */
  static Layout sliced(Layout layout, Slice... slices) {
    Layout result = layout;
    for (int axis = 0; axis < slices.length; axis++) {
      long extent = layout.shape().dim(axis);
      Slice slice = slices[axis];
      result = result.slice(axis, slice.first(extent), slice.count(extent), slice.step());
    }
    return result;
  }

  static Tensor select(Tensor x, int axis, long index) {
    int positive = x.shape().axis("select", axis);
    long extent = x.shape().dim(positive);
    long at = index < 0 ? index + extent : index;
    if (at < 0 || at >= extent) {
      throw new IndexOutOfBoundsException(
          "select: index " + index + " is out of range for axis " + axis + " of extent " + extent);
    }
    return part(x, layout -> layout.select(positive, at));
  }

  static List<Tensor> split(Tensor x, int axis, long... sizes) {
    int positive = x.shape().axis("split", axis);
    long extent = x.shape().dim(positive);
    long left = extent;
    boolean fits = true;
    for (long size : sizes) {
      fits &= size >= 0 && size <= left;
      left -= size;
    }
    if (!fits || left != 0) {
      throw new ShapeException(
          "split: sizes must add up to the extent "
              + extent
              + " of axis "
              + axis
              + ", got "
              + Arrays.toString(sizes));
    }
    List<Tensor> parts = new ArrayList<>();
    long start = 0;
    for (long size : sizes) {
      long from = start;
      parts.add(part(x, layout -> layout.slice(positive, from, size, 1)));
      start += size;
    }
    return List.copyOf(parts);
  }

  static List<Tensor> splitEvery(String operation, Tensor x, long size, int axis) {
    if (size < 1) {
      throw new ShapeException(operation + ": parts must have at least 1 element, got " + size);
    }
    long extent = x.shape().dim(x.shape().axis(operation, axis));
    int parts = Math.toIntExact(Math.max(1, (extent + size - 1) / size));
    long[] sizes = new long[parts];
    for (int i = 0; i < parts; i++) {
      sizes[i] = Math.min(size, extent - i * size);
    }
    return split(x, axis, sizes);
  }

  static List<Tensor> chunk(Tensor x, int parts, int axis) {
    if (parts < 1) {
      throw new ShapeException("chunk: at least 1 part is needed, got " + parts);
    }
    long extent = x.shape().dim(x.shape().axis("chunk", axis));
    return splitEvery("chunk", x, Math.max(1, (extent + parts - 1) / parts), axis);
  }

  static Tensor concat(int axis, List<Tensor> tensors) {
    if (tensors.isEmpty()) {
      throw new ShapeException("concat: at least one tensor is needed");
    }
    Tensor first = tensors.get(0);
    int positive = first.shape().axis("concat", axis);
    DType dtype = first.dtype();
    long extent = 0;
    for (Tensor tensor : tensors) {
      if (tensor.shape().rank() != first.shape().rank()
          || !tensor.shape().with(positive, 0).equals(first.shape().with(positive, 0))) {
        throw new ShapeException(
            "concat: shapes may differ only at axis "
                + axis
                + ", got "
                + first.shape()
                + " and "
                + tensor.shape());
      }
      dtype = DType.widest(dtype, tensor.dtype());
      long added = tensor.shape().dim(positive);
      if (added > Long.MAX_VALUE - extent) {
        throw new ShapeException("concat: axis " + axis + " has more than 2^63-1 positions in all");
      }
      extent += added;
    }
    Tensor[] inputs = tensors.stream().map(Tensor::dense).toArray(Tensor[]::new);
    Tensor joined =
        Call.run(
            "concat",
            dtype,
            first.shape().with(positive, extent),
            out -> {
              long start = 0;
              for (Tensor input : inputs) {
                long size = input.shape().dim(positive);
                Tensor part = out.borrow(out.layout().slice(positive, start, size, 1));
                input.backend().copy(input, part);
                start += size;
              }
            },
            inputs);
    Tensor[] given = tensors.toArray(Tensor[]::new);
    if (GradientTape.recordsAny(given)) {
      recordConcat(joined, positive, given);
    }
    return joined;
  }

  private static void recordConcat(Tensor joined, int axis, Tensor... inputs) {
    GradientTape tape = GradientTape.current();
    long[] sizes = Arrays.stream(inputs).mapToLong(input -> input.dim(axis)).toArray();
    if (tape != null) {
      tape.record(joined, g -> split(g, axis, sizes).toArray(Tensor[]::new), inputs);
    }
  }

  static Tensor stack(int axis, List<Tensor> tensors) {
    if (tensors.isEmpty()) {
      throw new ShapeException("stack: at least one tensor is needed");
    }
    Shape shape = tensors.get(0).shape();
    for (Tensor tensor : tensors) {
      if (!tensor.shape().equals(shape)) {
        throw new ShapeException(
            "stack: shapes must be equal, got " + shape + " and " + tensor.shape());
      }
    }
    int positive = axis < 0 ? axis + shape.rank() + 1 : axis;
    if (positive < 0 || positive > shape.rank()) {
      throw new ShapeException(
          "stack: axis " + axis + " is out of range for tensors of shape " + shape);
    }
    return Scope.keepingOnlyResult(
        () ->
            concat(positive, tensors.stream().map(tensor -> unsqueeze(tensor, positive)).toList()));
  }

  static Tensor repeat(Tensor tensor, long... counts) {
    int rank = tensor.shape().rank();
    if (counts.length < rank) {
      throw new ShapeException(
          "repeat: at least one count per axis of " + tensor.shape() + ", got " + counts.length);
    }
    if (Arrays.stream(counts).anyMatch(count -> count < 0)) {
      throw new ShapeException("repeat: negative count in " + Arrays.toString(counts));
    }
    Tensor x = tensor.dense();
    int added = counts.length - rank;
    Layout layout = x.layout();
    long[] wide = new long[2 * counts.length];
    long[] result = new long[counts.length];
    for (int axis = 0; axis < counts.length; axis++) {
      if (axis < added) {
        layout = layout.insert(2 * axis);
      }
      layout = layout.insert(2 * axis);
      long extent = axis < added ? 1 : x.shape().dim(axis - added);
      wide[2 * axis] = counts[axis];
      wide[2 * axis + 1] = extent;
      result[axis] = counts[axis] * extent;
    }
    Tensor view = x.borrow(layout.broadcastTo(Shape.of(wide)));
    Tensor y =
        Call.run("repeat", x.dtype(), view.shape(), out -> x.backend().copy(view, out), view)
            .renamed(Shape.of(result));
    int[] copies = IntStream.range(0, counts.length).map(axis -> 2 * axis).toArray();
    return recorded(tensor, y, g -> g.reshape(wide).sum(copies).reshape(tensor.shape().dims()));
  }
}
