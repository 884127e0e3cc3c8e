package org.tensorlogic.lang;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.runtime.Session;
import org.tensorlogic.lang.value.Conversions;
import org.tensorlogic.lang.value.Datum;

/** A function of a program, callable from Java. */
public final class TensorFunction {
  private final Session session;
  private final String name;

  private TensorFunction(Session session, String name) {
    this.session = session;
    this.name = name;
  }

  static TensorFunction of(Session session, String name) {
    if (!session.hasFunction(name)) {
      Diagnostic unknown =
          Diagnostic.error(
              DiagnosticCode.UNKNOWN_FUNCTION, null, "the program has no function '" + name + "'");
      throw new TensorLogicException(unknown);
    }
    return new TensorFunction(session, name);
  }

  /** Its name in the program. */
  public String name() {
    return name;
  }

  /**
   * Calls it.
   *
   * @param arguments anything that {@link Value#of} accepts, one per parameter
   */
  public Value call(Object... arguments) {
    List<Datum> values = new ArrayList<>(arguments.length);
    for (Object argument : arguments) {
      Datum value = Conversions.fromJava(argument);
      value.escape();
      values.add(value);
    }
    return session.call(name, values);
  }
}
