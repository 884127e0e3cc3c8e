package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The text of error messages. A file under {@code diagnostics} holds cases: a program, a line of
 * dashes, the message, a line of equals signs. With {@code UPDATE_EXPECTED} in the environment they
 * are written anew.
 */
class DiagnosticsTest {
  private static final Path DIAGNOSTICS = Path.of("src/test/resources/diagnostics");
  private static final String MESSAGE = "----------\n";
  private static final String NEXT = "==========\n";

  @TestFactory
  Stream<DynamicTest> explainsMistakes() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> files = Files.list(DIAGNOSTICS)) {
      for (Path file : files.sorted().toList()) {
        tests.addAll(tests(file));
      }
    }
    return tests.stream();
  }

  private static List<DynamicTest> tests(Path file) throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    StringBuilder updated = new StringBuilder();
    for (String text : Files.readString(file).split(NEXT)) {
      String[] parts = text.split(MESSAGE, -1);
      String program = parts[0];
      String expected = parts.length > 1 ? parts[1] : "";
      String message = message(program);
      updated.append(program).append(MESSAGE).append(message).append(NEXT);
      String name = file.getFileName() + ": " + program.strip().replace('\n', ' ');
      tests.add(DynamicTest.dynamicTest(name, () -> assertThat(message).isEqualTo(expected)));
    }
    if (System.getenv("UPDATE_EXPECTED") != null) {
      Files.writeString(file, updated.toString());
    }
    return tests;
  }

  private static String message(String program) {
    StringBuilder out = new StringBuilder();
    TensorLogic session =
        TensorLogic.builder()
            .output(new StringBuilder())
            .warnings(w -> out.append(w.render()).append('\n'))
            .limits(Limits.none().steps(100_000).outputCharacters(1000))
            .build();
    try {
      session.eval(Source.of("main.tl", program));
    } catch (TensorLogicException e) {
      out.append(e.getMessage()).append('\n');
    }
    return out.toString();
  }
}
