package org.tensorlogic.lang.runtime;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.VoidValue;

/** The variables of one call (or of the top level's inner blocks) while it runs. */
public final class Frame {
  private final Execution execution;
  private final @Nullable Datum[] locals;
  private Datum result = VoidValue.VOID;

  Frame(Execution execution, int slots) {
    this.execution = execution;
    this.locals = new @Nullable Datum[slots];
  }

  public Execution execution() {
    return execution;
  }

  @Nullable Datum get(int slot) {
    return locals[slot];
  }

  /** Stores a value that this variable now holds, and lets the old one go. */
  void set(int slot, @Nullable Datum value) {
    Datum old = locals[slot];
    if (old == value) {
      return;
    }
    if (value != null) {
      value.hold();
    }
    locals[slot] = value;
    if (old != null) {
      old.release();
    }
  }

  Datum result() {
    return result;
  }

  void returns(Datum value) {
    result = value;
  }

  /** Lets go of the variables of a scope, the last declared first. */
  void leave(int from, int to) {
    for (int slot = to - 1; slot >= from; slot--) {
      Datum value = locals[slot];
      if (value != null) {
        locals[slot] = null;
        execution.endOfVariable(value);
      }
    }
  }
}
