package org.tensorlogic.lang.equation;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;

/** The value that the program around an equation gives for one of its inputs. */
public sealed interface Operand {
  /** No value: the name stands for an index. */
  Operand NONE = new None();

  /** A number; as an index it must be integral. */
  record Numeric(double value) implements Operand {}

  /** A symbol: the name of a position of an axis. */
  record Symbol(String name) implements Operand {}

  /** A tensor; {@code names} are those of its rows, or null. */
  record Array(Tensor tensor, @Nullable RowNames names) implements Operand {}

  /** The names of the rows of a tensor. */
  interface RowNames {
    /** The row of a name; an error if there is none. */
    long position(String name);
  }

  /** See {@link #NONE}. */
  record None() implements Operand {}
}
