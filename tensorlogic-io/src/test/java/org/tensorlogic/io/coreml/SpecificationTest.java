package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tensorlogic.io.coreml.MilDataType.FLOAT16;
import static org.tensorlogic.io.coreml.MilDataType.FLOAT32;
import static org.tensorlogic.io.coreml.MilDataType.INT32;
import static org.tensorlogic.io.coreml.Specifications.innerProduct;
import static org.tensorlogic.io.coreml.Specifications.network;
import static org.tensorlogic.io.coreml.Specifications.tensorType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.model.ModelGraph;
import org.tensorlogic.model.ModelGraph.Argument;

/** Specifications that are unusual, and those that break the rules of protocol buffers. */
class SpecificationTest {
  @TempDir Path directory;

  private static final Proto FLOATS = Proto.message().packed(1, 1f, 2, 3, 4, 5, 6);

  private void assertRejected(Proto specification, String reason) {
    assertThatThrownBy(() -> Specifications.open(directory, specification).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }

  private void assertReadsSixFloats(Proto weights) throws IOException {
    try (Model model = Specifications.open(directory, network(innerProduct("fc", weights)))) {
      assertThat(model.getTensor("fc.weight").toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(model.getTensor("fc.weight").shape().dims()).containsExactly(2, 3);
    }
  }

  @Test
  void acceptsPackedAndUnpackedRepeatedNumbers() throws IOException {
    Proto unpacked = Proto.message();
    for (int i = 1; i <= 6; i++) {
      unpacked.float32(1, i);
    }
    assertReadsSixFloats(FLOATS);
    assertReadsSixFloats(unpacked);
    assertReadsSixFloats(Proto.message().packed(1, 1f, 2).packed(1, 3f, 4, 5).packed(1, 6f));
  }

  @Test
  void skipsUnknownFields() throws IOException {
    Proto weights =
        Proto.message()
            .number(777, 5)
            .text(778, "new")
            .float32(779, 1)
            .message(1, Proto.message().raw(floatBytes()));
    assertReadsSixFloats(weights);
  }

  private static int[] floatBytes() {
    int[] bytes = new int[24];
    for (int i = 0; i < 24; i++) {
      bytes[i] = Float.floatToIntBits(1 + i / 4) >>> (8 * (i % 4)) & 0xFF;
    }
    return bytes;
  }

  @Test
  void skipsGroups() throws IOException {
    Proto weights =
        Proto.message().beginGroup(9).number(1, 5).beginGroup(10).endGroup(10).endGroup(9);
    assertReadsSixFloats(weights.packed(1, 1f, 2, 3, 4, 5, 6));
  }

  @Test
  void rejectsGroupsThatEndWithoutBeginning() {
    assertRejected(network(innerProduct("fc", Proto.message().endGroup(9))), "group");
  }

  @Test
  void rejectsGroupsThatDoNotEnd() {
    assertRejected(network(innerProduct("fc", Proto.message().beginGroup(9))), "protocol buffer");
  }

  @Test
  void rejectsGroupsNestedTooDeep() {
    Proto weights = Proto.message();
    for (int i = 0; i < 100_000; i++) {
      weights.beginGroup(9);
    }
    assertRejected(network(innerProduct("fc", weights)), "too many levels of nesting");
  }

  @Test
  void rejectsVarintsOfMoreThanTenBytes() {
    Proto model =
        Proto.message().raw(8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1);
    assertRejected(model, "malformed varint");
  }

  @Test
  void rejectsLengthsPastTheEnd() {
    assertRejected(Proto.message().number(1, 7).raw(0x12, 0x7F, 0), "not a valid protocol buffer");
    assertRejected(
        Proto.message().number(1, 7).raw(0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F),
        "not a valid protocol buffer");
  }

  @Test
  void rejectsTextThatIsNotUtf8() {
    Proto description =
        Proto.message().message(100, Proto.message().bytes(3, (byte) 0xC3, (byte) 0x28));
    assertRejected(
        Proto.message().number(1, 7).message(2, description).message(500, Proto.message()),
        "UTF-8");
  }

  @Test
  void rejectsFieldsOfTheWrongWireType() {
    assertRejected(
        Proto.message().number(1, 7).number(2, 1).message(500, Proto.message()),
        "field 2 must be of wire type 2, is of 0");
  }

  @Test
  void rejectsPipelinesNestedTooDeep() {
    Proto model = network();
    for (int i = 0; i < 60; i++) {
      model = Specifications.model(Specifications.PIPELINE, Proto.message().message(1, model));
    }
    assertRejected(model, "nested more than 100 deep");
  }

  @Test
  void rejectsBlocksNestedTooDeep() {
    Proto block = Specifications.block();
    for (int i = 0; i < 60; i++) {
      block = Specifications.block(Proto.message().text(1, "cond").message(4, block));
    }
    Proto program = Proto.message().entry(2, "main", Specifications.function(block));
    assertRejected(
        Specifications.model(Specifications.ML_PROGRAM, program), "nested more than 100 deep");
  }

  @Test
  void rejectsTypesNestedTooDeep() {
    Proto type = tensorType(FLOAT32);
    for (int i = 0; i < 60; i++) {
      type = Proto.message().message(2, Proto.message().message(1, type));
    }
    assertRejected(
        Specifications.program(Specifications.operation("x", "y", type)),
        "nested more than 100 deep");
  }

  @Test
  void doesNotLookIntoSerializedModels() throws IOException {
    Proto serialized = Proto.message().text(1, "id").bytes(2, new byte[10]);
    try (Model model = Specifications.open(directory, Specifications.model(3000, serialized))) {
      assertThat(model.metadata().getString("modelType")).isEqualTo("serializedModel");
      assertThat(model.tensors()).isEmpty();
    }
  }

  @Test
  void describesModelsOfOtherKinds() throws IOException {
    try (Model model =
        Specifications.open(directory, Specifications.model(402, Proto.message().number(1, 5)))) {
      assertThat(model.metadata().getString("modelType")).isEqualTo("treeEnsembleClassifier");
    }
  }

  @Test
  void rejectsWhatIsNoModel() {
    assertRejected(Proto.message(), "it has no specification version");
    assertRejected(Proto.message().number(1, 7), "it has no content of a known kind");
  }

  @Test
  void rejectsNumbersThatTheirTypeDoesNotHave() {
    Proto crumbs = tensorType(MilDataType.UINT2, 2);
    assertRejected(
        Specifications.program(
            Specifications.constant("w", crumbs, Specifications.integers(crumbs, 3, 97))),
        "a value of type tensor<uint2, [2]> holds 97");
    Proto nibble = tensorType(MilDataType.INT4, 1);
    assertRejected(
        Specifications.program(
            Specifications.constant("w", nibble, Specifications.integers(nibble, -9))),
        "a value of type tensor<int4, [1]> holds -9");
    assertRejected(
        Specifications.program(
            Specifications.constant("w", nibble, Specifications.floats(nibble, 1))),
        "a value of type tensor<int4, [1]> holds floating-point numbers");
  }

  @Test
  void lastEntryOfAMapWins() throws IOException {
    Proto type = tensorType(FLOAT32, 1);
    Proto constant =
        Specifications.constant("w", type, Specifications.floats(type, 1))
            .entry(5, "val", Specifications.floats(type, 2));
    Proto operation =
        Specifications.operation("relu", "y", type)
            .entry(2, "x", Specifications.bound(Specifications.floats(type, 1)))
            .entry(2, "x", Specifications.bound(Specifications.floats(type, 2)));
    try (Model model =
        Specifications.open(directory, Specifications.program(constant, operation))) {
      assertThat(model.names()).containsExactly("w", "y.x");
      assertThat(model.getTensor("w").toFloatArray()).containsExactly(2);
      assertThat(model.getTensor("y.x").toFloatArray()).containsExactly(2);
    }
  }

  @Test
  void lastMemberOfAOneofWins() throws IOException {
    Proto layer = innerProduct("fc", FLOATS).message(175, Proto.message());
    Proto type = tensorType(FLOAT32, 2);
    Proto value =
        Proto.message()
            .message(2, type)
            .message(
                3,
                Proto.message()
                    .message(
                        1,
                        Proto.message()
                            .message(2, Proto.message().packed(1, 8L, 9))
                            .message(1, Proto.message().packed(1, 3f, 4))));
    try (Model model = Specifications.open(directory, network(layer))) {
      assertThat(main(model).operations().get(0).type()).isEqualTo("softmax");
      assertThat(model.tensors()).isEmpty();
    }
    try (Model model =
        Specifications.open(
            directory, Specifications.program(Specifications.constant("w", type, value)))) {
      assertThat(model.getTensor("w").toFloatArray()).containsExactly(3, 4);
    }
  }

  private static ModelGraph.Block main(Model model) {
    return model.graph().orElseThrow().function("main");
  }

  @Test
  void rejectsHalvesOfOddLength() {
    assertRejected(
        network(innerProduct("fc", Proto.message().bytes(2, new byte[11]))),
        "weights 'fc.weight': halves do not fill 11 bytes");
  }

  @Test
  void rejectsOtherCountsThanTheLayerSays() {
    assertRejected(
        network(innerProduct("fc", Proto.message().packed(1, 1f, 2))),
        "must be of shape [2, 3], has 2 elements");
  }

  private static Proto quantized(int bits, int bytes, Proto how, int field) {
    return Proto.message()
        .bytes(30, new byte[bytes])
        .message(40, Proto.message().number(1, bits).message(field, how));
  }

  @Test
  void rejectsRawValuesTooShortOrTooLong() {
    Proto linear = Proto.message().packed(1, 1f).packed(2, 0f);
    for (int bytes : new int[] {1, 2, 4}) { // 6 elements of 3 bits take 3 bytes
      assertRejected(
          network(innerProduct("fc", quantized(3, bytes, linear, 101))),
          "has " + bytes + " bytes of 3 bits");
    }
  }

  @Test
  void rejectsBitsThatCannotBe() {
    Proto linear = Proto.message().packed(1, 1f).packed(2, 0f);
    for (int bits : new int[] {0, 9, 64, -1}) {
      assertRejected(
          network(innerProduct("fc", quantized(bits, 6, linear, 101))),
          "must be quantized to 1 to 8 bits, is to " + bits);
    }
  }

  @Test
  void rejectsLookupTablesOfOtherLengths() {
    Proto table = Proto.message().packed(1, 1f, 2, 3);
    assertRejected(
        network(innerProduct("fc", quantized(2, 2, table, 102))),
        "the lookup table must have 2^2 entries, has 3");
  }

  @Test
  void rejectsScalesThatAreNotOnePerChannel() {
    Proto linear = Proto.message().packed(1, 1f, 2, 3).packed(2, 0f, 0, 0);
    assertRejected(
        network(innerProduct("fc", quantized(8, 6, linear, 101))),
        "one per channel of [2, 3], are 3");
    Proto uneven = Proto.message().packed(1, 1f, 2).packed(2, 0f);
    assertRejected(
        network(innerProduct("fc", quantized(8, 6, uneven, 101))), "2 scales but 1 biases");
  }

  @Test
  void readsDynamicallyQuantizedWeights() throws IOException {
    Proto weights =
        Proto.message()
            .bytes(31, (byte) -128, (byte) -1, (byte) 0, (byte) 1, (byte) 2, (byte) 127)
            .message(
                40, Proto.message().number(1, 8).message(101, Proto.message().packed(1, 0.5f)));
    try (Model model = Specifications.open(directory, network(innerProduct("fc", weights)))) {
      assertThat(model.getTensor("fc.weight").toFloatArray())
          .containsExactly(-64, -0.5f, 0, 0.5f, 1, 63.5f);
    }
  }

  @Test
  void rejectsShapesWhoseProductOverflows() {
    Proto type = tensorType(FLOAT16, Long.MAX_VALUE, Long.MAX_VALUE);
    assertRejected(
        Specifications.program(
            Specifications.constant("w", type, Specifications.bytes(type, 0, 0))),
        "must be a tensor of known size");
    Proto params =
        Proto.message().packed(1, 1L << 40, 1L << 40).message(2, Proto.message().packed(1, 1f));
    assertRejected(network(Proto.message().text(1, "c").message(290, params)), "has 1 elements");
  }

  @Test
  void rejectsValuesOfAnotherSizeThanTheirType() {
    Proto type = tensorType(FLOAT32, 3);
    assertRejected(
        Specifications.program(
            Specifications.constant("w", type, Specifications.floats(type, 1, 2))),
        "a value of type tensor<fp32, [3]> holds 2 numbers");
    Proto halves = tensorType(FLOAT16, 3);
    assertRejected(
        Specifications.program(
            Specifications.constant("w", halves, Specifications.bytes(halves, 1, 2, 3, 4, 5))),
        "takes 6 bytes, has 5");
  }

  @Test
  void rejectsConstantsThatAreNotOfTheirDeclaredType() {
    Proto type = tensorType(FLOAT32, 2);
    assertRejected(
        Specifications.program(
            Specifications.constant(
                "w", tensorType(FLOAT32, 1, 2), Specifications.floats(type, 1, 2))),
        "is declared as tensor<fp32, [1, 2]>, is tensor<fp32, [2]>");
  }

  @Test
  void rejectsFunctionsWithoutTheBlockOfTheirOpset() {
    Proto function = Proto.message().text(2, "CoreML9").entry(3, "CoreML7", Specifications.block());
    assertRejected(
        Specifications.model(Specifications.ML_PROGRAM, Proto.message().entry(2, "main", function)),
        "has no block for its opset 'CoreML9', has [CoreML7]");
  }

  @Test
  void rejectsSpecificationsOfMoreThanTwoGibibytes() throws IOException {
    Path file = Specifications.write(directory, network());
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 31);
    }
    assertThatThrownBy(() -> Specifications.open(file).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("at most 2^31-1 bytes");
  }

  @Test
  void namesTheModelsOfAPipeline() throws IOException {
    Proto pipeline =
        Proto.message()
            .message(1, network(innerProduct("fc", FLOATS)))
            .message(1, network(innerProduct("fc", FLOATS)))
            .message(1, network(innerProduct("fc", FLOATS)))
            .text(2, "first")
            .text(2, "first");
    Proto classifier = Specifications.model(200, Proto.message().message(1, pipeline));
    try (Model model = Specifications.open(directory, classifier)) {
      assertThat(model.names())
          .containsExactly("first/fc.weight", "model1/fc.weight", "model2/fc.weight");
      assertThat(model.getTensor("model2/fc.weight").toFloatArray()).endsWith(5, 6);
      assertThat(model.graph().orElseThrow().functions().keySet())
          .containsExactly("first/main", "model1/main", "model2/main");
      assertThat(model.metadata().find("models").map(m -> ((List<?>) m).size())).hasValue(3);
    }
  }

  @Test
  void numbersTensorsOfTheSameName() throws IOException {
    try (Model model =
        Specifications.open(
            directory,
            network(
                innerProduct("fc", FLOATS),
                innerProduct("fc", FLOATS),
                innerProduct("fc", FLOATS)))) {
      assertThat(model.names()).containsExactly("fc.weight", "fc.weight#1", "fc.weight#2");
    }
  }

  @Test
  void prefixesTheWeightsOfSeveralFunctions() throws IOException {
    Proto type = tensorType(FLOAT32, 1);
    Proto block =
        Specifications.block(Specifications.constant("w", type, Specifications.floats(type, 1)));
    Proto program =
        Proto.message()
            .entry(2, "encode", Specifications.function(block))
            .entry(2, "decode", Specifications.function(block));
    try (Model model =
        Specifications.open(directory, Specifications.model(Specifications.ML_PROGRAM, program))) {
      assertThat(model.names()).containsExactly("encode/w", "decode/w");
    }
  }

  @Test
  void namesWeightsThatAreWrittenAsArguments() throws IOException {
    Proto type = tensorType(FLOAT32, 2);
    Proto add =
        Specifications.operation("add", "sum", type)
            .entry(2, "x", Specifications.reference("input"))
            .entry(2, "y", Specifications.bound(Specifications.floats(type, 1, 2)))
            .entry(
                2,
                "axes",
                Specifications.bound(Specifications.integers(tensorType(INT32, 2), 0, -1)));
    try (Model model = Specifications.open(directory, Specifications.program(add))) {
      assertThat(model.getTensor("sum.y").toFloatArray()).containsExactly(1, 2);
      ModelGraph.Operation operation = main(model).operations().get(0);
      assertThat(operation.arguments("x")).containsExactly(new Argument.Reference("input"));
      assertThat(operation.arguments("y")).containsExactly(new Argument.Weight("sum.y"));
      assertThat(operation.arguments("axes"))
          .containsExactly(new Argument.Constant(List.of(0L, -1L)));
    }
  }

  @Test
  void readsLoopsOfNetworks() throws IOException {
    Proto body = Proto.message().message(1, innerProduct("fc", FLOATS));
    Proto loop =
        Proto.message()
            .text(1, "loop")
            .message(615, Proto.message().number(1, 3).text(2, "go").message(4, body));
    try (Model model = Specifications.open(directory, network(loop))) {
      assertThat(model.names()).containsExactly("loop.bodyNetwork/fc.weight");
      ModelGraph.Operation operation = main(model).operations().get(0);
      assertThat(operation.blocks().get(0).operations().get(0).type()).isEqualTo("innerProduct");
      assertThat(operation.arguments("conditionVar")).containsExactly(new Argument.Constant("go"));
    }
  }

  @Test
  void listsPreprocessing() throws IOException {
    Proto scaler = Proto.message().float32(10, 0.5f).float32(20, -1);
    Proto network =
        Proto.message()
            .message(2, Proto.message().text(1, "image").message(10, scaler))
            .message(2, Proto.message().text(1, "image").message(11, FLOATS));
    try (Model model =
        Specifications.open(
            directory, Specifications.model(Specifications.NEURAL_NETWORK, network))) {
      assertThat(main(model).operations().get(0).arguments("scaler"))
          .containsExactly(new Argument.Constant(Map.of("channelScale", 0.5, "blueBias", -1.0)));
      assertThat(model.getTensor("image.meanImage").toFloatArray()).hasSize(6);
    }
  }

  @Test
  void acceptsAFreeExtentInADeclaredShape() throws IOException {
    Proto array = Proto.message().packed(1, 1L, 1, 48, 0).number(2, 65568);
    Proto input = Proto.message().text(1, "x").message(3, Proto.message().message(5, array));
    Proto model =
        Proto.message()
            .number(1, 4)
            .message(2, Proto.message().message(1, input))
            .message(500, Proto.message());
    try (Model opened = Specifications.open(directory, model)) {
      assertThat(opened.metadata().find("inputs").map(Object::toString).orElseThrow())
          .contains("shape=[1, 1, 48, 0]", "dataType=float32");
    }
  }
}
