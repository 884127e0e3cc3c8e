package org.tensorlogic.io.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.Models;
import org.tensorlogic.SaveOptions;
import org.tensorlogic.Tensor;
import org.tensorlogic.io.FileModel;

class GgufWriterTest {
  @TempDir Path directory;

  private Path file(String name) {
    return directory.resolve(name + ".gguf");
  }

  private static GgufHeader header(Model model) {
    return ((FileModel) model).attachment(GgufHeader.class).orElseThrow();
  }

  private static SaveOptions as(Encoding encoding) {
    return SaveOptions.defaults().encoding(encoding);
  }

  private static Tensor uniform(long... shape) {
    return Tensor.as(DType.F32).normal(1, 0, 1, shape);
  }

  @Test
  void writesWhatItReads() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("matrix", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    tensors.put("wide", Tensor.as(DType.F32).of(new float[] {0.1f, 0.2f}, 1, 2));
    tensors.put("vector", Tensor.of(7, 8));
    tensors.put("scalar", Tensor.scalar(9));
    tensors.put("empty", Tensor.zeros(2, 0));
    Models.saveModel(tensors, file("m"));
    LoadOptions wide = LoadOptions.defaults().dtype(DType.F32);
    try (Model model = Models.loadModel(file("m"), wide)) {
      assertThat(model.names()).containsExactlyElementsOf(tensors.keySet());
      assertThat(model.info("matrix").storedType()).isEqualTo("F16");
      assertThat(model.info("wide").storedType()).isEqualTo("F32");
      assertThat(model.info("vector").storedType()).isEqualTo("F32");
      tensors.forEach(
          (name, tensor) -> assertThat(model.getTensor(name).isClose(tensor, 0, 0)).isTrue());
    }
    assertThat(Files.size(file("m")) % 32).isZero();
  }

  @Test
  void quantizesMatricesOfWholeBlocks() throws IOException {
    Tensor weight = uniform(3, 64);
    Model source = Model.of(Map.of("w", weight, "ragged", uniform(2, 33), "norm", uniform(64)));
    for (Encoding encoding : List.of(Encoding.Q8_0, Encoding.Q4_0)) {
      Models.saveModel(source, file("q"), as(encoding));
      try (Model model = Models.loadModel(file("q"))) {
        assertThat(model.info("w").storedType()).isEqualTo(encoding.name());
        assertThat(model.info("ragged").storedType()).isEqualTo("F16");
        assertThat(model.info("norm").storedType()).isEqualTo("F32");
        assertThat(model.getTensor("w").isClose(weight, 0, 0.3)).isTrue();
        assertThat(model.metadata().getLong("general.quantization_version")).isEqualTo(2);
        assertThat(model.metadata().getLong("general.file_type"))
            .isEqualTo(encoding == Encoding.Q8_0 ? 7 : 2);
      }
    }
  }

  @Test
  void copiesQuantizedWeightsUnchanged() throws IOException {
    Models.saveModel(Model.of(Map.of("w", uniform(2, 32))), file("a"), as(Encoding.Q4_0));
    try (Model model = Models.loadModel(file("a"))) {
      Models.saveModel(model, file("b"));
    }
    assertThat(file("b")).hasSameBinaryContentAs(file("a"));
  }

  @Test
  void keepsTheTypesOfMetadata() throws IOException {
    GgufFile source = GgufFile.v3().u32("general.alignment", 128).paddedTo(128);
    source
        .pair("u8", GgufValueType.UINT8, new byte[] {5})
        .pair("u64", GgufValueType.UINT64, source.i64(-2))
        .pair("f64", GgufValueType.FLOAT64, source.i64(Double.doubleToLongBits(0.1)))
        .array("bytes", GgufValueType.INT8, 2, new byte[] {1, -1})
        .array("words", GgufValueType.STRING, 1, source.i64(1), new byte[] {(byte) 0xFF})
        .tensor("t", GgmlType.F32, new byte[8], 1, 2);
    LoadOptions wide = LoadOptions.defaults().dtype(DType.F32);
    try (Model model = Models.loadModel(source.write(directory, "source.gguf"), wide)) {
      Models.saveModel(model, file("copy"));
    }
    assertThat(Files.readAllBytes(file("copy"))).isEqualTo(source.bytes());
  }

  @Test
  void typesMetadataAsLlamaCppExpects() throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("llama.block_count", 2L);
    values.put("negative", -1L);
    values.put("large", 1L << 40);
    values.put("llama.rope.freq_base", 1e4);
    values.put("flag", true);
    values.put("general.architecture", "llama");
    values.put("types", List.of(1L, 2L));
    values.put("scores", List.of(0.5, 1L));
    values.put("tokens", List.of("a", "b"));
    values.put("config", Map.of("depth", 3L));
    values.put("split.count", 4L);
    Models.saveModel(Model.of(Map.of(), ModelMetadata.of(values)), file("m"));
    try (Model model = Models.loadModel(file("m"))) {
      Map<String, String> types = new LinkedHashMap<>();
      header(model)
          .values()
          .forEach(
              (key, value) ->
                  types.put(
                      key,
                      value.value() instanceof GgufArray array
                          ? "[" + array.elementType() + "]"
                          : value.type().name()));
      assertThat(types.toString())
          .isEqualTo(
              "{llama.block_count=UINT32, negative=INT32, large=INT64,"
                  + " llama.rope.freq_base=FLOAT32, flag=BOOL, general.architecture=STRING,"
                  + " types=[INT32], scores=[FLOAT32], tokens=[STRING], config.depth=UINT32}");
    }
  }

  @Test
  void copiesIntegers() throws IOException {
    GgufFile source = GgufFile.v3().tensor("ids", GgmlType.I32, new byte[] {1, 2, 3, 4}, 1);
    try (Model model = source.open(directory)) {
      Models.saveModel(model, file("copy"));
    }
    assertThat(Files.readAllBytes(file("copy"))).isEqualTo(source.bytes());
  }

  @Test
  void refusesWhatTheFormatCannotHold() {
    Tensor one = Tensor.zeros(1, 1);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Models.saveModel(Map.of("n".repeat(64), one), file("bad")))
        .withMessageContaining("at most 63 bytes");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Models.saveModel(Map.of("t", Tensor.zeros(1, 1, 1, 1, 1)), file("bad")))
        .withMessageContaining("at most 4 axes");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(
            () -> Models.saveModel(Model.of(Map.of("t", one)), file("bad"), as(Encoding.Q4_K)))
        .withMessageContaining("F32, F16, Q8_0 or Q4_0");
    assertThat(file("bad")).doesNotExist();
  }
}
