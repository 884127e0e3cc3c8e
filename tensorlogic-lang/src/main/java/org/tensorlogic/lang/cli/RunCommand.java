package org.tensorlogic.lang.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.tensorlogic.lang.TensorLogic;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tl run}: runs a program file. */
@Command(name = "run", description = "Run a program.", mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private final SessionOptions options = new SessionOptions();

  @Parameters(paramLabel = "FILE", description = "The program, a .tl file.")
  private Path file;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    TensorLogic session = options.session(out, err);
    return BigStack.call(
        () -> {
          session.run(file);
          return 0;
        });
  }
}
