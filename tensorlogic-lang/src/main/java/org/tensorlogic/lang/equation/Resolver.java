package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.equation.IndexForm.Part;
import org.tensorlogic.lang.value.Fault;

/**
 * Decides for given values of the inputs which names are indices, and numbers these. A name whose
 * variable holds an integer or a string is a constant.
 */
final class Resolver {
  private final List<Operand> inputs;
  private final List<String> names = new ArrayList<>();
  private final List<Integer> loops = new ArrayList<>();

  Resolver(List<Operand> inputs) {
    this.inputs = inputs;
  }

  String[] names() {
    return names.toArray(new String[0]);
  }

  /** From now on this label is a variable of the recurrence: a number while a step runs. */
  void loop(int label) {
    loops.add(label);
  }

  List<Integer> loops() {
    return loops;
  }

  /** The axes of a tensor or relation that knows the places of its symbols. */
  List<Axis> axes(Position.Axes symbols, List<IndexForm> forms) {
    List<Axis> axes = new ArrayList<>();
    for (int axis = 0; axis < forms.size(); axis++) {
      axes.add(axis(symbols, axis, forms.get(axis)));
    }
    return axes;
  }

  private Axis axis(Position.Axes symbols, int axis, IndexForm form) {
    List<Integer> labels = new ArrayList<>();
    List<Long> coefficients = new ArrayList<>();
    List<Part> numbers = new ArrayList<>();
    List<Integer> loopNumbers = new ArrayList<>();
    List<Long> loopCoefficients = new ArrayList<>();
    Position.Symbol symbol = null;
    for (Part part : form.parts()) {
      Operand value = part.input() < 0 ? Operand.NONE : inputs.get(part.input());
      if (part.symbol() || value instanceof Operand.Symbol) {
        requireAlone(form);
        String text = part.symbol() ? part.name() : null;
        symbol = new Position.Symbol(symbols, axis, text, part.input());
      } else if (value instanceof Operand.Numeric) {
        numbers.add(part);
      } else {
        int label = label(form, part);
        if (loops.contains(label)) {
          requireUndivided(form);
          loopNumbers.add(loops.indexOf(label));
          loopCoefficients.add(part.coefficient());
        } else {
          add(labels, coefficients, label, part.coefficient());
        }
      }
    }
    if (form.divisor() != 1 && labels.isEmpty()) {
      throw error(form, "an index that is divided must not have a value");
    }
    Position offset =
        new Position(
            form.span(),
            form.constant(),
            numbers.stream().mapToInt(Part::input).toArray(),
            numbers.stream().mapToLong(Part::coefficient).toArray(),
            ints(loopNumbers),
            longs(loopCoefficients),
            symbol);
    return new Axis(form.span(), ints(labels), longs(coefficients), offset, form.divisor());
  }

  private static void add(
      List<Integer> labels, List<Long> coefficients, int label, long coefficient) {
    int known = labels.indexOf(label);
    if (known >= 0) {
      coefficients.set(known, coefficients.get(known) + coefficient);
    } else {
      labels.add(label);
      coefficients.add(coefficient);
    }
  }

  private int label(IndexForm form, Part part) {
    @Nullable String name = part.name();
    if (name == null) {
      throw error(form, "an index must be an integer or a string");
    }
    int known = names.indexOf(name);
    if (known >= 0) {
      return known;
    }
    names.add(name);
    return names.size() - 1;
  }

  private static void requireAlone(IndexForm form) {
    if (form.parts().size() != 1 || form.constant() != 0 || form.divisor() != 1) {
      throw error(form, "a symbol cannot be added to an index");
    }
  }

  private static void requireUndivided(IndexForm form) {
    if (form.divisor() != 1) {
      throw error(form, "the index of a recurrence cannot be divided");
    }
  }

  private static Fault error(IndexForm form, String message) {
    return new Fault(DiagnosticCode.INVALID_EQUATION, message).at(form.span());
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  private static long[] longs(List<Long> values) {
    long[] array = new long[values.size()];
    Arrays.setAll(array, values::get);
    return array;
  }
}
