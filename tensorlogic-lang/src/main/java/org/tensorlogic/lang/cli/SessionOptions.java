package org.tensorlogic.lang.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.InputStreamReader;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Backends;
import org.tensorlogic.lang.Policy;
import org.tensorlogic.lang.TensorLogic;
import picocli.CommandLine.Option;

/** The options of the commands that run programs. */
final class SessionOptions {
  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "Where to compute; 'tl info' lists the names. Default: the best available.")
  private @Nullable String backend;

  @Option(names = "--no-warnings", description = "Do not show warnings.")
  private boolean quiet;

  /** A session that may do what this process may; warnings go to {@code err}. */
  TensorLogic session(PrintWriter out, PrintWriter err) {
    TensorLogic.Builder builder =
        TensorLogic.builder()
            .policy(Policy.open())
            .output(new Unbuffered(out))
            .input(new InputStreamReader(System.in, UTF_8));
    if (backend != null) {
      builder.backend(Backends.named(backend));
    }
    if (!quiet) {
      builder.warnings(warning -> err.println(warning.render()));
    }
    return builder.build();
  }
}
