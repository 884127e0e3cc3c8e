package org.tensorlogic.lang.value;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.Suggestions;
import org.tensorlogic.lang.TensorLogicException;

/**
 * A run-time error on its way out. It is thrown where the fact is known, learns its place from the
 * node that was running, and collects the calls it leaves.
 */
public final class Fault extends TensorLogicException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN_CALLS = 10;

  private transient Diagnostic diagnostic;
  private final transient List<String> calls = new ArrayList<>();

  public Fault(DiagnosticCode code, String message) {
    this(Diagnostic.error(code, null, message), null);
  }

  public Fault(DiagnosticCode code, String message, String help) {
    this(Diagnostic.error(code, null, message).withHelp(help), null);
  }

  public Fault(Diagnostic diagnostic, @Nullable Throwable cause) {
    super(List.of(diagnostic), cause);
    this.diagnostic = diagnostic;
  }

  /** This fault at {@code place}, unless a place closer to the cause is known. */
  public Fault at(Span place) {
    diagnostic = diagnostic.at(place);
    return this;
  }

  /** This fault with the names that somebody may have meant instead of {@code name}. */
  public Fault suggesting(String kind, String name, Collection<String> candidates) {
    diagnostic = Suggestions.add(diagnostic, kind, name, candidates);
    return this;
  }

  public Fault withHelp(String line) {
    diagnostic = diagnostic.withHelp(line);
    return this;
  }

  public Fault withNote(String line) {
    diagnostic = diagnostic.withNote(line);
    return this;
  }

  /** Notes that the fault leaves a call or block. */
  public Fault leaving(String call) {
    calls.add(call);
    return this;
  }

  /** The one-line message: the place is not always known yet. */
  @Override
  public String getMessage() {
    return diagnostic.message();
  }

  @Override
  public List<Diagnostic> diagnostics() {
    return List.of(diagnostic);
  }

  /** The exception for the host. */
  public TensorLogicException toException() {
    Diagnostic complete = diagnostic;
    int shown = Math.min(calls.size(), SHOWN_CALLS);
    for (String call : calls.subList(0, shown)) {
      complete = complete.withNote("in " + call);
    }
    if (calls.size() > shown) {
      complete = complete.withNote("… and " + (calls.size() - shown) + " more calls");
    }
    return new TensorLogicException(List.of(complete), getCause());
  }
}
