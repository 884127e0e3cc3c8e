package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorlogic.Shape;
import org.tensorlogic.lang.Span;

/** A tensor of the right side with its resolved indices. */
record Occurrence(Span span, String name, Shape shape, List<Axis> axes, boolean self) {

  /** What is left without an axis. */
  Occurrence without(int axis) {
    List<Axis> others = new ArrayList<>(axes);
    others.remove(axis);
    long[] dims =
        IntStream.range(0, axes.size()).filter(i -> i != axis).mapToLong(shape::dim).toArray();
    return new Occurrence(span, name, Shape.of(dims), others, self);
  }
}
