package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.tensorlogic.Backends;
import org.tensorlogic.backend.Backend;

/**
 * Runs every {@code .tl} under {@code programs} and compares what it prints, errors included, with
 * the {@code .expected} beside it. With {@code UPDATE_EXPECTED} in the environment they are written
 * anew.
 */
class ProgramsTest {
  private static final Path PROGRAMS = Path.of("src/test/resources/programs");

  @TestFactory
  Stream<DynamicTest> printsWhatIsExpected() throws IOException {
    List<Path> programs;
    try (Stream<Path> files = Files.walk(PROGRAMS)) {
      programs = files.filter(f -> f.toString().endsWith(".tl")).sorted().toList();
    }
    return programs.stream()
        .filter(f -> !f.getFileName().toString().startsWith("_"))
        .map(f -> DynamicTest.dynamicTest(PROGRAMS.relativize(f).toString(), () -> check(f)));
  }

  private static void check(Path program) throws IOException {
    Path expected = Path.of(program.toString().replaceAll("\\.tl$", ".expected"));
    String printed = print(program);
    if (System.getenv("UPDATE_EXPECTED") != null) {
      Files.writeString(expected, printed);
    }
    assertThat(printed).isEqualTo(Files.readString(expected));
  }

  private static String print(Path program) throws IOException {
    Backend plain = Backends.named("reference");
    StringBuilder out = new StringBuilder();
    TensorLogic session =
        TensorLogic.builder()
            .backend(plain)
            .output(out)
            .warnings(w -> out.append(w.render()).append('\n'))
            .policy(Policy.open())
            .build();
    try {
      session.eval("seed(42)");
      session.run(program);
    } catch (TensorLogicException e) {
      String name = program.getFileName().toString();
      String folder = Path.of("").toAbsolutePath() + program.getFileSystem().getSeparator();
      out.append(e.getMessage().replace(folder, "").replace(program.toString(), name)).append('\n');
    }
    return out.toString();
  }
}
