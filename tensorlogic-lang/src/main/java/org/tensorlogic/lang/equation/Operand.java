package org.tensorlogic.lang.equation;

import org.tensorlogic.Tensor;

/** The value that the program around an equation gives for one of its inputs. */
public sealed interface Operand {
  /** No value: the name stands for an index. */
  Operand NONE = new None();

  /** A number; as an index it must be integral. */
  record Numeric(double value) implements Operand {}

  /** A symbol: the name of a position of an axis. */
  record Symbol(String name) implements Operand {}

  /** A tensor. */
  record Array(Tensor tensor) implements Operand {}

  /** See {@link #NONE}. */
  record None() implements Operand {}
}
