package org.tensorlogic.lang.equation;

import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;

/** The letters that einsum knows labels by. */
final class Spec {
  private static final int MOST = 52;

  private Spec() {}

  static String letters(int... labels) {
    StringBuilder text = new StringBuilder();
    for (int label : labels) {
      if (label >= MOST) {
        throw new Fault(
            DiagnosticCode.INVALID_EQUATION,
            "an equation may have at most " + MOST + " different indices");
      }
      text.append((char) (label < 26 ? 'a' + label : 'A' + label - 26));
    }
    return text.toString();
  }
}
