package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.builtin.Registry;
import org.tensorlogic.lang.value.Fault;

/** What can be called. */
final class Functions {
  private Functions() {}

  static Fault unknown(String name, Execution execution) {
    List<String> known = new ArrayList<>(execution.globals().functionNames());
    known.addAll(execution.host().functions().keySet());
    known.addAll(Registry.names());
    return new Fault(DiagnosticCode.UNKNOWN_FUNCTION, "unknown function '" + name + "'")
        .suggesting("function", name, known);
  }
}
