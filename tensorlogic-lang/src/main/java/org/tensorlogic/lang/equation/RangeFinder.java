package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Shape;

/**
 * Finds the range of every index: the size of an axis where it stands alone, else that of the
 * declared left tensor, else that of an axis where it occurs in a sum; the left tensor's own
 * occurrences come last.
 */
final class RangeFinder {
  private final Ranges ranges;
  private final List<Occurrence> given = new ArrayList<>();
  private final List<Occurrence> own = new ArrayList<>();

  /**
   * @param droppedAxis the axis of the left tensor that is not stored and so has no size, or -1
   */
  RangeFinder(Ranges ranges, List<Occurrence> occurrences, int droppedAxis) {
    this.ranges = ranges;
    for (Occurrence occurrence : occurrences) {
      if (!occurrence.self()) {
        given.add(occurrence);
      } else {
        own.add(droppedAxis < 0 ? occurrence : occurrence.without(droppedAxis));
      }
    }
  }

  /** Fixes all ranges that the right side and the left tensor tell. */
  void find(@Nullable Occurrence left, boolean declared) {
    given.forEach(this::alone);
    if (left != null && declared) {
      alone(left);
    }
    inSums(given);
    if (left != null) {
      own.forEach(this::aloneIfUnknown);
      aloneIfUnknown(left);
      inSums(own);
      inSums(List.of(left));
    }
  }

  private void alone(Occurrence occurrence) {
    for (int axis = 0; axis < occurrence.axes().size(); axis++) {
      Axis form = occurrence.axes().get(axis);
      if (form.isWhole()) {
        ranges.fix(form.label(0), occurrence.shape().dim(axis), occurrence.name(), form.span());
      }
    }
  }

  private void aloneIfUnknown(Occurrence occurrence) {
    for (int axis = 0; axis < occurrence.axes().size(); axis++) {
      Axis form = occurrence.axes().get(axis);
      if (form.isWhole() && !ranges.isKnown(form.label(0))) {
        ranges.fix(form.label(0), occurrence.shape().dim(axis), occurrence.name(), form.span());
      }
    }
  }

  /** Labels that have no range yet get that of the axes where they are part of a sum. */
  private void inSums(List<Occurrence> occurrences) {
    boolean[] known = new boolean[ranges.count()];
    for (int label = 0; label < known.length; label++) {
      known[label] = ranges.isKnown(label);
    }
    for (Occurrence occurrence : occurrences) {
      Shape shape = occurrence.shape();
      for (int axis = 0; axis < occurrence.axes().size(); axis++) {
        Axis form = occurrence.axes().get(axis);
        for (int part = 0; part < form.labelCount(); part++) {
          if (!known[form.label(part)]) {
            long size = extent(form, part, shape.dim(axis));
            ranges.fix(form.label(part), size, occurrence.name(), form.span());
          }
        }
      }
    }
  }

  private static long extent(Axis form, int part, long size) {
    long factor = Math.max(1, Math.abs(form.coefficient(part)));
    return form.isDivided() ? size * form.divisor() : (size + factor - 1) / factor;
  }
}
