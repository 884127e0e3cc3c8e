package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.DType;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.model.ModelGraph;
import org.tensorlogic.model.ModelGraph.Argument;

/** Models written by coremltools, and the values that it reads out of them: coreml_models.py. */
class FixturesTest {
  static Path fixture(String name) {
    try {
      return Path.of(Objects.requireNonNull(FixturesTest.class.getResource(name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path model(String name) throws IOException {
    Path beside = fixture(name + ".safetensors");
    Path pack = beside.resolveSibling(name + ".mlpackage");
    return Files.exists(pack) ? pack : beside.resolveSibling(name + ".mlmodel");
  }

  @Test
  void checksEveryFileBeforeItIsOpened() throws IOException {
    List<String> checked = new ArrayList<>();
    LoadOptions noting =
        LoadOptions.defaults().fileCheck(file -> checked.add(file.getFileName().toString()));
    Models.loadModel(model("plain-ios15"), noting).close();
    assertThat(checked).containsExactly("Manifest.json", "model.mlmodel", "weight.bin");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain-ios15",
        "each-ios16",
        "each-ios18",
        "joint-ios18",
        "custom-ios18",
        "network-f16",
        "network-linear3"
      })
  void readsEveryWeightBitForBitAsCoremltools(String name) throws IOException {
    LoadOptions floats = LoadOptions.defaults().dtype(DType.F32);
    try (Model expected = Models.loadModel(fixture(name + ".safetensors"), floats);
        Model model = Models.loadModel(model(name), floats)) {
      assertThat(model.format()).isEqualTo("coreml");
      assertThat(model.names()).containsExactlyInAnyOrderElementsOf(expected.names());
      for (TensorInfo info : model.tensors()) {
        assertThat(info.shape()).as(info.name()).isEqualTo(expected.info(info.name()).shape());
        assertThat(model.getTensor(info.name()).toFloatArray())
            .as(info.name())
            .isEqualTo(expected.getTensor(info.name()).toFloatArray());
      }
    }
  }

  @Test
  void listsHowAWeightIsStored() throws IOException {
    try (Model model = Models.loadModel(model("each-ios18"))) {
      TensorInfo info = model.info("palettized_2_weight_0_to_fp16_palettized");
      assertThat(info.storedType()).isEqualTo("constexpr_lut_to_dense<uint3, fp16>");
      assertThat(info.shape()).containsExactly(16L, 16L, 1L, 1L);
      assertThat(info.bytes()).isEqualTo(256 * 3 / 8 + 8 * 2);
    }
  }

  @Test
  void tellsInputsOutputsAndOperations() throws IOException {
    try (Model model = Models.loadModel(model("plain-ios15"))) {
      assertThat(model.metadata().getLong("specificationVersion")).isEqualTo(6);
      assertThat(model.metadata().getString("modelType")).isEqualTo("mlProgram");
      assertThat(model.metadata().find("inputs"))
          .hasValue(
              List.of(
                  Map.of(
                      "name",
                      "x",
                      "type",
                      "multiArray",
                      "shape",
                      List.of(1L, 16L, 1L, 1L),
                      "dataType",
                      "float32")));
      assertThat(model.metadata().find("operationHistogram"))
          .hasValue(Map.of("cast", 2L, "conv", 1L, "linear", 1L, "reshape", 1L));
      assertThat(model.metadata().getString("userDefined.com.github.apple.coremltools.version"))
          .isNotEmpty();
    }
  }

  @Test
  void leavesTheProgramReachable() throws IOException {
    try (Model model = Models.loadModel(model("plain-ios15"))) {
      ModelGraph.Block main = model.graph().orElseThrow().function("main");
      assertThat(main.inputs())
          .containsExactly(
              new ModelGraph.Value("x", "tensor<fp32, [1, 16, 1, 1]>", List.of(1L, 16L, 1L, 1L)));
      ModelGraph.Operation conv =
          main.operations().stream().filter(o -> o.type().equals("conv")).findFirst().orElseThrow();
      Argument weight = conv.arguments("weight").get(0);
      assertThat(weight).isEqualTo(new Argument.Reference("one_weight_0_to_fp16"));
      ModelGraph.Operation constant = definition(main, "one_weight_0_to_fp16");
      assertThat(constant.type()).isEqualTo("const");
      assertThat(constant.arguments("val"))
          .containsExactly(new Argument.Weight("one_weight_0_to_fp16"));
      Argument strides = definition(main, "one_strides_0").arguments("val").get(0);
      assertThat(strides).isEqualTo(new Argument.Constant(List.of(1L, 1L)));
      assertThat(main.outputs()).hasSize(1);
    }
  }

  private static ModelGraph.Operation definition(ModelGraph.Block block, String name) {
    return block.operations().stream()
        .filter(o -> o.outputs().stream().anyMatch(v -> v.name().equals(name)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void leavesTheNetworkReachable() throws IOException {
    try (Model model = Models.loadModel(model("network-linear3"))) {
      assertThat(model.metadata().getString("modelType")).isEqualTo("neuralNetworkClassifier");
      assertThat(model.metadata().getString("author")).isEqualTo("an author");
      assertThat(model.metadata().getString("license")).isEqualTo("a licence");
      assertThat(model.metadata().getString("userDefined.key")).isEqualTo("value");
      assertThat(model.metadata().getStrings("classLabels"))
          .containsExactly("class 0", "class 1", "class 2", "class 3", "class 4");
      assertThat(model.info("conv.weight").storedType()).isEqualTo("quantized<linear, 3>");
      ModelGraph.Block main = model.graph().orElseThrow().function("main");
      ModelGraph.Operation conv = main.operations().get(0);
      assertThat(conv.type()).isEqualTo("convolution");
      assertThat(conv.arguments("input")).containsExactly(new Argument.Reference("image"));
      assertThat(conv.arguments("weights")).containsExactly(new Argument.Weight("conv.weight"));
      assertThat(conv.arguments("kernelSize"))
          .containsExactly(new Argument.Constant(List.of(3L, 3L)));
      assertThat(conv.outputs().get(0).name()).isEqualTo("a");
      ModelGraph.Operation lstm = main.operations().get(main.operations().size() - 1);
      assertThat(lstm.arguments("weightParams.inputGateWeightMatrix"))
          .containsExactly(new Argument.Weight("lstm.weightParams.inputGateWeightMatrix"));
    }
  }
}
