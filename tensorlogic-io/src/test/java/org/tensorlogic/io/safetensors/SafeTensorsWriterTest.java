package org.tensorlogic.io.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.tensorlogic.io.safetensors.SafeTensorsFile.ONE;
import static org.tensorlogic.io.safetensors.SafeTensorsFile.entry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.Models;
import org.tensorlogic.SaveOptions;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

class SafeTensorsWriterTest {
  @TempDir Path directory;

  private Path file(String name) {
    return directory.resolve(name + ".safetensors");
  }

  private static byte[] expected(String header, int data) {
    byte[] json = header.getBytes(UTF_8);
    return ByteBuffer.allocate(8 + json.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private byte[] written(Model model) throws IOException {
    Models.saveModel(model, file("written"));
    return Files.readAllBytes(file("written"));
  }

  @Test
  void writesTheReferencesBytes() throws IOException {
    Tensor zeros = Tensor.as(DType.F32).zeros(1, 2, 3);
    assertThat(written(Model.of(Map.of("attn.0", zeros))))
        .isEqualTo(
            expected(
                "{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}", 24));
  }

  @Test
  void padsTheHeaderToAMultipleOfEight() throws IOException {
    Tensor zeros = Tensor.as(DType.F32).zeros(1, 1, 2, 3);
    String json = "{\"attn0\":{\"dtype\":\"F32\",\"shape\":[1,1,2,3],\"data_offsets\":[0,24]}}";
    assertThat(written(Model.of(Map.of("attn0", zeros)))).isEqualTo(expected(json + "       ", 24));
  }

  @Test
  void writesNoTensors() throws IOException {
    assertThat(written(Model.of(Map.of()))).isEqualTo(expected("{}      ", 0));
    Model model = Model.of(Map.of(), ModelMetadata.of(Map.of("framework", "pt")));
    assertThat(written(model))
        .isEqualTo(expected("{\"__metadata__\":{\"framework\":\"pt\"}}     ", 0));
  }

  @Test
  void sortsByTypeThenByTheBytesOfTheName() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : List.of("b", "\uE000", "a", "😀", "Z")) {
      tensors.put(name, Tensor.zeros(1));
    }
    tensors.put("wide", Tensor.as(DType.F32).zeros(1));
    Models.saveModel(tensors, file("sorted"));
    try (Model model = Models.loadModel(file("sorted"))) {
      assertThat(model.names()).containsExactly("wide", "Z", "a", "b", "\uE000", "😀");
    }
  }

  @Test
  void sortsMetadataAndWritesNumbersAsText() throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("steps", 12L);
    values.put("by", "a \"b\"\n\u0001\\");
    assertThat(new String(written(Model.of(Map.of(), ModelMetadata.of(values))), UTF_8))
        .contains("{\"__metadata__\":{\"by\":\"a \\\"b\\\"\\n\\u0001\\\\\",\"steps\":\"12\"}}");
    try (Model model = Models.loadModel(file("written"))) {
      assertThat(model.metadata().getString("by")).isEqualTo("a \"b\"\n\u0001\\");
    }
  }

  @Test
  void writesOtherMetadataAsJson() throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("list", List.of("a \"b\"", 1L, 0.5, true, List.of()));
    values.put("map", Map.of("k", List.of(1L, 2L)));
    values.put("number", 1e-5);
    values.put("truth", false);
    Path file = file("metadata");
    Models.saveModel(Model.of(Map.of(), ModelMetadata.of(values)), file);
    try (Model model = Models.loadModel(file)) {
      ModelMetadata read = model.metadata();
      assertThat(read.getString("list")).isEqualTo("[\"a \\\"b\\\"\",1,0.5,true,[]]");
      assertThat(read.getString("map")).isEqualTo("{\"k\":[1,2]}");
      assertThat(read.getString("number")).isEqualTo("1.0E-5");
      assertThat(read.getString("truth")).isEqualTo("false");
    }
  }

  @Test
  void writesScalarsAndEmptyTensorsAndViews() throws IOException {
    Tensor matrix = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Models.saveModel(
        Map.of("s", Tensor.scalar(2), "e", Tensor.zeros(2, 0), "t", matrix.transpose()),
        file("odd"));
    try (Model model = Models.loadModel(file("odd"))) {
      assertThat(model.getTensor("s").item()).isEqualTo(2);
      assertThat(model.getTensor("e").shape()).isEqualTo(Shape.of(2, 0));
      assertThat(model.getTensor("t").toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
    }
  }

  @Test
  void writesQuantizedWeightsAsHalves() throws IOException {
    byte[] block = new byte[34];
    block[1] = 0x3C; // scale 1
    block[2] = 5;
    block[33] = -7;
    Memory memory = Memory.heap(34);
    memory.put(0, block, 0, 34);
    Tensor packed =
        Tensor.over(
            Tensor.zeros(1).backend(), Storage.of(memory, Encoding.Q8_0, 32), Shape.of(1, 32));
    Models.saveModel(Map.of("w", packed), file("packed"));
    try (Model model = Models.loadModel(file("packed"))) {
      assertThat(model.info("w").storedType()).isEqualTo("F16");
      assertThat(model.getTensor("w").get(0, 0)).isEqualTo(5);
      assertThat(model.getTensor("w").get(0, 31)).isEqualTo(-7);
    }
  }

  @Test
  void convertsToTheWantedEncoding() throws IOException {
    Models.saveModel(
        Model.of(Map.of("a", Tensor.of(1, 2))),
        file("wide"),
        SaveOptions.defaults().encoding(Encoding.F32));
    try (Model model = Models.loadModel(file("wide"))) {
      assertThat(model.info("a").storedType()).isEqualTo("F32");
      assertThat(model.getTensor("a").toFloatArray()).containsExactly(1, 2);
    }
  }

  @Test
  void refusesToQuantize() {
    SaveOptions options = SaveOptions.defaults().encoding(Encoding.Q8_0);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Models.saveModel(Model.of(Map.of()), file("quantized"), options))
        .withMessageContaining("SafeTensors can be written as F16 or F32, not as Q8_0");
  }

  @Test
  void copiesTypesThatCanOnlyBeListed() throws IOException {
    byte[] data = {1, 2, 3, 4, 0, 0x3C};
    SafeTensorsFile source = SafeTensorsFile.of(ONE, entry("F16", "[1]", 4, 6)).data(data);
    try (Model model = source.open(directory)) {
      Models.saveModel(model, file("copy"));
    }
    try (Model copy = Models.loadModel(file("copy"))) {
      assertThat(copy.info("a").storedType()).isEqualTo("I32");
      assertThat(Files.readAllBytes(file("copy"))).endsWith(data);
    }
  }

  @Test
  void savingOverTheMappedFileKeepsItsData() throws IOException {
    Path path = file("same");
    Models.saveModel(Map.of("a", Tensor.of(1, 2, 3)), path);
    try (Model model = Models.loadModel(path)) {
      Tensor before = model.getTensor("a");
      Models.saveModel(Map.of("a", Tensor.of(7, 8), "b", before), path);
      assertThat(before.toFloatArray()).containsExactly(1, 2, 3);
      try (Model again = Models.loadModel(path)) {
        assertThat(again.getTensor("a").toFloatArray()).containsExactly(7, 8);
        assertThat(again.getTensor("b").toFloatArray()).containsExactly(1, 2, 3);
      }
    }
  }

  @Test
  void leavesTheOldFileAndNoOtherIfWritingFails() throws IOException {
    Path path = file("kept");
    Models.saveModel(Map.of("a", Tensor.of(1)), path);
    byte[] before = Files.readAllBytes(path);
    Tensor closed = Tensor.of(2);
    Model model = Model.of(Map.of("a", closed));
    closed.close();
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> Models.saveModel(model, path));
    assertThat(Files.readAllBytes(path)).isEqualTo(before);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void tellsHowFarItIs() throws IOException {
    List<Long> done = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    SaveOptions options =
        SaveOptions.defaults()
            .progress(
                (task, now, total) -> {
                  done.add(now);
                  totals.add(total);
                });
    Models.saveModel(
        Model.of(Map.of("a", Tensor.as(DType.F32).zeros(5_000_000))), file("big"), options);
    assertThat(done).hasSizeGreaterThan(1).isSorted().endsWith(Files.size(file("big")));
    assertThat(totals).containsOnly(Files.size(file("big")));
  }

  @Test
  void refusesAHeaderThatNoReaderWouldAccept() {
    Model model = Model.of(Map.of(), ModelMetadata.of(Map.of("a", "x".repeat(100_000_000))));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Models.saveModel(model, file("large")))
        .withMessageContaining("header would take");
  }

  @Test
  void refusesNamesThatCannotBeWritten() {
    Tensor one = Tensor.of(1);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Models.saveModel(Map.of("__metadata__", one), file("bad")))
        .withMessageContaining("__metadata__");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Models.saveModel(Map.of("\uD800", one), file("bad")))
        .withMessageContaining("unpaired surrogate");
  }
}
