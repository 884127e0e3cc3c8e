package org.tensorlogic.lang;

import java.util.Map;
import org.tensorlogic.lang.runtime.CompiledUnit;
import org.tensorlogic.lang.runtime.Session;
import org.tensorlogic.lang.value.Conversions;

/**
 * A compiled program. It is immutable: many threads may run it at once, each run with variables of
 * its own. What the session had when it was compiled is visible in it.
 */
public final class Program {
  private final Session session;
  private final CompiledUnit unit;

  Program(Session session, CompiledUnit unit) {
    this.session = session;
    this.unit = unit;
    session.define(unit);
  }

  /** Runs it; the value of its {@code main}, or of its last statement. */
  public Value run() {
    return session.run().run(unit);
  }

  /** Runs it with these variables, each anything that {@link Value#of} accepts. */
  public Value run(Map<String, ?> bindings) {
    Session run = session.run(bindings.keySet());
    bindings.forEach((name, value) -> run.set(name, Conversions.fromJava(value)));
    return run.run(unit);
  }

  /**
   * A function of the program. Its top-level statements run once, now; calls then share their
   * variables and belong to one thread at a time.
   */
  public TensorFunction function(String name) {
    Session run = session.run();
    run.runItems(unit);
    return TensorFunction.of(run, name);
  }
}
