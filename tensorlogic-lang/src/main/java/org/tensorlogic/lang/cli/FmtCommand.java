package org.tensorlogic.lang.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.tensorlogic.lang.Source;
import org.tensorlogic.lang.syntax.Formatter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tl fmt}: lays programs out. */
@Command(
    name = "fmt",
    description = "Format programs in place; '-' formats standard input to standard output.",
    mixinStandardHelpOptions = true)
final class FmtCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--check",
      description = "Change nothing; name the files that would change, exit code 1 if any.")
  private boolean check;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Programs, .tl files.")
  private List<Path> files;

  @Override
  public Integer call() throws IOException {
    int different = 0;
    for (Path file : files) {
      different += file.toString().equals("-") ? standardInput() : format(file);
    }
    return check && different > 0 ? 1 : 0;
  }

  private int format(Path file) throws IOException {
    String before = Files.readString(file);
    String after = Formatter.format(Source.of(file.toString(), before));
    if (after.equals(before)) {
      return 0;
    }
    if (!check) {
      Files.writeString(file, after);
    }
    spec.commandLine().getOut().println(file);
    return 1;
  }

  private int standardInput() throws IOException {
    String before = new String(System.in.readAllBytes(), UTF_8);
    String after = Formatter.format(Source.of("<input>", before));
    if (!check) {
      spec.commandLine().getOut().print(after);
    }
    return after.equals(before) ? 0 : 1;
  }
}
