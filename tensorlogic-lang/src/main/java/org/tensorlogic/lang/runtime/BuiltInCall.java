package org.tensorlogic.lang.runtime;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.builtin.CallSite;
import org.tensorlogic.lang.value.Datum;

/** What calls a built-in, which is told whether anybody gets its value. */
abstract class BuiltInCall extends Node {
  private final CallSite value;
  private final CallSite statement;

  BuiltInCall(Span span, @Nullable DType type) {
    super(span);
    this.value = new CallSite(span, type, false);
    this.statement = new CallSite(span, type, true);
  }

  abstract Datum call(Frame frame, CallSite site);

  @Override
  public final Datum evaluate(Frame frame) {
    return call(frame, value);
  }

  @Override
  public final Completion execute(Frame frame) {
    call(frame, statement).discard();
    return Completion.NORMAL;
  }
}
