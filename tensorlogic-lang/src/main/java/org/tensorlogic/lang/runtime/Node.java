package org.tensorlogic.lang.runtime;

import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Datum;

/**
 * A piece of an executable program. Names are resolved, so that running is walking: {@link
 * #evaluate} gives a value, {@link #execute} runs it as a statement.
 */
public abstract class Node {
  private final Span span;

  protected Node(Span span) {
    this.span = span;
  }

  public final Span span() {
    return span;
  }

  /**
   * The value. A {@code return}, {@code break} or {@code continue} inside leaves by {@link
   * Departure}; in statement position {@link #execute} is called instead, and none is thrown.
   */
  public abstract Datum evaluate(Frame frame);

  /** Runs it for its effect. */
  public Completion execute(Frame frame) {
    evaluate(frame).discard();
    return Completion.NORMAL;
  }

  /** Runs it as the last statement of a function: its value becomes the result. */
  public Completion executeLast(Frame frame) {
    frame.returns(evaluate(frame));
    return Completion.RETURN;
  }

  /** Whether evaluating it cannot change a variable: operands before it need no protection. */
  public boolean isPure() {
    return false;
  }
}
