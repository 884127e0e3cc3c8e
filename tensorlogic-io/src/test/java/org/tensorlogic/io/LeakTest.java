package org.tensorlogic.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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

  /** A model of the kind in the directory. */
  private Path model(String kind) throws IOException {
    Path path = directory.resolve("model." + kind);
    switch (kind) {
      case "safetensors", "gguf" ->
          Models.saveModel(Map.of("a", Tensor.of(1, 2), "b", Tensor.as(DType.F32).of(3)), path);
      case "mlmodel" -> copy("network-f16.mlmodel", path);
      case "mlpackage" -> copy("joint-ios18.mlpackage", path);
      case "mlmodelc" -> {
        Files.createDirectories(path);
        copy("plain-ios15.mlpackage/Data/com.apple.CoreML/weights", path.resolve("weights"));
        Files.writeString(
            path.resolve("model.mil"),
            """
            program(1.0) { func main<ios18>() {
              tensor<fp16, [16, 16, 1, 1]> a = const()[val = tensor<fp16, [16, 16, 1, 1]>(BLOBFILE(
                path = string("@model_path/weights/weight.bin"), offset = uint64(64)))];
              tensor<fp32, [2]> b = const()[val = tensor<fp32, [2]>([1, 2])]; } -> (a); }
            """);
      }
      default -> {
        Files.createDirectories(path);
        for (String name : List.of("a", "b")) {
          Models.saveModel(Map.of(name, Tensor.of(1, 2)), path.resolve(name + ".safetensors"));
        }
        Files.writeString(
            path.resolve("model.safetensors.index.json"),
            "{\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"b.safetensors\"}}");
      }
    }
    return path;
  }

  private static void copy(String fixture, Path to) throws IOException {
    Path from = Path.of("src/test/resources/org/tensorlogic/io/coreml", fixture);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"safetensors", "shards", "gguf", "mlmodel", "mlpackage", "mlmodelc"})
  void closingLeavesNoHandleAndNoMapping(String kind) throws IOException {
    Path path = model(kind);
    try (Model model = Models.loadModel(path)) {
      assertThat(model.getTensor(model.names().get(0)).size()).isPositive();
      assertThat(mappings()).isPositive();
      assertThat(handles()).isPositive();
    }
    for (int i = 0; i < 10_000; i++) {
      try (Model model = Models.loadModel(path)) {
        model.getTensor(model.names().get(i % model.names().size()));
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
