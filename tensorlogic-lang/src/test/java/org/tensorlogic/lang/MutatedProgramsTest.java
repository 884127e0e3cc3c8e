package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorlogic.Backends;
import org.tensorlogic.lang.syntax.Formatter;

/**
 * Good programs, damaged at random: whatever comes of them ends within its limits and in a
 * documented way. With {@code FUZZ_SECONDS} in the environment they are others each time, for that
 * long.
 */
class MutatedProgramsTest {
  private static final @Nullable String SECONDS = System.getenv("FUZZ_SECONDS");
  private static final int RUNS = 1000;
  private static final String[] PIECES = {
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ";",
    ".",
    "..",
    "=",
    "+=",
    "<-",
    "->",
    "=>",
    "@",
    "**",
    "-",
    "!",
    "~",
    "?",
    "_",
    "let ",
    "fn ",
    "if ",
    "for ",
    "while ",
    "match ",
    "return ",
    "break",
    "learn ",
    "0",
    "-1",
    "1e308",
    "9223372036854775807",
    "\"",
    "'",
    "//",
    "/*",
    "\u0000",
    "é",
    "x",
    "true",
    " in ",
    " as int",
    "struct S { }",
    "[0; 999999999]",
    "zeros([99999, 99999])",
    "\n",
    "loop { }"
  };

  private static List<String> programs() throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src/test/resources/programs"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".tl")).sorted().toList()) {
        texts.add(Files.readString(file));
      }
    }
    return texts;
  }

  private static String mutate(String text, List<String> programs, SplittableRandom random) {
    StringBuilder mutated = new StringBuilder(text);
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(mutated.length() + 1);
      int end = Math.min(mutated.length(), at + random.nextInt(12));
      switch (random.nextInt(4)) {
        case 0 -> mutated.delete(at, end);
        case 1 -> mutated.insert(at, PIECES[random.nextInt(PIECES.length)]);
        case 2 -> mutated.replace(at, end, PIECES[random.nextInt(PIECES.length)]);
        default -> {
          String other = programs.get(random.nextInt(programs.size()));
          int from = random.nextInt(other.length());
          int to = Math.min(other.length(), from + random.nextInt(40));
          mutated.insert(at, other, from, to);
        }
      }
    }
    return mutated.toString();
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void endWithinTheirLimitsAndOnlyInDocumentedWays() throws IOException {
    if (SECONDS == null) {
      runSome(new SplittableRandom(20251124));
      return;
    }
    SplittableRandom random = new SplittableRandom();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(SECONDS));
    while (System.nanoTime() < end) {
      runSome(random);
    }
  }

  private static void runSome(SplittableRandom random) throws IOException {
    List<String> programs = programs();
    for (int i = 0; i < RUNS; i++) {
      run(mutate(programs.get(i % programs.size()), programs, random));
    }
  }

  private static void run(String program) {
    TensorLogic session =
        TensorLogic.builder()
            .backend(Backends.named("reference"))
            .output(new StringBuilder())
            .limits(
                Limits.strict()
                    .steps(20_000)
                    .loopIterations(5_000)
                    .outputCharacters(100_000)
                    .tensorBytes(4_000_000))
            .build();
    try {
      session.eval(program);
      Formatter.format(Source.of("mutated", program));
    } catch (TensorLogicException e) {
      assertThat(e.getMessage()).startsWith("error[E");
    } catch (RuntimeException | Error e) {
      throw new AssertionError("undocumented " + e + " from:\n" + program, e);
    }
  }
}
