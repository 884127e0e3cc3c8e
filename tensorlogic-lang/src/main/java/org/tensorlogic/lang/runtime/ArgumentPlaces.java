package org.tensorlogic.lang.runtime;

import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.builtin.Signature;
import org.tensorlogic.lang.value.Fault;

/** Which parameter of a built-in each argument goes to. */
final class ArgumentPlaces {
  private ArgumentPlaces() {}

  /**
   * The parameter of each of {@code count} arguments.
   *
   * @param names of the arguments, empty for positional ones; no names at all is an empty array
   */
  static int[] of(Signature signature, int count, String[] names) {
    int[] places = new int[count];
    boolean[] taken = new boolean[Math.max(count, signature.parameters().size())];
    for (int i = 0; i < count; i++) {
      String name = names.length == 0 ? "" : names[i];
      if (name.isEmpty() && i >= signature.positional() && !signature.variadic()) {
        throw wrongCount(signature, count);
      }
      int place = name.isEmpty() ? i : signature.place(name, count);
      if (place < 0) {
        throw CallNodes.unknownParameter(signature.name(), name, signature.parameters());
      }
      if (taken[place]) {
        throw new Fault(
            DiagnosticCode.ARGUMENT_COUNT,
            signature.name()
                + ": argument '"
                + (name.isEmpty() ? signature.parameter(place) : name)
                + "' is given twice");
      }
      taken[place] = true;
      places[i] = place;
    }
    for (int i = 0; i < signature.required(); i++) {
      if (!taken[i]) {
        throw wrongCount(signature, count);
      }
    }
    return places;
  }

  /** The length of an argument array with these places. */
  static int size(int[] places) {
    int size = 0;
    for (int place : places) {
      size = Math.max(size, place + 1);
    }
    return size;
  }

  private static Fault wrongCount(Signature signature, int count) {
    String noun = signature.counts().equals("1") ? " argument" : " arguments";
    return new Fault(
            DiagnosticCode.ARGUMENT_COUNT,
            "'" + signature.name() + "' expects " + signature.counts() + noun + ", got " + count)
        .withNote("usage: " + signature);
  }
}
