package org.tensorlogic.io.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;

class ShardIndexTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";
  private static final String GOOD = map("\"a\":\"" + FIRST + "\",\"b\":\"" + SECOND + "\"");

  @TempDir Path directory;

  private static String map(String entries) {
    return "{\"metadata\":{\"total_size\":4},\"weight_map\":{" + entries + "}}";
  }

  @BeforeEach
  void writeShards() throws IOException {
    Models.saveModel(Map.of("a", Tensor.of(1)), directory.resolve(FIRST));
    Models.saveModel(Map.of("b", Tensor.of(2)), directory.resolve(SECOND));
  }

  private Path index(String json) throws IOException {
    return Files.writeString(directory.resolve("model.safetensors.index.json"), json);
  }

  private void rejects(String json, String reason) {
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> Models.loadModel(index(json)).close())
        .withMessageContaining(reason);
  }

  @Test
  void opensTheIndexAndTheDirectory() throws IOException {
    for (Path path : List.of(index(GOOD), directory)) {
      try (Model model = Models.loadModel(path)) {
        assertThat(model.names()).containsExactly("a", "b");
        assertThat(model.getTensor("a").item()).isEqualTo(1);
        assertThat(model.getTensor("b").item()).isEqualTo(2);
        assertThat(model.metadata().getLong("total_size")).isEqualTo(4);
      }
    }
  }

  @Test
  void checksEveryFileBeforeItIsOpened() throws IOException {
    index(GOOD);
    Files.writeString(directory.resolve("config.json"), "{}");
    List<String> checked = new ArrayList<>();
    LoadOptions noting =
        LoadOptions.defaults().fileCheck(file -> checked.add(file.getFileName().toString()));
    Models.loadModel(directory, noting).close();
    assertThat(checked)
        .containsExactlyInAnyOrder("model.safetensors.index.json", "config.json", FIRST, SECOND);
    for (String name : checked) {
      LoadOptions refusing = LoadOptions.defaults().fileCheck(file -> refuse(file, name));
      assertThatExceptionOfType(AccessDeniedException.class)
          .isThrownBy(() -> Models.loadModel(directory, refusing).close())
          .withMessageContaining(name);
    }
  }

  private static void refuse(Path file, String name) throws IOException {
    if (file.endsWith(name)) {
      throw new AccessDeniedException(file.toString());
    }
  }

  @Test
  void showsTheConfiguration() throws IOException {
    index(GOOD);
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "llama", "hidden_size": 64, "rope_scaling": {"factor": 2.0},
         "architectures": ["LlamaForCausalLM"], "pad_token_id": null, "tie": true}
        """);
    try (Model model = Models.loadModel(directory)) {
      assertThat(model.metadata().getString("config.model_type")).isEqualTo("llama");
      assertThat(model.metadata().getLong("config.hidden_size")).isEqualTo(64);
      assertThat(model.metadata().getStrings("config.architectures"))
          .containsExactly("LlamaForCausalLM");
      assertThat(model.metadata().find("config.rope_scaling")).contains(Map.of("factor", 2.0));
      assertThat(model.metadata().getBoolean("config.tie")).isTrue();
      assertThat(model.metadata().contains("config.pad_token_id")).isFalse();
    }
  }

  @Test
  void opensADirectoryWithOneFile(@TempDir Path other) throws IOException {
    Files.copy(directory.resolve(FIRST), other.resolve("pytorch_lora.safetensors"));
    Files.writeString(other.resolve("config.json"), "{\"r\": 8}");
    try (Model model = Models.loadModel(other)) {
      assertThat(model.names()).containsExactly("a");
      assertThat(model.metadata().getLong("config.r")).isEqualTo(8);
    }
  }

  @Test
  void refusesADirectoryWithSeveralFilesAndNoIndex() {
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> Models.loadModel(directory).close())
        .withMessageContaining("no model, or more than one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x",
        "/etc/passwd",
        "a/b.safetensors",
        "..",
        ".",
        "",
        "a\\\\b",
        "C:x",
        "a\\u0000"
      })
  void rejectsShardNamesThatLeaveTheDirectory(String name) {
    rejects(map("\"a\":\"" + name + "\""), "must be a plain file name beside the index");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "true", "[]", "{}"})
  void rejectsShardNamesThatAreNoStrings(String value) {
    rejects(map("\"a\":" + value + ",\"b\":\"" + SECOND + "\""), "plain file name");
  }

  @Test
  void rejectsAMissingShard() {
    rejects(map("\"a\":\"gone.safetensors\""), "the shard gone.safetensors is missing");
  }

  @Test
  void rejectsAnIndexThatNamesItself() {
    rejects(
        "{\"weight_map\":{\"a\":\"model.safetensors.index.json\"}}",
        "the shard model.safetensors.index.json is the index itself");
  }

  @Test
  void rejectsATensorThatIsNotInItsShard() {
    rejects(map("\"a\":\"" + FIRST + "\",\"c\":\"" + SECOND + "\""), "'c' is not in its shard");
    rejects(map("\"a\":\"" + SECOND + "\",\"b\":\"" + FIRST + "\""), "must be in");
  }

  @Test
  void rejectsATensorInTwoShards() throws IOException {
    Models.saveModel(Map.of("a", Tensor.of(1), "b", Tensor.of(2)), directory.resolve(SECOND));
    rejects(GOOD, "'a' is in two shards");
  }

  @Test
  void rejectsADamagedShard() throws IOException {
    Files.write(directory.resolve(SECOND), new byte[20]);
    rejects(GOOD, SECOND);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"weight_map\":[]}", "{\"weight_map\":null}"})
  void rejectsAnIndexWithoutAMap(String json) {
    rejects(json, "\"weight_map\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{", "{\"weight_map\":{}} x", "{\"a\":1,\"a\":2}"})
  void rejectsAnIndexThatIsNotAJsonObject(String json) {
    rejects(json, "not valid");
  }

  @Test
  void rejectsADamagedConfiguration() throws IOException {
    index(GOOD);
    Files.writeString(directory.resolve("config.json"), "{\"a\": }");
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> Models.loadModel(directory).close())
        .withMessageContaining("config.json");
  }

  @Test
  void doesNotTellAboutTheSumOfSizes() throws IOException {
    try (Model model = Models.loadModel(index(GOOD.replace(":4}", ":5}")))) {
      assertThat(model.names()).hasSize(2);
    }
  }
}
