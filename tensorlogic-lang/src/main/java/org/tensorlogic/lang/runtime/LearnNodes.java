package org.tensorlogic.lang.runtime;

import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.VoidValue;

/** {@code learn} and what only means something inside it. */
final class LearnNodes {
  private LearnNodes() {}

  static Node compile(Statement.Learn s) {
    return new ExpressionCompiler.Failing(
        s.span(),
        Diagnostic.error(DiagnosticCode.NOT_DIFFERENTIABLE, s.span(), "learn is not available"));
  }

  /** {@code left ~ right}. */
  static final class Fit extends Node {
    private final Node left;
    private final Node right;

    Fit(Span span, Node left, Node right) {
      super(span);
      this.left = left;
      this.right = right;
    }

    @Override
    public Datum evaluate(Frame frame) {
      left.evaluate(frame).discard();
      right.evaluate(frame).discard();
      return VoidValue.VOID;
    }
  }
}
