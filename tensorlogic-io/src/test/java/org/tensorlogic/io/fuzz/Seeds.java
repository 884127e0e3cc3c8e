package org.tensorlogic.io.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.tensorlogic.io.coreml.CoreMlSeeds;
import org.tensorlogic.io.gguf.GgufSeeds;
import org.tensorlogic.io.safetensors.SafeTensorsSeeds;

/** Small good files of every kind, from which fuzzing and mutation start. */
final class Seeds {
  private static final Map<String, String> TARGETS =
      Map.of(
          "SafeTensors", ".safetensors",
          "Gguf", ".gguf",
          "ShardIndex", ".safetensors.index.json",
          "CoreMl", ".mlmodel",
          "CoreMlProgram", ".mil",
          "CoreMlWeights", ".weights");
  private static final Path EXAMPLES = Path.of("..", "examples", "digits");
  private static final Path FIXTURES = Path.of("src", "test", "resources");
  private static final long LARGEST = 100_000;

  private Seeds() {}

  /** Files by the ending of their names. */
  static Map<String, List<byte[]>> all() throws IOException {
    Map<String, List<byte[]>> seeds = new LinkedHashMap<>();
    seeds.put(".safetensors", new ArrayList<>(SafeTensorsSeeds.all()));
    seeds.put(".gguf", new ArrayList<>(GgufSeeds.all()));
    seeds.put(
        ".safetensors.index.json",
        new ArrayList<>(
            List.of(
                "{\"metadata\":{\"total_size\":4},\"weight_map\":{\"t\":\"shard.safetensors\"}}"
                    .getBytes(UTF_8))));
    seeds.put(".mlmodel", new ArrayList<>(CoreMlSeeds.specifications()));
    seeds.put(".mil", new ArrayList<>(CoreMlSeeds.programs()));
    byte[] weights = Files.readAllBytes(CoreMlSeeds.weights(CoreMlSeeds.pack()));
    seeds.put(".weights", new ArrayList<>(List.of(weights)));
    for (Path folder : List.of(EXAMPLES, FIXTURES)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(Seeds::standsAlone).sorted().toList()) {
          for (Map.Entry<String, List<byte[]>> kind : seeds.entrySet()) {
            if (file.toString().endsWith(kind.getKey()) && Files.size(file) < LARGEST) {
              kind.getValue().add(Files.readAllBytes(file));
            }
          }
        }
      }
    }
    return seeds;
  }

  /** Whether a file is a model without others. */
  private static boolean standsAlone(Path file) {
    return Files.isRegularFile(file) && !file.toString().contains(".mlpackage");
  }

  /** Writes them below a folder, one folder for each target of the fuzzer. */
  public static void main(String[] args) throws IOException {
    Map<String, List<byte[]>> seeds = all();
    for (Map.Entry<String, String> target : TARGETS.entrySet()) {
      Path folder = Files.createDirectories(Path.of(args[0], target.getKey()));
      int number = 0;
      for (byte[] seed : seeds.getOrDefault(target.getValue(), List.of())) {
        Files.write(folder.resolve("seed" + number++), seed);
      }
    }
  }
}
