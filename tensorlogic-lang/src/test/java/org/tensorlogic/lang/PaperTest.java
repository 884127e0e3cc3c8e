package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;

/**
 * The programs of Domingos, "Tensor Logic: The Language of AI", against NumPy and PyTorch: {@code
 * paper/NAME.tl} with the inputs and results that generate_paper.py wrote to {@code NAME.values}.
 */
class PaperTest {
  private static final Path PROGRAMS = Path.of("src/test/resources/paper");
  private static final float TOLERANCE = 2e-4f;

  @TestFactory
  Stream<DynamicTest> computesWhatNumPyDoes() throws IOException {
    List<Path> programs;
    try (Stream<Path> files = Files.list(PROGRAMS)) {
      programs = files.filter(f -> f.toString().endsWith(".tl")).sorted().toList();
    }
    return programs.stream().flatMap(PaperTest::onEveryBackend);
  }

  private static Stream<DynamicTest> onEveryBackend(Path program) {
    return Stream.of(Backends.named("reference"), Backends.best())
        .distinct()
        .map(
            backend ->
                DynamicTest.dynamicTest(
                    program.getFileName() + " on " + backend, () -> check(program, backend)));
  }

  private static void check(Path program, Backend backend) throws IOException {
    TensorLogic session =
        TensorLogic.builder().backend(backend).output(new StringBuilder()).build();
    List<Values> all =
        Files.readAllLines(Path.of(program.toString().replace(".tl", ".values"))).stream()
            .map(Values::new)
            .toList();
    all.stream()
        .filter(Values::isGiven)
        .forEach(values -> session.set(values.name(), values.bound(backend)));
    session.run(program);
    for (Values values : all) {
      if (!values.isGiven()) {
        Tensor actual = session.get(values.name()).orElseThrow().asTensor();
        assertThat(actual.size()).as(values.name()).isEqualTo(values.numbers().length);
        assertThat(actual.toFloatArray())
            .as(values.name())
            .containsExactly(values.numbers(), offset(TOLERANCE * values.largest()));
      }
    }
  }

  /** A line of a file: {@code given floats X 2x3 0.5 …}. */
  private static final class Values {
    private final String[] parts;

    Values(String line) {
      parts = line.split(" ");
    }

    boolean isGiven() {
      return parts[0].equals("given");
    }

    String name() {
      return parts[2];
    }

    float[] numbers() {
      float[] numbers = new float[parts.length - 4];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = Float.parseFloat(parts[i + 4]);
      }
      return numbers;
    }

    /** Integers as an array, others as a tensor. */
    Object bound(Backend backend) {
      if (parts[1].equals("ints")) {
        return Arrays.stream(parts).skip(4).mapToInt(Integer::parseInt).toArray();
      }
      long[] shape = Arrays.stream(parts[3].split("x")).mapToLong(Long::parseLong).toArray();
      return Tensor.on(backend, DType.F32).of(numbers(), shape);
    }

    float largest() {
      float largest = 1;
      for (float number : numbers()) {
        largest = Math.max(largest, Math.abs(number));
      }
      return largest;
    }
  }
}
