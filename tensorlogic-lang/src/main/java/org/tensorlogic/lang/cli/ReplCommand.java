package org.tensorlogic.lang.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.tensorlogic.lang.TensorLogic;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tl repl}: an interactive session with history, completion and entries of many lines. */
@Command(
    name = "repl",
    description = "Start an interactive session.",
    mixinStandardHelpOptions = true)
final class ReplCommand implements Callable<Integer> {
  private static final Path HISTORY = Path.of(System.getProperty("user.home"), ".tl_history");

  @Spec private CommandSpec spec;
  @Mixin private final SessionOptions options = new SessionOptions();

  @Override
  public Integer call() throws Exception {
    try (Terminal terminal = TerminalBuilder.builder().dumb(true).build()) {
      TensorLogic session = options.session(terminal.writer(), spec.commandLine().getErr());
      return BigStack.call(() -> converse(terminal, session, HISTORY));
    }
  }

  /** Answers entries until there are no more. Ctrl-C ends what runs; the session goes on. */
  static int converse(Terminal terminal, TensorLogic session, Path history) {
    PrintWriter out = terminal.writer();
    Repl repl = new Repl(session, out);
    LineReader reader = reader(terminal, repl, history);
    terminal.handle(Terminal.Signal.INT, signal -> session.cancel());
    out.println("TensorLogic " + Versions.library() + "; :help lists the commands");
    while (true) {
      String entry;
      try {
        entry = reader.readLine("tl> ");
      } catch (UserInterruptException e) {
        continue; // Ctrl-C drops the entry
      } catch (EndOfFileException e) {
        return 0;
      }
      if (!repl.handle(entry)) {
        return 0;
      }
    }
  }

  private static LineReader reader(Terminal terminal, Repl repl, Path history) {
    return LineReaderBuilder.builder()
        .terminal(terminal)
        .parser(new EntryParser())
        .completer(completer(repl))
        .variable(LineReader.HISTORY_FILE, history)
        .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ")
        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
        .build();
  }

  private static Completer completer(Repl repl) {
    return (reader, line, candidates) -> addCandidates(repl, line, candidates);
  }

  private static void addCandidates(Repl repl, ParsedLine line, List<Candidate> candidates) {
    String word = line.word().substring(0, line.wordCursor());
    int start = word.length();
    while (start > 0 && isNamePart(word.charAt(start - 1))) {
      start--;
    }
    String before = word.substring(0, start);
    for (String name : repl.complete(word.substring(start))) {
      candidates.add(new Candidate(before + name, name, null, null, null, null, false));
    }
  }

  private static boolean isNamePart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == ':';
  }

  /** Asks for another line while the entry is not complete. */
  private static final class EntryParser extends DefaultParser {
    EntryParser() {
      setEscapeChars(null);
      setQuoteChars(new char[0]);
    }

    @Override
    public ParsedLine parse(String line, int cursor, Parser.ParseContext context) {
      if (context == Parser.ParseContext.ACCEPT_LINE && Repl.isIncomplete(line)) {
        throw new EOFError(-1, cursor, "incomplete");
      }
      return super.parse(line, cursor, context);
    }
  }
}
