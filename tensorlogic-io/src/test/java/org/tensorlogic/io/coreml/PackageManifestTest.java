package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.Models;

class PackageManifestTest {
  private static final String GOOD =
      """
      {"fileFormatVersion": "1.0.0", "rootModelIdentifier": "A", "itemInfoEntries": {
        "A": {"path": "com.apple.CoreML/model.mlmodel", "name": "model.mlmodel",
              "author": "com.apple.CoreML", "description": "CoreML Model Specification"}}}
      """;

  @TempDir Path directory;

  @BeforeEach
  void writeModel() throws IOException {
    Path data = Files.createDirectories(directory.resolve("Data").resolve("com.apple.CoreML"));
    Specifications.write(data, Specifications.network());
  }

  private Model open(String manifest) throws IOException {
    Files.writeString(directory.resolve("Manifest.json"), manifest);
    return Models.loadModel(directory);
  }

  @Test
  void leadsToTheModel() throws IOException {
    try (Model model = open(GOOD)) {
      assertThat(model.metadata().getString("modelType")).isEqualTo("neuralNetwork");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.0.0|2.0.0|fileFormatVersion must be 1.0.0, is 2.0.0",
        "1.0.0|1.0|fileFormatVersion must be 1.0.0, is 1.0",
        "\"1.0.0\"|1|fileFormatVersion must be a string",
        "\"rootModelIdentifier\": \"A\"|\"rootModelIdentifier\": \"B\"|root model 'B' is not among the items",
        "\"rootModelIdentifier\": \"A\",||rootModelIdentifier must be a string",
        "\"itemInfoEntries\"|\"items\"|itemInfoEntries must be an object",
        "\"author\"|\"writer\"|item 'A' has no author",
        "\"A\": {|\"B\": 1, \"A\": {|item 'B' must be an object",
        "com.apple.CoreML/model.mlmodel|missing.mlmodel|item 'A' is missing: Data/missing.mlmodel",
        "com.apple.CoreML/model.mlmodel|../secret|item 'A' leads out of the package: ../secret",
        "com.apple.CoreML/model.mlmodel|/etc/passwd|item 'A' leads out of the package: /etc/passwd",
        "com.apple.CoreML/model.mlmodel|a\\\\..\\\\b|item 'A' leads out of the package",
        "com.apple.CoreML/model.mlmodel|a/../../b|item 'A' leads out of the package",
        "{\"fileFormatVersion\"|\"fileFormatVersion\"|Manifest.json",
      })
  void rejectsWhatDoesNotLeadToAModelInside(String part, String replacement, String reason) {
    String manifest = GOOD.replace(part, replacement == null ? "" : replacement);
    assertThat(manifest).isNotEqualTo(GOOD);
    assertThatThrownBy(() -> open(manifest).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void recognizesModelsByTheirContent() throws IOException {
    Path named = directory.resolve("model.bin");
    Proto description = Proto.message().message(1, Proto.message().text(1, "x"));
    Files.write(
        named,
        Proto.message()
            .number(1, 4)
            .message(2, description)
            .message(Specifications.NEURAL_NETWORK, Proto.message())
            .toBytes());
    try (Model model = Models.loadModel(named)) {
      assertThat(model.format()).isEqualTo("coreml");
    }
  }
}
