package org.tensorlogic.lang.equation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;

/** One execution of a plan: its inputs and, in a recurrence, where it stands. */
final class Run {
  private final List<Operand> inputs;
  private final EquationHost host;
  private final Operand.@Nullable RowNames leftNames;
  private final long[] loops;
  private @Nullable Steps steps;

  Run(
      List<Operand> inputs,
      EquationHost host,
      Operand.@Nullable RowNames leftNames,
      int loopCount) {
    this.inputs = inputs;
    this.host = host;
    this.leftNames = leftNames;
    this.loops = new long[loopCount];
  }

  Operand input(int number) {
    return inputs.get(number);
  }

  Tensor tensor(int input) {
    return array(input).tensor();
  }

  Operand.Array array(int input) {
    return (Operand.Array) inputs.get(input);
  }

  /** The names of the rows of the left tensor, or null. */
  Operand.@Nullable RowNames leftNames() {
    return leftNames;
  }

  double number(int input) {
    return ((Operand.Numeric) inputs.get(input)).value();
  }

  EquationHost host() {
    return host;
  }

  long loop(int number) {
    return loops[number];
  }

  void setLoop(int number, long value) {
    loops[number] = value;
  }

  /** The left tensor as it is now. */
  Steps steps() {
    if (steps == null) {
      throw new IllegalStateException("the equation is no recurrence");
    }
    return steps;
  }

  void setSteps(Steps current) {
    steps = current;
  }
}
