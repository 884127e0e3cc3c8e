package org.tensorlogic.lang.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The {@code tl} command line. Exit codes: 0 success, 1 the work failed, 2 the command was not
 * understood. Errors go to standard error; a stack trace only with {@code --debug}.
 */
@Command(
    name = "tl",
    description = "Load models, inspect them, and run TensorLogic programs.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      EvalCommand.class,
      TestCommand.class,
      ReplCommand.class,
      FmtCommand.class,
      InspectCommand.class,
      ConvertCommand.class,
      InfoCommand.class
    })
public final class Main {
  @Option(
      names = "--debug",
      description = "Show the stack trace of an error.",
      scope = ScopeType.INHERIT)
  private boolean debug;

  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, UTF_8);
    System.exit(run(out, err, args));
  }

  /** Runs one command with its output sent to the given writers; returns its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Main main = new Main();
    CommandLine tl = new CommandLine(main).setOut(out).setErr(err);
    tl.setExecutionExceptionHandler(new ErrorReport(main));
    int code = tl.execute(args);
    out.flush();
    return code;
  }

  boolean debug() {
    return debug;
  }
}
