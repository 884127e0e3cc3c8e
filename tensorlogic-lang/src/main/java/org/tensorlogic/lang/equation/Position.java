package org.tensorlogic.lang.equation;

import java.util.Arrays;
import java.util.Objects;
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

  /** Says where symbols stand along the axes of a tensor or relation. */
  interface Axes {
    long position(Run run, int axis, String symbol);
  }

  /** A symbol, in the text or the value of an input, as a position of an axis. */
  record Symbol(Axes axes, int axis, @Nullable String name, int input) {
    long at(Run run) {
      String text = name != null ? name : ((Operand.Symbol) run.input(input)).name();
      return axes.position(run, axis, text);
    }
  }

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

  /** Whether both are the same sum, and so the same position whatever the values are. */
  boolean isWrittenAs(Position other) {
    if (symbol != null || other.symbol != null) {
      return symbol != null
          && other.symbol != null
          && symbol.input() == other.symbol.input()
          && Objects.equals(symbol.name(), other.symbol.name());
    }
    return constant == other.constant
        && Arrays.equals(inputs, other.inputs)
        && Arrays.equals(inputCoefficients, other.inputCoefficients);
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
      try {
        return symbol.at(run);
      } catch (Fault e) {
        throw e.at(span);
      }
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
