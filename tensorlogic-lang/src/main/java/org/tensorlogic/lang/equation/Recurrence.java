package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;

/**
 * The indices for whose increasing values an equation is executed because the left tensor occurs on
 * the right: one if it is always read at earlier values of it, else all that are shifted.
 */
final class Recurrence {
  private Recurrence() {}

  /** The labels of the loops, outermost first; none if the left tensor is not read. */
  static List<Integer> loops(EquationForm form, List<Axis> left, List<Occurrence> reads) {
    List<Occurrence> own = reads.stream().filter(read -> !isElsewhere(left, read)).toList();
    List<Integer> shifted = new ArrayList<>();
    for (int axis = 0; axis < left.size() && !own.isEmpty(); axis++) {
      Axis written = left.get(axis);
      if (!written.isShift()) {
        continue;
      }
      boolean always = true;
      boolean ever = false;
      for (Occurrence occurrence : own) {
        Axis read = occurrence.axes().get(axis);
        boolean same = read.isShift() && read.label(0) == written.label(0);
        always &= same && read.offset().constant() < written.offset().constant();
        ever |= same && read.offset().constant() != written.offset().constant();
      }
      if (always) {
        return List.of(written.label(0));
      }
      if (ever) {
        shifted.add(written.label(0));
      }
    }
    if (shifted.isEmpty() && !own.isEmpty()) {
      throw new Fault(
              DiagnosticCode.INVALID_EQUATION,
              "'" + form.name() + "' is defined by itself without a shifted index",
              "shift an index, X[i, t+1] = … X[j, t], or write a rule for a relation")
          .at(own.get(0).span());
    }
    return shifted;
  }

  /** Whether it reads one position of an axis while another is written: what was there before. */
  private static boolean isElsewhere(List<Axis> left, Occurrence read) {
    return IntStream.range(0, left.size())
        .anyMatch(
            axis ->
                left.get(axis).isFixed()
                    && read.axes().get(axis).isFixed()
                    && !left.get(axis).offset().isWrittenAs(read.axes().get(axis).offset()));
  }

  /** Leaves only values for which what is written and what is read shifted lies inside. */
  static void restrict(Ranges ranges, Occurrence occurrence, List<Integer> labels) {
    for (int axis = 0; axis < occurrence.axes().size(); axis++) {
      Axis form = occurrence.axes().get(axis);
      if (form.isShift() && (labels.isEmpty() || labels.contains(form.label(0)))) {
        long offset = form.offset().constant();
        ranges.restrict(form.label(0), -offset, occurrence.shape().dim(axis) - offset);
      }
    }
  }
}
