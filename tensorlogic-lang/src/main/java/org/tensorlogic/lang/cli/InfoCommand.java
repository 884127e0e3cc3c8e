package org.tensorlogic.lang.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.tensorlogic.BackendInfo;
import org.tensorlogic.Backends;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tl info}: the versions, the backends, and which one computes and why. */
@Command(
    name = "info",
    description = "Show the versions and the backends, and which is used and why.",
    mixinStandardHelpOptions = true)
final class InfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("TensorLogic " + Versions.library());
    out.println(Versions.platform());
    out.println();
    Table table = new Table("backend", ">rank", "", "");
    for (BackendInfo info : Backends.info()) {
      String state = info.isDefault() ? "used" : info.available() ? "available" : "unavailable";
      table.row(info.name(), Integer.toString(info.rank()), state, info.detail());
    }
    table.print(out);
    out.println();
    out.println(reason());
    return 0;
  }

  private static String reason() {
    String wanted = System.getProperty("tensorlogic.backend");
    return wanted == null
        ? "The available backend of the highest rank is used."
        : "The system property tensorlogic.backend asks for '" + wanted + "'.";
  }
}
