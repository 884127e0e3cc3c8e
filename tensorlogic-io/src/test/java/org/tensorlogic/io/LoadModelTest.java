package org.tensorlogic.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;

/** Whatever is at a path, the message says what it is. */
class LoadModelTest {
  @TempDir Path directory;

  private String refusal(String name, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    return refusal(file);
  }

  private static String refusal(Path path) {
    try (Model model = Models.loadModel(path)) {
      throw new AssertionError("opened " + model);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private byte[] good() throws IOException {
    Path file = directory.resolve("good.safetensors");
    Models.saveModel(Map.of("a", Tensor.of(1, 2, 3)), file);
    return Files.readAllBytes(file);
  }

  @Test
  void everyMistakeHasItsOwnMessage() throws IOException {
    byte[] good = good();
    List<String> messages =
        List.of(
            refusal(directory.resolve("gone.safetensors")),
            refusal(Files.createDirectory(directory.resolve("folder"))),
            refusal("empty.safetensors", new byte[0]),
            refusal("short.safetensors", Arrays.copyOf(good, good.length - 1)),
            refusal("text.safetensors", "hello\n".getBytes(UTF_8)),
            refusal("model.gguf", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}),
            refusal("model.bin", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}));
    assertThat(messages.get(0))
        .contains("gone.safetensors")
        .contains("there is no such model file");
    assertThat(messages.get(1)).contains("the directory holds no model");
    assertThat(messages.get(2)).contains("the file is empty");
    assertThat(messages.get(3)).contains("cut short");
    assertThat(messages.get(4)).contains("the file is text").contains("\"hello\"");
    assertThat(messages.get(5)).contains("begins with \"GGUF\"");
    assertThat(messages.get(6)).contains("of no known model format").contains("safetensors");
    Set<String> reasons = new HashSet<>();
    messages.forEach(message -> reasons.add(message.substring(message.indexOf(':'))));
    assertThat(reasons).hasSize(7);
  }

  @Test
  void aMissingFileIsItsOwnException() {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> Models.loadModel(directory.resolve("gone.gguf")));
  }

  @Test
  void aLinkThatLeadsNowhereIsAMissingFile() throws IOException {
    Path link = directory.resolve("link.gguf");
    Files.createSymbolicLink(link, Path.of("nowhere.gguf"));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> Models.loadModel(link))
        .withMessageContaining("link.gguf: the link leads to no file: nowhere.gguf");
  }

  @Test
  void linksInACircleAreAnError() throws IOException {
    Path link = directory.resolve("link.gguf");
    Files.createSymbolicLink(link, Path.of("link.gguf"));
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> Models.loadModel(link))
        .withMessageContaining("link.gguf");
  }

  @ParameterizedTest
  @ValueSource(strings = {"good.bin", "good.gguf", "good", "good.mlmodel", "good.safetensors.bak"})
  void contentCountsBeforeTheExtension(String name) throws IOException {
    Path file = Files.write(directory.resolve(name), good());
    try (Model model = Models.loadModel(file)) {
      assertThat(model.format()).isEqualTo("safetensors");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "version https://git-lfs.github.com/spec/v1, run git lfs pull",
    "<!DOCTYPE html><title>404</title>, the file is text",
    "'PK\003\004', zip archive",
    "\200\002}q, pickle"
  })
  void saysWhatElseItIs(String content, String message) throws IOException {
    byte[] bytes = content.getBytes(ISO_8859_1);
    assertThat(refusal("model.safetensors", bytes)).contains(message);
    assertThat(refusal("model.bin", bytes)).contains(message);
  }

  @Test
  void textInAnyScriptIsText() throws IOException {
    String text = "日本語のテキスト。".repeat(500); // cut inside a character
    byte[] bytes = text.getBytes(UTF_8);
    assertThat(refusal("model.gguf", bytes)).contains("the file is text");
  }

  @Test
  void keepsFileOffsetAndReason() throws IOException {
    Path file =
        Files.write(directory.resolve("m.gguf"), new byte[] {'G', 'G', 'U', 'F', 9, 0, 0, 0});
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> Models.loadModel(file))
        .satisfies(e -> assertThat(e.file()).isEqualTo(file))
        .satisfies(e -> assertThat(e.offset()).isEqualTo(4))
        .satisfies(e -> assertThat(e.reason()).isEqualTo("versions 1 to 3 are supported, got 9"));
  }

  @Test
  void savingAsksForAKnownExtension() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Models.saveModel(Map.of(), directory.resolve("m.bin")))
        .withMessageContaining(".gguf")
        .withMessageContaining(".safetensors");
  }
}
