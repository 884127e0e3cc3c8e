package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.model.ModelGraph;
import org.tensorlogic.model.ModelGraph.Argument;

/** Compiled models: the program as text, in the forms that compilers of different years wrote. */
class CompiledModelTest {
  @TempDir Path directory;

  private Model open(String program) throws IOException {
    Files.writeString(directory.resolve("model.mil"), program);
    return Specifications.open(directory);
  }

  private Model openStatements(String statements) throws IOException {
    return open("program(1.3) { func main<ios18>() { " + statements + " } -> (); }");
  }

  private void assertRejected(String program, String reason) {
    assertThatThrownBy(() -> open(program).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }

  private static ModelGraph.Block main(Model model) {
    return model.graph().orElseThrow().function("main");
  }

  @Test
  void readsTheFormOfIos16() throws IOException {
    WeightFileBuilder weights = new WeightFileBuilder();
    long indices = weights.add(MilDataType.UINT8, 0, (byte) 0b10_01_00_11);
    long table = weights.addHalves(0x3C00, 0x4000, 0x4200, 0x4400);
    weights.write(directory);
    String program =
        """
        program(1.0)
        [buildInfo = dict<tensor<string, []>, tensor<string, []>>({{"coremlc-version", "3520.5.1"}})]
        {
            func main<ios16>(tensor<fp16, [1, ?]> x) [FlexibleShapeInformation = tuple<tuple<tensor<string, []>, \
        dict<tensor<string, []>, tensor<int32, [?]>>>>((("DefaultShapes", {{"x", [1, 4]}})))] {
                tensor<fp16, [2, 2]> w = constexpr_lut_to_dense()[indices = tensor<uint8, [1]>(BLOBFILE(path = \
        tensor<string, []>("@model_path/weights/weight.bin"), offset = tensor<uint64, []>(%d))), lut = \
        tensor<fp16, [4]>(BLOBFILE(path = tensor<string, []>("@model_path/weights/weight.bin"), offset = \
        tensor<uint64, []>(%d))), name = tensor<string, []>("w"), shape = tensor<uint32, [2]>([2, 2])];
                tensor<bool, []> no = const()[name = tensor<string, []>("no"), val = tensor<bool, []>(false)];
                tensor<fp16, [1, ?]> y = matmul(transpose_x = no, x = x, y = w)[name = tensor<string, []>("mm")];
            } -> (y);
        }
        """
            .formatted(indices, table);
    try (Model model = open(program)) {
      assertThat(model.names()).containsExactly("w");
      assertThat(model.info("w").storedType()).isEqualTo("constexpr_lut_to_dense<uint2, fp16>");
      assertThat(model.getTensor("w").toFloatArray()).containsExactly(4, 1, 2, 3);
      ModelGraph.Block main = main(model);
      assertThat(main.inputs().get(0).shape()).containsExactly(1L, -1L);
      assertThat(main.inputs().get(0).type()).isEqualTo("tensor<fp16, [1, ?]>");
      assertThat(main.operations())
          .extracting(ModelGraph.Operation::type)
          .containsExactly("const", "const", "matmul");
      assertThat(main.operations().get(1).arguments("val"))
          .containsExactly(new Argument.Constant(false));
      assertThat(main.operations().get(2).name()).isEqualTo("mm");
      assertThat(main.outputs()).containsExactly("y");
    }
  }

  @Test
  void readsTheFormOfIos18() throws IOException {
    WeightFileBuilder weights = new WeightFileBuilder();
    long offset = weights.addHalves(0x3C00, 0x4000);
    weights.write(directory);
    String statements =
        """
        string pt = const()[name=string("pt"), val=string("va\\"lid")];
        tensor<int32,[2]> st=const()[name=string("st"),val=tensor<int32,[2]>([1,-1])];
        fp16 half = const()[val = fp16(0x1.8p+1)];
        tensor<fp16, [2]> W = const()[name = string("W"), val = tensor<fp16, [2]>(BLOBFILE(path = \
        string("@model_path/weights/weight.bin"), offset = uint64(%d)))];
        tensor<fp32, [2, 2]> inline = const()[val = tensor<fp32, [2, 2]>([[0x1p-1, -inf], [1e-3, nan]])];
        (tensor<fp16, [1]> first, tensor<fp16, [1]> second) = split(axis = st, x = W)[name = string("s")];
        tensor<fp16, [2]> all = concat(values = (first, second, half), interleave = bool(true));
        """
            .formatted(offset);
    try (Model model = openStatements(statements)) {
      assertThat(model.names()).containsExactly("W", "inline");
      assertThat(model.getTensor("W").toFloatArray()).containsExactly(1, 2);
      assertThat(model.getTensor("inline").toFloatArray())
          .containsExactly(0.5f, Float.NEGATIVE_INFINITY, 1e-3f, Float.NaN);
      List<ModelGraph.Operation> operations = main(model).operations();
      assertThat(operations.get(0).arguments("val"))
          .containsExactly(new Argument.Constant("va\"lid"));
      assertThat(operations.get(1).arguments("val"))
          .containsExactly(new Argument.Constant(List.of(1L, -1L)));
      assertThat(operations.get(2).arguments("val")).containsExactly(new Argument.Constant(3.0));
      assertThat(operations.get(5).outputs())
          .extracting(ModelGraph.Value::name)
          .containsExactly("first", "second");
      assertThat(operations.get(6).arguments("values"))
          .containsExactly(
              new Argument.Reference("first"),
              new Argument.Reference("second"),
              new Argument.Reference("half"));
      assertThat(operations.get(6).arguments("interleave"))
          .containsExactly(new Argument.Constant(true));
    }
  }

  @Test
  void readsNestedBlocksAndOtherTypes() throws IOException {
    String statements =
        """
        list<tensor<fp32, [2]>, ?> l = make_list(x = list<int32, 2>(int32(1), int32(2)));
        state<tensor<fp16, [1, 2]>> s = state_of(d = dict<string, int32>({{"a", 1}, {"b", int32(2)}}));
        tuple<int32, string> t = pair(x = tuple<int32, string>(int32(1), string("b")));
        tensor<fp32, [1]> y = cond(pred = p)[name = string("c")]
          { tensor<fp32, [1]> a = identity(x = z); } -> (a)
          { tensor<fp32, [1]> b = const()[val = tensor<fp32, [1]>([4])]; } -> (b);
        tensor<fp32, [1]> n = while_loop(loop_vars = (y))[name = string("w")]
          cond(tensor<fp32, [1]> i) { bool more = less(x = i, y = n); } -> (more),
          body(tensor<fp32, [1]> i) { tensor<fp32, [1]> b = const()[val = tensor<fp32, [1]>([5])]; } -> (b);
        """;
    try (Model model = openStatements(statements)) {
      List<ModelGraph.Operation> operations = main(model).operations();
      assertThat(operations.get(0).outputs().get(0).type()).isEqualTo("list<tensor<fp32, [2]>>");
      assertThat(operations.get(0).arguments("x"))
          .containsExactly(new Argument.Constant(List.of(1L, 2L)));
      assertThat(operations.get(1).outputs().get(0).type())
          .isEqualTo("state<tensor<fp16, [1, 2]>>");
      assertThat(operations.get(1).arguments("d"))
          .containsExactly(new Argument.Constant(Map.of("a", 1L, "b", 2L)));
      assertThat(operations.get(2).arguments("x"))
          .containsExactly(new Argument.Constant(List.of(1L, "b")));
      assertThat(operations.get(3).blocks()).hasSize(2);
      assertThat(operations.get(3).blocks().get(0).outputs()).containsExactly("a");
      assertThat(operations.get(4).blocks().get(1).inputs().get(0).name()).isEqualTo("i");
      assertThat(model.names()).containsExactly("b", "b#1");
      assertThat(model.getTensor("b#1").toFloatArray()).containsExactly(5);
      assertThat(model.metadata().find("operationHistogram").map(Object::toString).orElseThrow())
          .contains("less=1", "while_loop=1");
    }
  }

  private static Proto named(Proto operation, String name) {
    Proto text = Proto.message().text(1, name);
    Proto type = Specifications.tensorType(MilDataType.STRING);
    return operation.entry(5, "name", Specifications.immediate(type, 4, text));
  }

  private static Proto nested(Proto block, Proto type, String input, String output) {
    return block.message(1, Proto.message().text(1, input).message(2, type)).text(2, output);
  }

  @Test
  void nestedBlocksAreThoseOfTheSameProgramAsProtocolBuffers() throws IOException {
    Proto f = Specifications.tensorType(MilDataType.FLOAT32, 2);
    Proto b = Specifications.tensorType(MilDataType.BOOL);
    Proto inner =
        Specifications.block(Specifications.constant("w", f, Specifications.floats(f, 3, 4)))
            .text(2, "w");
    Proto loop =
        named(Specifications.operation("while_loop", "n", f), "loop")
            .entry(2, "loop_vars", Specifications.reference("y"))
            .message(
                4,
                nested(
                    Specifications.block(
                        Specifications.operation("less", "more", b)
                            .entry(2, "x", Specifications.reference("i"))),
                    f,
                    "i",
                    "more"))
            .message(
                4,
                nested(
                    Specifications.block(
                        Specifications.constant("w", f, Specifications.floats(f, 5, 6)),
                        named(Specifications.operation("cond", "z", f), "inner")
                            .entry(2, "pred", Specifications.reference("p"))
                            .message(4, inner)
                            .message(4, Specifications.block().text(2, "i"))),
                    f,
                    "i",
                    "z"));
    Proto specification =
        Specifications.program(
            Specifications.constant("w", f, Specifications.floats(f, 1, 2)), loop);
    String statements =
        """
        tensor<fp32, [2]> w = const()[val = tensor<fp32, [2]>([1, 2])];
        tensor<fp32, [2]> n = while_loop(loop_vars = y)[name = string("loop")]
          cond(tensor<fp32, [2]> i) { bool more = less(x = i); } -> (more),
          body(tensor<fp32, [2]> i) {
            tensor<fp32, [2]> w = const()[val = tensor<fp32, [2]>([5, 6])];
            tensor<fp32, [2]> z = cond(pred = p)[name = string("inner")]
              { tensor<fp32, [2]> w = const()[val = tensor<fp32, [2]>([3, 4])]; } -> (w),
              { } -> (i);
          } -> (z);
        """;
    try (Model text = openStatements(statements);
        Model proto = Specifications.open(directory, specification)) {
      assertThat(main(text).operations()).isEqualTo(main(proto).operations());
      assertThat(text.names()).containsExactly("w", "w#1", "w#2").isEqualTo(proto.names());
      for (Model model : List.of(text, proto)) {
        assertThat(model.getTensor("w").toFloatArray()).containsExactly(1, 2);
        assertThat(model.getTensor("w#1").toFloatArray()).containsExactly(5, 6);
        assertThat(model.getTensor("w#2").toFloatArray()).containsExactly(3, 4);
      }
    }
  }

  @Test
  void namesOfANestedBlockEndWithIt() throws IOException {
    String statements =
        """
        tensor<uint8, [2]> q = const()[val = tensor<uint8, [2]>([1, 2])];
        tensor<fp32, [1]> y = cond(pred = p)
          { tensor<uint8, [2]> q = const()[val = tensor<uint8, [2]>([3, 4])]; \
        tensor<fp16, [2]> inside = constexpr_blockwise_shift_scale(data = q, \
        scale = tensor<fp16, [1]>([10])); } -> (inside),
          { tensor<uint8, [2]> other = const()[val = tensor<uint8, [2]>([5, 6])]; } -> (z);
        tensor<fp16, [2]> after = constexpr_blockwise_shift_scale(data = q, \
        scale = tensor<fp16, [1]>([10]));
        """;
    try (Model model = openStatements(statements)) {
      assertThat(model.getTensor("inside").toFloatArray()).containsExactly(30, 40);
      assertThat(model.getTensor("after").toFloatArray()).containsExactly(10, 20);
    }
    String outside =
        "\ntensor<fp16, [2]> bad = constexpr_blockwise_shift_scale(data = other,"
            + " scale = tensor<fp16, [1]>([10]));";
    assertThatThrownBy(() -> openStatements(statements + outside).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("'bad': data must be a tensor of numbers that is known");
  }

  @Test
  void readsPackedIndicesThatAreWrittenAsNumbers() throws IOException {
    String statements =
        """
        tensor<fp16, [5]> w = constexpr_lut_to_dense()[indices = tensor<uint8, [2]>([148, 1]), \
        lut = tensor<fp16, [4]>([1, 2, 3, 4]), shape = tensor<uint32, [1]>([5])];
        tensor<fp16, [9]> s = constexpr_sparse_to_dense()[nonzero_data = tensor<fp16, [2]>([7, 8]), \
        mask = tensor<uint8, [2]>([2, 1]), shape = tensor<uint32, [1]>([9])];
        """;
    try (Model model = openStatements(statements)) {
      assertThat(model.getTensor("w").toFloatArray()).containsExactly(1, 2, 2, 3, 2);
      assertThat(model.getTensor("s").toFloatArray()).containsExactly(0, 7, 0, 0, 0, 0, 0, 0, 8);
    }
  }

  @Test
  void readsWhatTheDirectorySaysOfTheModel() throws IOException {
    Files.writeString(
        directory.resolve("metadata.json"),
        """
        [{"specificationVersion": "7", "modelType": {"name": "MLModelType_mlProgram"}, "author": "me",
          "computePrecision": "Mixed (Float16, Int32)",
          "mlProgramOperationTypeHistogram": {"Ios16.mul": 1}, "userDefinedMetadata": {"k": "v"},
          "inputSchema": [{"name": "x", "type": "MultiArray", "dataType": "Float32",
                           "shape": "[1, 10]", "isOptional": "0"}], "outputSchema": []}]
        """);
    try (Model model = openStatements("")) {
      assertThat(model.metadata().getLong("specificationVersion")).isEqualTo(7);
      assertThat(model.metadata().getString("modelType")).isEqualTo("mlProgram");
      assertThat(model.metadata().getString("author")).isEqualTo("me");
      assertThat(model.metadata().getString("userDefined.k")).isEqualTo("v");
      assertThat(model.metadata().find("inputs"))
          .hasValue(
              List.of(
                  Map.of(
                      "name", "x",
                      "type", "multiArray",
                      "dataType", "float32",
                      "shape", List.of(1L, 10L),
                      "isOptional", false)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{}", "[1]", "", "[{\"a\": 1}", "[{\"a\": 1}] 2"})
  void rejectsMetadataOfAnotherForm(String json) throws IOException {
    Files.writeString(directory.resolve("metadata.json"), json);
    assertThatThrownBy(() -> openStatements("").close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("metadata.json");
  }

  @Test
  void saysThatCompiledNeuralNetworksCannotBeRead() throws IOException {
    Files.writeString(directory.resolve("model.espresso.net"), "{}");
    assertThatThrownBy(() -> Models.loadModel(directory).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("a compiled neural network (model.espresso.net)")
        .hasMessageContaining("load the .mlmodel");
  }

  @Test
  void saysThatOtherCompiledModelsCannotBeRead() throws IOException {
    Files.writeString(directory.resolve("coremldata.bin"), "");
    assertThatThrownBy(() -> Models.loadModel(directory).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("without a program (model.mil)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "fp16 a = const()[val = fp16(x)]|expected a number, found 'x'",
        "fp16 a = const()[val = fp16(0x1)]|expected a number, found '0x1'",
        "fp17 a = const()[val = fp17(1)]|expected '<', found 'a'",
        "tensor<fp17, [1]> a|there is no element type fp17",
        "set<fp16> a|there is no type set",
        "tensor<fp16, [-1]> a|an extent is negative: -1",
        "tensor<fp16, [1.5]> a|expected an integer, found '1.5'",
        "tensor<fp16, [99999999999999999999]> a|expected an integer",
        "tensor<fp16, [3]> a = const()[val = tensor<fp16, [3]>([1, 2])]|holds 2 elements",
        "tensor<fp16, [?]> a = const()[val = tensor<fp16, [?]>([1])]|must be of known size",
        "bool a = const()[val = bool(yes)]|expected true or false, found 'yes'",
        "int32 a = const()[val = int32(\"1\")]|expected a number, found '1'",
        "string a = const()[val = string(1)]|expected a string, found '1'",
        "string a = const()[val = string(\"]|a string does not end",
        "int32 a = const()|const 'a' must have one output and a value",
        "int32 a = const(val = b)|const 'a' must have one output and a value",
        "int32 a const()|expected '=', found 'const'",
        "int32 a = f(x = 1)|expected a name, found '1'",
        "int32 a = f(x y)|expected '=', found 'y'",
        "uint2 a = const()[val = uint2(4)]|a value of type uint2 holds 4",
        "int4 a = const()[val = int4(-9)]|a value of type int4 holds -9",
        "uint8 a = const()[val = uint8(-1)]|a value of type uint8 holds -1",
        "fp16 a = constexpr_magic()|is not a known constant expression",
      })
  void rejectsStatementsThatDoNotParse(String statement, String reason) {
    assertThatThrownBy(() -> openStatements(statement + ";").close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void rejectsProgramsThatDoNotParse() {
    assertRejected("", "expected 'program', found 'the end'");
    assertRejected("program(1.0) {", "expected 'func', found 'the end'");
    assertRejected("program(1.0) {} x", "something follows the program: x");
    assertRejected("program(1.0) [a = {", "attributes do not end");
    assertRejected("program(1.0) { func f<a>() {} -> () }", "expected ';', found '}'");
    assertRejected("x".repeat(5000), "more than 4096 characters");
  }

  @Test
  void rejectsTextThatIsNotUtf8() throws IOException {
    byte[] program =
        "program(1.0) [a = string(\"??\")] {}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    program[27] = (byte) 0xC3;
    Files.write(directory.resolve("model.mil"), program);
    assertThatThrownBy(() -> Specifications.open(directory).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("a string is not UTF-8");
  }

  @Test
  void rejectsNestingWithoutEnd() {
    int deep = 100_000;
    for (String statement :
        List.of(
            "list<".repeat(deep) + "int32" + ">".repeat(deep) + " a",
            "tensor<fp16, [1]> a = const()[val = tensor<fp16, [1]>(" + "[".repeat(deep),
            "int32 a = f(x = " + "list<int32>(".repeat(deep),
            "int32 a = f() { ".repeat(deep))) {
      assertThatThrownBy(() -> openStatements(statement).close())
          .isInstanceOf(MalformedModelException.class)
          .hasMessageContaining("nested more than 100 deep");
    }
  }

  @Test
  void rejectsBlobsWithoutPathOrWithMore() {
    for (String blob :
        List.of("path = string(\"a\"), size = uint64(1)", "offset = string(\"a\")")) {
      assertThatThrownBy(
              () -> openStatements("fp16 a = const()[val = fp16(BLOBFILE(" + blob + "))];").close())
          .isInstanceOf(MalformedModelException.class)
          .hasMessageContaining("a blob has a path and an offset");
    }
  }
}
