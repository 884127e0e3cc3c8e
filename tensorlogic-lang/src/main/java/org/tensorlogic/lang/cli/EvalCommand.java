package org.tensorlogic.lang.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.tensorlogic.lang.TensorLogic;
import org.tensorlogic.lang.Value;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tl eval}: evaluates a text and prints its value. */
@Command(
    name = "eval",
    description = "Evaluate statements or an expression, and print the value.",
    mixinStandardHelpOptions = true)
final class EvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private final SessionOptions options = new SessionOptions();

  @Parameters(paramLabel = "TEXT", description = "The program text, such as '1 + 2'.")
  private String text;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    TensorLogic session = options.session(out, spec.commandLine().getErr());
    return BigStack.call(
        () -> {
          Value value = session.eval(text);
          if (!value.isVoid()) {
            out.println(value);
          }
          return 0;
        });
  }
}
