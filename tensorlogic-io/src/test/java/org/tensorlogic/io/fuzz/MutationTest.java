package org.tensorlogic.io.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Good files changed at random, the same way in each run. Whatever comes of it, only documented
 * exceptions pass, in bounded time and memory. ({@code .ci/fuzz} searches further.)
 */
class MutationTest {
  private static final int ROUNDS = 4000;
  private static final int STRUCTURED_ROUNDS = 1000;

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

  private static Stream<String> structured() {
    return Structured.kinds().stream();
  }

  @ParameterizedTest
  @MethodSource("structured")
  void filesCanBeTakenApart(String kind) {
    Structured structured = Structured.of(kind);
    FuzzFile file = FuzzFile.of(kind);
    assertThat(structured.seeds().stream().map(structured::unchanged).map(file::open))
        .isNotEmpty()
        .containsOnly(true);
  }

  @ParameterizedTest
  @MethodSource("structured")
  void filesOfChangedPartsAreReadOrRefused(String kind) {
    Structured structured = Structured.of(kind);
    FuzzFile file = FuzzFile.of(kind);
    SplittableRandom random = new SplittableRandom(kind.hashCode());
    int good = 0;
    for (int round = 0; round < STRUCTURED_ROUNDS; round++) {
      byte[] choices = new byte[1 + random.nextInt(40)];
      random.nextBytes(choices);
      byte[] bytes = structured.edited(new Choices(choices));
      try {
        good += file.open(bytes) ? 1 : 0;
      } catch (RuntimeException | Error e) {
        String shown = HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 2048));
        fail(kind + ", round " + round + ": " + shown, e);
      }
    }
    assertThat(good).isBetween(1, STRUCTURED_ROUNDS - 1);
  }
}
