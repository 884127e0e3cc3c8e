package org.tensorlogic.io.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Good files changed at random, the same way in each run. Whatever comes of it, only documented
 * exceptions pass, in bounded time and memory. ({@code .ci/fuzz} searches further.)
 */
class MutationTest {
  private static final int ROUNDS = 4000;

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".safetensors",
        ".gguf",
        ".safetensors.index.json",
        ".mlmodel",
        ".mil",
        ".weights"
      })
  void theSeedsAreGood(String kind) throws IOException {
    FuzzFile file = FuzzFile.of(kind);
    List<byte[]> seeds = Seeds.all().getOrDefault(kind, List.of());
    assertThat(seeds.stream().map(file::open)).isNotEmpty().containsOnly(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".safetensors",
        ".gguf",
        ".safetensors.index.json",
        ".mlmodel",
        ".mil",
        ".weights"
      })
  void changedFilesAreReadOrRefused(String kind) throws IOException {
    List<byte[]> seeds = Seeds.all().getOrDefault(kind, List.of());
    FuzzFile file = FuzzFile.of(kind);
    Mutator mutator = new Mutator(kind.hashCode());
    int good = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = mutator.mutate(seeds.get(round % seeds.size()));
      try {
        good += file.open(bytes) ? 1 : 0;
      } catch (RuntimeException | Error e) {
        String shown = HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 2048));
        fail(kind + ", round " + round + ": " + shown, e);
      }
    }
    assertThat(good).isLessThan(ROUNDS);
  }
}
