package org.tensorlogic.lang;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.value.Fault;

/** A program could not be parsed or run. The first diagnostic is the authoritative one. */
public sealed class TensorLogicException extends RuntimeException permits Fault {
  private static final long serialVersionUID = 1L;

  private final transient List<Diagnostic> diagnostics;

  /** An exception for one finding. */
  public TensorLogicException(Diagnostic diagnostic) {
    this(List.of(diagnostic), null);
  }

  /** An exception for at least one finding. */
  public TensorLogicException(List<Diagnostic> diagnostics, @Nullable Throwable cause) {
    super(diagnostics.get(0).message(), cause);
    this.diagnostics = List.copyOf(diagnostics);
  }

  /** Every finding as a terminal would show it, with places and carets. */
  @Override
  public String getMessage() {
    return diagnostics().stream().map(Diagnostic::render).collect(Collectors.joining("\n\n"));
  }

  /** Everything that was found, at least one entry. */
  public List<Diagnostic> diagnostics() {
    return diagnostics;
  }

  /** The authoritative finding. */
  public Diagnostic diagnostic() {
    return diagnostics().get(0);
  }

  /** The code of the authoritative finding. */
  public DiagnosticCode code() {
    return diagnostic().code();
  }
}
