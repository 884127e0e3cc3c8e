package org.tensorlogic.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Encoding;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;

/** The models of the digits example, written by the safetensors and gguf packages. */
class DigitsTest {
  private static final Path DIGITS = Path.of("..", "examples", "digits");

  @Test
  void readsWhatTheSafetensorsPackageWrote() throws IOException {
    try (Model model = Models.loadModel(DIGITS.resolve("model.safetensors"))) {
      assertThat(model.names())
          .containsExactly("layer.0.bias", "layer.0.weight", "layer.1.bias", "layer.1.weight");
      assertThat(model.getTensor("layer.0.weight").shape().dims()).containsExactly(64, 96);
    }
  }

  @Test
  void readsWhatTheGgufPackageWrote() throws IOException {
    try (Model floats = Models.loadModel(DIGITS.resolve("model.safetensors"));
        Model halves = Models.loadModel(DIGITS.resolve("model-f16.gguf"));
        Model eights = Models.loadModel(DIGITS.resolve("model-q8_0.gguf"))) {
      Tensor expected = floats.getTensor("layer.0.weight");
      assertThat(halves.getTensor("layer.0.weight").isClose(expected, 0, 0)).isTrue();
      Tensor packed = eights.getTensor("layer.0.weight");
      assertThat(packed.encoding()).isEqualTo(Encoding.Q8_0);
      assertThat(packed.isClose(expected, 0, 0.01)).isTrue();
    }
  }

  @Test
  void savesWhatItLoaded(@TempDir Path directory) throws IOException {
    Path copy = directory.resolve("copy.safetensors");
    try (Model model = Models.loadModel(DIGITS.resolve("model-q8_0.gguf"))) {
      Models.saveModel(model, copy);
      try (Model again = Models.loadModel(copy)) {
        Tensor before = model.getTensor("layer.1.weight");
        Tensor after = again.getTensor("layer.1.weight");
        assertThat(after.encoding()).isEqualTo(Encoding.F16);
        assertThat(after.isClose(before, 0x1p-11, 0)).isTrue();
        assertThat(again.metadata().getString("general.name"))
            .isEqualTo(model.metadata().getString("general.name"));
      }
    }
  }
}
