package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;

/** What an equation writes: the axes of the left tensor. */
final class LeftSide {
  private final EquationForm form;
  private final List<Axis> axes;
  private final @Nullable Tensor tensor;

  /** The axis that is virtual and not stored, or -1. */
  private final int dropped;

  LeftSide(EquationForm form, List<Axis> axes, @Nullable Tensor tensor) {
    this.form = form;
    this.axes = axes;
    this.tensor = tensor;
    this.dropped = dropped(form, tensor);
    check();
  }

  private static int dropped(EquationForm form, @Nullable Tensor tensor) {
    if (tensor == null || tensor.rank() != form.left().size() - 1) {
      return -1;
    }
    for (int axis = 0; axis < form.left().size(); axis++) {
      if (form.left().get(axis).virtual()) {
        return axis;
      }
    }
    return -1;
  }

  private void check() {
    BitSet seen = new BitSet();
    for (Axis axis : axes) {
      if (axis.labelCount() > 1) {
        throw new Fault(
                DiagnosticCode.INVALID_EQUATION,
                "an index on the left has one name",
                "name the result's position, and subtract on the right: Y[y] = W[d] X[y-d]")
            .at(axis.span());
      }
      if (axis.labelCount() == 1) {
        if (!axis.isShift() && !axis.isDivided()) {
          throw new Fault(
                  DiagnosticCode.INVALID_EQUATION,
                  "an index on the left is x, x+1, x/2 or a number")
              .at(axis.span());
        }
        if (seen.get(axis.label(0))) {
          throw new Fault(DiagnosticCode.INVALID_EQUATION, "an index is twice on the left")
              .at(axis.span());
        }
        seen.set(axis.label(0));
      }
    }
  }

  List<Axis> axes() {
    return axes;
  }

  int dropped() {
    return dropped;
  }

  /** Whether a label is the virtual one that is not stored. */
  boolean isDropped(int label) {
    return dropped >= 0 && axes.get(dropped).has(label);
  }

  BitSet labels() {
    BitSet labels = new BitSet();
    axes.forEach(axis -> IntStream.of(axis.labels()).forEach(labels::set));
    return labels;
  }

  /** The labels with a dot, or the last one. */
  int[] normalized() {
    List<Integer> marked = new ArrayList<>();
    int last = -1;
    for (int axis = 0; axis < axes.size(); axis++) {
      if (axes.get(axis).labelCount() == 1) {
        last = axes.get(axis).label(0);
        if (form.left().get(axis).normalized()) {
          marked.add(last);
        }
      }
    }
    if (marked.isEmpty() && last >= 0) {
      marked.add(last);
    }
    return marked.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The left tensor as an occurrence, or null if it has no value. */
  @Nullable Occurrence occurrence() {
    Tensor known = tensor;
    if (known == null) {
      return null;
    }
    if (dropped >= 0) {
      List<Axis> stored = new ArrayList<>(axes);
      stored.remove(dropped);
      return new Occurrence(form.span(), form.name(), known.shape(), stored, true);
    }
    return new Occurrence(form.span(), form.name(), known.shape(), axes, true);
  }

  /** Whether it writes only some elements whatever the ranges are. */
  boolean needsTensor() {
    return axes.stream()
        .anyMatch(axis -> axis.isFixed() || (axis.isShift() && !axis.offset().isZero()));
  }

  /** The shape of a tensor that is defined anew. */
  Shape shape(Ranges ranges) {
    long[] dims = new long[axes.size()];
    Arrays.setAll(
        dims,
        i -> {
          Axis axis = axes.get(i);
          long size = ranges.to(axis.label(0));
          return axis.isDivided() ? (size + axis.divisor() - 1) / axis.divisor() : size;
        });
    return Shape.of(dims);
  }
}
