package org.tensorlogic.lang.equation;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.value.Fault;

/**
 * A position that is known when an equation runs: a number, multiples of program values and of the
 * variables of the recurrence, or a symbol of the axis.
 */
final class Position {
  private final Span span;
  private final long constant;
  private final int[] inputs;
  private final long[] inputCoefficients;
  private final int[] loops;
  private final long[] loopCoefficients;
  private final @Nullable Symbol symbol;

  /** A symbol, in the text or the value of an input, as a position of an owner's axis. */
  record Symbol(String owner, int axis, @Nullable String name, int input) {}

  Position(
      Span span,
      long constant,
      int[] inputs,
      long[] inputCoefficients,
      int[] loops,
      long[] loopCoefficients,
      @Nullable Symbol symbol) {
    this.span = span;
    this.constant = constant;
    this.inputs = inputs;
    this.inputCoefficients = inputCoefficients;
    this.loops = loops;
    this.loopCoefficients = loopCoefficients;
    this.symbol = symbol;
  }

  boolean isZero() {
    return constant == 0 && isConstant();
  }

  boolean isConstant() {
    return inputs.length == 0 && loops.length == 0 && symbol == null;
  }

  /** Whether it moves with a recurrence. */
  boolean isLooping() {
    return loops.length > 0;
  }

  long constant() {
    return constant;
  }

  long at(Run run) {
    if (symbol != null) {
      String name = symbol.name();
      return run.host()
          .position(
              symbol.owner(),
              symbol.axis(),
              name != null ? name : ((Operand.Symbol) run.input(symbol.input())).name());
    }
    long position = constant;
    for (int i = 0; i < inputs.length; i++) {
      position += inputCoefficients[i] * integral(run.input(inputs[i]));
    }
    for (int i = 0; i < loops.length; i++) {
      position += loopCoefficients[i] * run.loop(loops[i]);
    }
    return position;
  }

  private long integral(Operand operand) {
    double value = ((Operand.Numeric) operand).value();
    if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new Fault(DiagnosticCode.INVALID_VALUE, "an index must be an integer, got " + value)
          .at(span);
    }
    return (long) value;
  }
}
