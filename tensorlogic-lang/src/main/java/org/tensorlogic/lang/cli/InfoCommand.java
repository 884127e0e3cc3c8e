package org.tensorlogic.lang.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tl info}: the versions, the backends, and which one computes and why. */
@Command(
    name = "info",
    description = "Show the versions and the backends, and which is used and why.")
final class InfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("TensorLogic " + Versions.library());
    out.println(Versions.platform());
    return 0;
  }
}
