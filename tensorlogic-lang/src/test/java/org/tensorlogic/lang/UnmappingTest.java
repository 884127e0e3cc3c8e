package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.Backends;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.Models;

/** Closing gives back what the native backend mapped, as the operating system sees it. */
@EnabledOnOs(OS.LINUX)
class UnmappingTest {
  private static final Path DIGITS = Path.of("..", "examples", "digits");
  private static final Path CORE_ML =
      Path.of(
          "..", "tensorlogic-io", "src", "test", "resources", "org", "tensorlogic", "io", "coreml");

  private static long mappings(Path path) throws IOException {
    String ours = path.toRealPath().toString();
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(line -> line.contains(ours)).count();
    }
  }

  private static long handles(Path path) throws IOException {
    Path ours = path.toRealPath();
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(handle -> leadsInto(handle, ours)).count();
    }
  }

  private static boolean leadsInto(Path handle, Path path) {
    try {
      return Files.readSymbolicLink(handle).startsWith(path);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "model-q4_0.gguf", "joint-ios18.mlpackage"})
  void closingLeavesNoHandleAndNoMapping(String name) throws IOException {
    Path path = (name.endsWith("mlpackage") ? CORE_ML : DIGITS).resolve(name);
    LoadOptions options = LoadOptions.defaults().backend(Backends.named("cpu"));
    try (Model model = Models.loadModel(path, options)) {
      assertThat(model.tensors()).isNotEmpty();
      assertThat(mappings(path)).isPositive();
      assertThat(handles(path)).isPositive();
    }
    for (int i = 0; i < 10_000; i++) {
      try (Model model = Models.loadModel(path, options)) {
        model.getTensor(model.names().get(i % model.names().size()));
      }
    }
    assertThat(mappings(path)).isZero();
    assertThat(handles(path)).isZero();
  }
}
