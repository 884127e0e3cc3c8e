package org.tensorlogic.lang;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One finding about a program.
 *
 * @param severity error or warning
 * @param code what kind of finding
 * @param message one line
 * @param span where; null if the finding has no place in a source
 * @param help what to do about it, zero or more lines
 * @param notes further facts, zero or more lines; the call stack of a run-time error is here
 */
public record Diagnostic(
    Severity severity,
    DiagnosticCode code,
    String message,
    @Nullable Span span,
    List<String> help,
    List<String> notes) {

  public Diagnostic {
    help = List.copyOf(help);
    notes = List.copyOf(notes);
  }

  /** An error without help or notes. */
  public static Diagnostic error(DiagnosticCode code, @Nullable Span span, String message) {
    return new Diagnostic(Severity.ERROR, code, message, span, List.of(), List.of());
  }

  /** A warning without help or notes. */
  public static Diagnostic warning(DiagnosticCode code, @Nullable Span span, String message) {
    return new Diagnostic(Severity.WARNING, code, message, span, List.of(), List.of());
  }

  /** This diagnostic with one more line of help. */
  public Diagnostic withHelp(String line) {
    return new Diagnostic(severity, code, message, span, plus(help, line), notes);
  }

  /** This diagnostic with one more note. */
  public Diagnostic withNote(String line) {
    return new Diagnostic(severity, code, message, span, help, plus(notes, line));
  }

  /** This diagnostic at {@code place}, unless it already has one. */
  public Diagnostic at(Span place) {
    return span != null ? this : new Diagnostic(severity, code, message, place, help, notes);
  }

  /** The text for a terminal or log: message, place, source line with carets, help and notes. */
  public String render() {
    StringBuilder out = new StringBuilder();
    out.append(severity).append('[').append(code.id()).append("]: ").append(message);
    String margin = " ";
    if (span != null) {
      String number = Integer.toString(span.line());
      margin = " ".repeat(number.length());
      String line = span.source().lineText(span.line());
      out.append('\n').append(margin).append("--> ").append(span);
      out.append('\n').append(margin).append(" |");
      out.append('\n').append(number).append(" | ").append(line);
      out.append('\n').append(margin).append(" | ").append(carets(span, line));
    }
    for (String text : help) {
      out.append('\n').append(margin).append(" = help: ").append(text);
    }
    for (String text : notes) {
      out.append('\n').append(margin).append(" = note: ").append(text);
    }
    return out.toString();
  }

  private static String carets(Span span, String line) {
    StringBuilder out = new StringBuilder();
    int before = Math.min(span.column() - 1, line.codePointCount(0, line.length()));
    int start = line.offsetByCodePoints(0, before);
    line.substring(0, start).codePoints().forEach(c -> out.append(c == '\t' ? '\t' : ' '));
    int end = Math.max(start, Math.min(line.length(), start + span.end() - span.start()));
    out.append("^".repeat(Math.max(1, line.codePointCount(start, end))));
    return out.toString();
  }

  private static List<String> plus(List<String> list, String line) {
    List<String> longer = new ArrayList<>(list);
    longer.add(line);
    return longer;
  }

  @Override
  public String toString() {
    return render();
  }
}
