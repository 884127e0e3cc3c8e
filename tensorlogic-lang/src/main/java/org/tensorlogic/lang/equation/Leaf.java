package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorlogic.Indices;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Fault;

/** Reading a tensor: positions are selected, shifts are slices filled up with zeros. */
class Leaf extends Node {
  /** Where the tensor comes from. */
  interface Source {
    Tensor get(Run run);
  }

  private final String name;
  private final Source source;
  private final List<Axis> axes;
  private final Ranges ranges;
  private final int[] axisLabels;

  Leaf(String name, Source source, List<Axis> axes, Ranges ranges) {
    super(axes.stream().flatMapToInt(axis -> IntStream.of(axis.labels())).distinct().toArray());
    this.name = name;
    this.source = source;
    this.axes = axes;
    this.ranges = ranges;
    this.axisLabels = axes.stream().flatMapToInt(axis -> IntStream.of(axis.labels())).toArray();
  }

  String name() {
    return name;
  }

  List<Axis> axes() {
    return axes;
  }

  Tensor whole(Run run) {
    return source.get(run);
  }

  /** Whether every axis is one label, each another one, or one position. */
  boolean isPlain() {
    return axisLabels.length == labels.length
        && axes.stream().allMatch(axis -> axis.isFixed() || axis.isShift());
  }

  /** {@code tensor}, whose axes with two labels have been cut to size, read along the others. */
  Tensor withoutWindows(Tensor tensor, Run run) {
    Tensor result = tensor;
    for (int axis = axes.size() - 1; axis >= 0; axis--) {
      if (axes.get(axis).labelCount() < 2) {
        result = read(result, axis, run);
      }
    }
    return result;
  }

  @Override
  Tensor tensor(Run run) {
    Tensor tensor = source.get(run);
    for (int axis = axes.size() - 1; axis >= 0; axis--) {
      tensor = read(tensor, axis, run);
    }
    if (axisLabels.length == labels.length) {
      return tensor;
    }
    return Tensor.einsum(Spec.letters(axisLabels) + "->" + Spec.letters(labels), tensor);
  }

  private Tensor read(Tensor tensor, int number, Run run) {
    Axis axis = axes.get(number);
    long offset = axis.offset().at(run);
    if (axis.isFixed()) {
      return select(tensor, number, offset);
    }
    if (axis.isShift()) {
      int label = axis.label(0);
      return range(tensor, number, ranges.from(label) + offset, ranges.to(label) + offset);
    }
    return gather(tensor, number, offset);
  }

  private Tensor select(Tensor tensor, int axis, long index) {
    return tensor.select(
        axis, position(index, tensor.dim(axis), axis, name, axes.get(axis).span()));
  }

  /** An index as a position; negative ones count from the end. */
  static long position(long index, long size, int axis, String name, Span span) {
    if (index < -size || index >= size) {
      throw new Fault(
              DiagnosticCode.INDEX_OUT_OF_RANGE,
              "index "
                  + index
                  + " is out of range for dimension "
                  + axis
                  + " of size "
                  + size
                  + " of '"
                  + name
                  + "'")
          .at(span);
    }
    return index < 0 ? index + size : index;
  }

  /** Positions {@code from} to {@code to} of an axis, zeros outside. */
  static Tensor range(Tensor tensor, int axis, long from, long to) {
    long size = tensor.dim(axis);
    if (from == 0 && to == size) {
      return tensor;
    }
    long first = Math.min(Math.max(from, 0), size);
    long last = Math.max(first, Math.min(to, size));
    Slice[] slices = new Slice[axis + 1];
    Arrays.fill(slices, Slice.all());
    slices[axis] = Slice.of(first, last);
    Tensor inside = tensor.slice(slices);
    long before = Math.min(to, 0) - Math.min(from, 0);
    long after = Math.max(to, size) - Math.max(from, size);
    if (before == 0 && after == 0) {
      return inside;
    }
    List<Tensor> parts = new ArrayList<>();
    addZeros(parts, tensor, axis, before);
    if (last > first) {
      parts.add(inside);
    }
    addZeros(parts, tensor, axis, after);
    return Tensor.concat(axis, parts.toArray(new Tensor[0]));
  }

  private static void addZeros(List<Tensor> parts, Tensor tensor, int axis, long count) {
    if (count > 0) {
      Shape shape = tensor.shape().with(axis, count);
      parts.add(Tensor.on(tensor.backend(), tensor.dtype()).zeros(shape.dims()));
    }
  }

  /** Any positions: one index per combination of the labels. */
  private Tensor gather(Tensor tensor, int number, long offset) {
    Axis axis = axes.get(number);
    int[] distinct = axis.labels();
    long[] extents = IntStream.of(distinct).mapToLong(ranges::size).toArray();
    Shape shape = Shape.of(extents);
    int[] positions = new int[Math.toIntExact(shape.size())];
    long[] at = new long[ranges.count()];
    IntStream.of(distinct).forEach(label -> at[label] = ranges.from(label));
    long size = tensor.dim(number);
    boolean outside = false;
    for (int i = 0; i < positions.length; i++) {
      long position = axis.at(at, offset);
      boolean inside = position >= 0 && position < size;
      outside |= !inside;
      positions[i] = (int) (inside ? position : size);
      for (int part = distinct.length - 1; part >= 0; part--) {
        if (++at[distinct[part]] < ranges.to(distinct[part])) {
          break;
        }
        at[distinct[part]] = ranges.from(distinct[part]);
      }
    }
    Tensor table = outside ? range(tensor, number, 0, size + 1) : tensor;
    return table.indexSelect(number, Indices.of(positions, shape));
  }
}
