package org.tensorlogic.lang.syntax;

import org.tensorlogic.lang.Diagnostic;

/** Leaves the parsing of a statement; caught where the parser recovers. */
final class SyntaxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Diagnostic diagnostic;

  SyntaxException(Diagnostic diagnostic) {
    super(diagnostic.message(), null, false, false);
    this.diagnostic = diagnostic;
  }

  Diagnostic diagnostic() {
    return diagnostic;
  }
}
