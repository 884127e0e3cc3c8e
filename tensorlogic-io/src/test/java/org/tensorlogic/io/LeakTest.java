package org.tensorlogic.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.DType;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;

/** Closing gives back handles and mappings, as the operating system sees them. */
@EnabledOnOs(OS.LINUX)
class LeakTest {
  @TempDir Path directory;

  private long handles() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(this::isOurs).count();
    }
  }

  private boolean isOurs(Path handle) {
    try {
      return Files.readSymbolicLink(handle).startsWith(directory.toRealPath());
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  private long mappings() throws IOException {
    String ours = directory.toRealPath().toString();
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(line -> line.contains(ours)).count();
    }
  }

  @Test
  void closingLeavesNoHandleAndNoMapping() throws IOException {
    Path[] files = {directory.resolve("m.safetensors"), directory.resolve("m.gguf")};
    for (Path file : files) {
      Models.saveModel(Map.of("a", Tensor.of(1, 2), "b", Tensor.as(DType.F32).of(3)), file);
    }
    try (Model model = Models.loadModel(files[0])) {
      assertThat(model.getTensor("a").get(1)).isEqualTo(2);
      assertThat(mappings()).isPositive();
    }
    for (int i = 0; i < 10_000; i++) {
      try (Model model = Models.loadModel(files[i % 2])) {
        model.getTensor(i % 3 == 0 ? "b" : "a");
      }
    }
    assertThat(mappings()).isZero();
    assertThat(handles()).isZero();
  }

  @Test
  void refusingAFileLeavesNoHandleAndNoMapping() throws IOException {
    Path file = Files.write(directory.resolve("bad.safetensors"), new byte[64]);
    Files.write(directory.resolve("bad.gguf"), new byte[] {'G', 'G', 'U', 'F', 9, 0, 0, 0});
    for (int i = 0; i < 200; i++) {
      for (String name : new String[] {"bad.safetensors", "bad.gguf"}) {
        try (Model model = Models.loadModel(file.resolveSibling(name))) {
          throw new AssertionError(model);
        } catch (IOException expected) {
          assertThat(expected).hasMessageContaining(name);
        }
      }
    }
    assertThat(mappings()).isZero();
    assertThat(handles()).isZero();
  }
}
