package org.tensorlogic.lang.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.TensorLogic;
import org.tensorlogic.lang.TensorLogicException;
import org.tensorlogic.lang.Value;
import org.tensorlogic.lang.builtin.Builtin;
import org.tensorlogic.lang.builtin.Registry;
import org.tensorlogic.lang.syntax.Parser;
import org.tensorlogic.lang.syntax.Statement;

/** What the interactive session does with one complete entry; no terminal here. */
final class Repl {
  static final List<String> COMMANDS = List.of(":help", ":type", ":vars", ":load", ":quit");
  private static final List<String> KEYWORDS =
      List.of(
          "let",
          "fn",
          "if",
          "else",
          "for",
          "in",
          "while",
          "loop",
          "break",
          "continue",
          "return",
          "match",
          "true",
          "false",
          "struct",
          "impl",
          "import",
          "tensor",
          "relation",
          "entity",
          "learn",
          "infer",
          "embedding");

  private final TensorLogic session;
  private final PrintWriter out;
  private int entries;

  Repl(TensorLogic session, PrintWriter out) {
    this.session = session;
    this.out = out;
  }

  /** Handles an entry; false ends the session. */
  boolean handle(String entry) {
    String text = entry.strip();
    if (text.isEmpty()) {
      return true;
    }
    if (text.equals(":quit") || text.equals(":q")) {
      return false;
    }
    try {
      if (text.startsWith(":")) {
        command(text);
      } else {
        evaluate(entry);
      }
    } catch (TensorLogicException | IOException e) {
      out.println(e.getMessage());
    }
    out.flush();
    return true;
  }

  private void evaluate(String entry) {
    entries++;
    Value value = session.eval(Source.of("<" + entries + ">", entry));
    if (!value.isVoid() && showsValue(entry)) {
      out.println(value);
    }
  }

  /** Assignments and declarations have a value too, but nobody asked for it. */
  private static boolean showsValue(String entry) {
    List<Statement> items = Parser.parse(Source.of("", entry)).items();
    return items.get(items.size() - 1) instanceof Statement.ExpressionStatement;
  }

  private void command(String text) throws IOException {
    int space = text.indexOf(' ');
    String name = space < 0 ? text : text.substring(0, space);
    String rest = space < 0 ? "" : text.substring(space).strip();
    switch (name) {
      case ":type" -> out.println(session.eval(rest).type());
      case ":vars" -> session.variables().forEach(this::showVariable);
      case ":load" -> session.run(Path.of(rest));
      case ":help" -> help(rest);
      default -> out.println("unknown command " + name + "; try :help");
    }
  }

  private void showVariable(String name) {
    session.get(name).ifPresent(value -> out.println(name + ": " + value.type()));
  }

  private void help(String name) {
    if (name.isEmpty()) {
      out.println(
          """
          :help NAME  the parameters of a built-in function
          :type EXPR  evaluate and show the type
          :vars       the variables and their types
          :load FILE  run a program in this session
          :quit       leave (also Ctrl-D)
          An entry with an open bracket goes on in the next line. Tab completes names.""");
      return;
    }
    Builtin builtin = Registry.function(name);
    out.println(builtin == null ? "no built-in '" + name + "'" : builtin.signature().toString());
  }

  /** Names that begin with a prefix: commands, keywords, variables, functions, built-ins. */
  List<String> complete(String prefix) {
    TreeSet<String> names = new TreeSet<>(KEYWORDS);
    names.addAll(COMMANDS);
    names.addAll(session.variables());
    names.addAll(session.functions());
    names.addAll(Registry.names());
    List<String> matching = new ArrayList<>(names);
    matching.removeIf(name -> !name.startsWith(prefix) || name.contains("::"));
    return matching;
  }

  /** Whether an entry ends in the middle of something, so that another line is wanted. */
  static boolean isIncomplete(String entry) {
    if (entry.stripLeading().startsWith(":")) {
      return false;
    }
    try {
      Parser.parse(Source.of("", entry));
      return false;
    } catch (TensorLogicException e) {
      return e.diagnostics().stream()
          .anyMatch(
              d ->
                  d.code() == DiagnosticCode.UNCLOSED_BRACKET
                      || d.code() == DiagnosticCode.UNTERMINATED_COMMENT
                      || d.message().endsWith("(found end of file)"));
    }
  }
}
