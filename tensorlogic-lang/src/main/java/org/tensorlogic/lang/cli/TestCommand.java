package org.tensorlogic.lang.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.tensorlogic.lang.TensorLogicException;
import org.tensorlogic.lang.TestResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tl test}: runs the test and bench blocks of program files. */
@Command(
    name = "test",
    description = "Run the test and bench blocks of programs; exit code 1 if one fails.",
    mixinStandardHelpOptions = true)
final class TestCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private final SessionOptions options = new SessionOptions();

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Programs, .tl files.")
  private List<Path> files;

  @Override
  public Integer call() throws Exception {
    return BigStack.call(this::runAll);
  }

  private int runAll() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    int passed = 0;
    int failed = 0;
    for (Path file : files) {
      for (TestResult result : options.session(out, spec.commandLine().getErr()).test(file)) {
        print(file, result);
        passed += result.passed() ? 1 : 0;
        failed += result.passed() ? 0 : 1;
      }
    }
    out.println(passed + " passed, " + failed + " failed");
    return failed == 0 ? 0 : 1;
  }

  private void print(Path file, TestResult result) {
    PrintWriter out = spec.commandLine().getOut();
    String word = result.timed() ? "bench" : "test";
    String time = result.timed() ? " (" + milliseconds(result) + " ms)" : "";
    String verdict = result.passed() ? "ok" : "FAILED";
    out.println(word + " " + file + " " + result.name() + " ... " + verdict + time);
    TensorLogicException failure = result.failure();
    if (failure != null) {
      out.println(failure.getMessage());
      out.println();
    }
  }

  private static String milliseconds(TestResult result) {
    return String.format(Locale.ROOT, "%.3f", result.elapsed().toNanos() / 1e6);
  }
}
