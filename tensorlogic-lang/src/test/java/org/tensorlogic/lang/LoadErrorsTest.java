package org.tensorlogic.lang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.Models;

/** What is not a model says so, and each kind of mistake in its own words. */
class LoadErrorsTest {
  private static final Path DIGITS = Path.of("..", "examples", "digits");
  private static final byte[] TEXT = "Dear reader, no model.\n".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  private String refusal(String name, byte[] content) throws IOException {
    Path file = Files.write(folder.resolve(name), content);
    MalformedModelException refused =
        catchThrowableOfType(MalformedModelException.class, () -> Models.loadModel(file));
    String message = String.valueOf(refused.getMessage());
    assertThat(message).contains(name);
    return message.replace(file.toString(), "").replaceAll(" at byte \\d+", "");
  }

  private static byte[] start(String name, int length) throws IOException {
    return Arrays.copyOf(Files.readAllBytes(DIGITS.resolve(name)), length);
  }

  @Test
  void everyMistakeHasItsOwnMessage() throws IOException {
    List<String> messages =
        List.of(
            refusal("empty.safetensors", new byte[0]),
            refusal("unknown.bin", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}),
            refusal("cut.safetensors", start("model.safetensors", 5000)),
            refusal("cut.gguf", start("model-q4_0.gguf", 2000)),
            refusal("text.txt", TEXT));
    assertThat(messages).doesNotHaveDuplicates();
    assertThat(messages.get(0)).contains("the file is empty");
    assertThat(messages.get(1)).contains("no known model format", "gguf", "safetensors");
    assertThat(messages.get(2)).contains("cut short");
    assertThat(messages.get(3)).contains("cut short");
    assertThat(messages.get(4)).contains("the file is text", "\"Dear reader, no model.\"");
  }

  @Test
  void aMissingFileIsNoSuchFile() {
    assertThatThrownBy(() -> Models.loadModel(folder.resolve("missing.gguf")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("missing.gguf");
  }

  @Test
  void aDirectoryWithoutAModelIsNamed() {
    assertThatThrownBy(() -> Models.loadModel(folder))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("the directory holds no model");
  }

  @Test
  void theContentDecidesNotTheExtension() throws IOException {
    Path renamed = folder.resolve("renamed.gguf");
    Files.copy(DIGITS.resolve("model.safetensors"), renamed);
    try (Model model = Models.loadModel(renamed)) {
      assertThat(model.format()).isEqualTo("safetensors");
      assertThat(model.getTensor("layer.1.bias").shape().dims()).containsExactly(10);
    }
  }

  @Test
  void oneUnreadableTensorDoesNotStopTheOthers() throws IOException {
    String header =
        "{\"ids\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"x\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[8,12]}}";
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    byte[] content = new byte[8 + json.length + 12];
    content[0] = (byte) json.length;
    System.arraycopy(json, 0, content, 8, json.length);
    content[content.length - 3] = 0x3C; // 1.0 as a half
    Path file = Files.write(folder.resolve("mixed.safetensors"), content);
    try (Model model = Models.loadModel(file)) {
      assertThat(new HashSet<>(model.names())).isEqualTo(Set.of("ids", "x"));
      assertThat(model.info("ids").storedType()).isEqualTo("I64");
      assertThatThrownBy(() -> model.getTensor("ids"))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("I64");
      assertThat(model.getTensor("x").toFloatArray()).containsExactly(1, 0);
    }
  }
}
