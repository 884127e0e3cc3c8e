package org.tensorlogic.io.safetensors;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.tensorlogic.io.safetensors.SafeTensorsFile.ONE;
import static org.tensorlogic.io.safetensors.SafeTensorsFile.entry;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;
import org.tensorlogic.Models;
import org.tensorlogic.TensorInfo;

/** What the reference was found to accept and to reject, and where we are stricter. */
class SafeTensorsCasesTest {
  private static final String BEYOND = "must be at most 2^48-1";

  @TempDir Path directory;

  private void rejects(SafeTensorsFile file, String reason) {
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> file.open(directory).close())
        .withMessageContaining(reason);
  }

  private List<TensorInfo> accepts(SafeTensorsFile file) throws IOException {
    try (Model model = file.open(directory)) {
      return model.tensors();
    }
  }

  @Nested
  class Accepts {
    @Test
    void metadataThatIsNull() throws IOException {
      assertThat(accepts(SafeTensorsFile.metadata("null"))).hasSize(1);
    }

    @Test
    void emptyTensorName() throws IOException {
      TensorInfo info = accepts(SafeTensorsFile.header("{\"\":" + ONE + "}").data(4)).get(0);
      assertThat(info.name()).isEmpty();
    }

    @Test
    void escapedUnicodeNames() throws IOException {
      String name = "\\u00e9\\ud83d\\ude00\\n";
      SafeTensorsFile file = SafeTensorsFile.header("{\"" + name + "\":" + ONE + "}").data(4);
      assertThat(accepts(file).get(0).name()).isEqualTo("é😀\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {" \t\r\n%s", "%s \t\r\n", "%s        ", "\r\n%s\r\n"})
    void whitespaceAroundTheHeader(String around) throws IOException {
      String json = around.formatted("{\"t\":" + ONE + "}");
      try (Model model = Models.loadModel(SafeTensorsFile.header(json).data(4).write(directory))) {
        assertThat(model.names()).containsExactly("t");
      }
    }

    @Test
    void noTensorsAndNoData() throws IOException {
      assertThat(accepts(SafeTensorsFile.header("{}"))).isEmpty();
    }

    @Test
    void zeroSizeTensorsThatShareAnOffset() throws IOException {
      String json =
          "{\"a\":%s,\"b\":%s,\"c\":%s}"
              .formatted(ONE, entry("F32", "[0]", 0, 0), entry("F32", "[2,0]", 4, 4));
      assertThat(accepts(SafeTensorsFile.header(json).data(4)))
          .extracting(TensorInfo::name)
          .containsExactly("b", "a", "c");
    }

    @Test
    void largeExtentsBehindAZero() throws IOException {
      String shape = "[0,281474976710655,281474976710655]";
      try (Model model = SafeTensorsFile.of("F32", shape, 0, 0).open(directory)) {
        assertThat(model.getTensor("t").size()).isZero();
      }
    }

    @Test
    void subByteTensorsOfWholeBytes() throws IOException {
      assertThat(accepts(SafeTensorsFile.of("F4", "[4]", 0, 2).data(2)).get(0).bytes())
          .isEqualTo(2);
      assertThat(accepts(SafeTensorsFile.of("F6_E3M2", "[4]", 0, 3).data(3)).get(0).bytes())
          .isEqualTo(3);
    }

    @Test
    void valuesThatAreNotLookedAt() throws IOException {
      assertThat(accepts(SafeTensorsFile.of("BOOL", "[1]", 0, 1).data(new byte[] {2}))).hasSize(1);
    }

    @Test
    void floatsAtAnOddOffset() throws IOException {
      SafeTensorsFile file =
          SafeTensorsFile.of(entry("U8", "[1]", 0, 1), entry("F32", "[1]", 1, 5))
              .data(new byte[] {9, 0, 0, (byte) 0xC0, 0x3F});
      try (Model model = file.open(directory)) {
        assertThat(model.getTensor("b").item()).isEqualTo(1.5f);
      }
    }

    @Test
    void halvesAtAnOddOffset() throws IOException {
      SafeTensorsFile file =
          SafeTensorsFile.of(entry("U8", "[1]", 0, 1), entry("F16", "[2]", 1, 5))
              .data(new byte[] {9, 0, 0x3E, 0, (byte) 0xC0});
      try (Model model = file.open(directory)) {
        assertThat(model.getTensor("b").toFloatArray()).containsExactly(1.5f, -2f);
      }
    }

    @Test
    void entriesInAnyOrder() throws IOException {
      SafeTensorsFile file = SafeTensorsFile.of(entry("I32", "[1]", 4, 8), ONE).data(8);
      assertThat(accepts(file)).extracting(TensorInfo::name).containsExactly("b", "a");
    }

    @Test
    void anyRank() throws IOException {
      String ones = String.join(",", Collections.nCopies(1000, "1"));
      TensorInfo info = accepts(SafeTensorsFile.of("F32", "[" + ones + "]", 0, 4).data(4)).get(0);
      assertThat(info.shape()).hasSize(1000);
      assertThat(info.isReadable()).isFalse();
    }

    @Test
    void scalar() throws IOException {
      SafeTensorsFile file = SafeTensorsFile.of("F16", "[]", 0, 2).data(new byte[] {0, 0x3C});
      try (Model model = file.open(directory)) {
        assertThat(model.getTensor("t").item()).isEqualTo(1);
      }
    }

    @Test
    void everyDtype() throws IOException {
      for (SafeTensorsType type : SafeTensorsType.values()) {
        int bytes = type.bits();
        TensorInfo info =
            accepts(SafeTensorsFile.of(type.name(), "[8]", 0, bytes).data(bytes)).get(0);
        assertThat(info.storedType()).isEqualTo(type.name());
        assertThat(info.bytes()).isEqualTo(bytes);
      }
    }
  }

  @Nested
  class Rejects {
    @Test
    void duplicateThatLeavesAHole() {
      String json = "{\"t\":%s,\"t\":%s}".formatted(ONE, entry("I32", "[1]", 4, 8));
      rejects(SafeTensorsFile.header(json).data(8), "the key \"t\" occurs twice");
    }

    @Test
    void duplicateMetadata() {
      String json = "{\"__metadata__\":{},\"__metadata__\":{},\"t\":" + ONE + "}";
      rejects(SafeTensorsFile.header(json).data(4), "the key \"__metadata__\" occurs twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"dtype\":\"I32\"", "\"shape\":[1]", "\"data_offsets\":[0,4]"})
    void duplicateField(String field) {
      String json = ONE.substring(0, ONE.length() - 1) + "," + field + "}";
      rejects(SafeTensorsFile.of(json).data(4), "of 't' occurs twice");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{\"shape\":[1],\"data_offsets\":[0,4]}",
          "{\"dtype\":\"I32\",\"data_offsets\":[0,4]}",
          "{\"dtype\":\"I32\",\"shape\":[1]}",
          "{}"
        })
    void missingField(String json) {
      rejects(SafeTensorsFile.of(json).data(4), "'t' must have dtype, shape and data_offsets");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "null", "{}", "[\"b\"]", "true"})
    void metadataValueThatIsNoString(String value) {
      rejects(
          SafeTensorsFile.metadata("{\"a\":" + value + "}"), "__metadata__ \"a\" must be a string");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "\"a\"", "1", "true"})
    void metadataThatIsNoObject(String json) {
      rejects(SafeTensorsFile.metadata(json), "__metadata__ must be an object");
    }

    @Test
    void metadataThatLooksLikeATensor() {
      rejects(SafeTensorsFile.metadata(ONE), "__metadata__ \"shape\" must be a string");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "1", "\"I32\"", "true"})
    void entryThatIsNoObject(String json) {
      rejects(SafeTensorsFile.of(json).data(4), "'t' must be an object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "1e0", "\"1\"", "null", "[1]", "true"})
    void sizesThatAreNoIntegers(String size) {
      rejects(
          SafeTensorsFile.of("I32", "[" + size + "]", 0, 4).data(4),
          "shape of 't' must be an integer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-0", "-281474976710656"})
    void negativeSizes(String size) {
      rejects(SafeTensorsFile.of("I32", "[" + size + "]", 0, 4).data(4), "must not be negative");
    }

    @ParameterizedTest
    @ValueSource(strings = {"18446744073709551616", "99999999999999999999999999999999"})
    void sizesBeyondAnUnsignedLong(String size) {
      rejects(SafeTensorsFile.of("I32", "[" + size + "]", 0, 4).data(4), BEYOND);
    }

    @Test
    void numberOfThousandsOfDigits() {
      rejects(SafeTensorsFile.of("I32", "[" + "9".repeat(5000) + "]", 0, 4).data(4), "not valid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[0]", "[0,4,4]"})
    void dataOffsetsThatAreNotTwo(String offsets) {
      String json = "{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":" + offsets + "}";
      rejects(SafeTensorsFile.of(json).data(4), "data_offsets of 't' must be two numbers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0\0", "{}", ",", "1", "x"})
    void somethingAfterTheObject(String trailing) {
      rejects(SafeTensorsFile.header("{\"t\":" + ONE + "}" + trailing).data(4), "not valid");
    }

    @Test
    void byteOrderMark() {
      rejects(SafeTensorsFile.header("\uFEFF{\"t\":" + ONE + "}").data(4), "not valid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800"})
    void loneSurrogate(String name) {
      rejects(SafeTensorsFile.header("{\"" + name + "\":" + ONE + "}").data(4), "surrogate");
    }

    @Test
    void rawControlCharacter() {
      rejects(SafeTensorsFile.header("{\"a\nb\":" + ONE + "}").data(4), "not valid");
    }

    @Test
    void trailingComma() {
      rejects(SafeTensorsFile.header("{\"t\":" + ONE + ",}").data(4), "not valid");
      rejects(SafeTensorsFile.of("I32", "[1,]", 0, 4).data(4), "not valid");
    }

    @Test
    void emptyHeader() {
      rejects(SafeTensorsFile.header(""), "the header must be an object, found the end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"01", "NaN", "Infinity", "-Infinity", "'1'", "+1", "0x1", ".1"})
    void numbersThatAreNotJson(String number) {
      rejects(SafeTensorsFile.of("I32", "[" + number + "]", 0, 4).data(4), "not valid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/* */", "// \n", "# \n"})
    void comments(String comment) {
      rejects(SafeTensorsFile.header(comment + "{\"t\":" + ONE + "}").data(4), "not valid");
    }

    @Test
    void nestingBeyond128() {
      String deep = "[".repeat(200) + "]".repeat(200);
      rejects(SafeTensorsFile.of(deep).data(4), "not valid");
      rejects(SafeTensorsFile.metadata("{\"a\":" + deep + "}"), "not valid");
    }

    @Test
    void headerInUtf16() {
      byte[] utf16 = ("{\"t\":" + ONE + "}").getBytes(UTF_16LE);
      rejects(SafeTensorsFile.header(utf16).data(4), "not valid");
    }
  }

  @Nested
  class IsStricterAbout {
    @Test
    void duplicateKeyWhoseLastEntryIsConsistent() {
      String json = "{\"t\":%s,\"t\":%s}".formatted(entry("I32", "[2]", 0, 8), ONE);
      rejects(SafeTensorsFile.header(json).data(4), "the key \"t\" occurs twice");
    }

    @Test
    void duplicateKeyThroughAnEscape() {
      String json = "{\"t\":%s,\"\\u0074\":%s}".formatted(ONE, ONE);
      rejects(SafeTensorsFile.header(json).data(4), "the key \"t\" occurs twice");
    }

    @Test
    void duplicateKeyInsideMetadata() {
      rejects(
          SafeTensorsFile.metadata("{\"a\":\"1\",\"\\u0061\":\"2\"}"),
          "__metadata__: the key \"a\" occurs twice");
    }

    @Test
    void unknownField() {
      String json = ONE.substring(0, ONE.length() - 1) + ",\"strides\":[1]}";
      rejects(SafeTensorsFile.of(json).data(4), "unknown field: strides of 't'");
    }

    @Test
    void entryAsAnArray() {
      rejects(
          SafeTensorsFile.of("[\"I32\",[1],[0,4]]").data(4),
          "'t' must be an object, found an array");
    }

    @ParameterizedTest
    @ValueSource(strings = {"281474976710656", "9223372036854775808", "18446744073709551615"})
    void sizesBeyondTheSchema(String size) {
      rejects(SafeTensorsFile.of("I32", "[" + size + "]", 0, 4).data(4), BEYOND);
      rejects(SafeTensorsFile.of("F32", "[0," + size + "]", 0, 0), BEYOND);
    }
  }

  @Nested
  class Withstands {
    @Test
    void lengthBeyondTheFile() {
      rejects(SafeTensorsFile.header("").length(99_999_999), "invalid header length");
    }

    @Test
    void hundredThousandTensorsOnOneRange() {
      String json = many(100_000, i -> "\"w" + i + "\":" + ONE);
      rejects(SafeTensorsFile.header(json).data(4), "invalid offset");
    }

    @Test
    void millionsOfEntriesThatAreNoTensors() {
      String json = "{\"t\":[" + "0,".repeat(5_000_000) + "0]}";
      assertTimeoutPreemptively(
          Duration.ofSeconds(60),
          () -> rejects(SafeTensorsFile.header(json), "must be an object, found an array"));
    }

    @Test
    void namesThatCollideInAHashTable() {
      String json = many(1 << 14, i -> '"' + colliding(i) + "\":" + entry("F32", "[0]", 0, 0));
      assertTimeoutPreemptively(
          Duration.ofSeconds(60), () -> accepts(SafeTensorsFile.header(json)));
    }

    private String colliding(int number) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 14; bit++) {
        name.append((number >> bit & 1) == 0 ? "Aa" : "BB");
      }
      return name.toString();
    }

    private String many(int n, IntFunction<String> item) {
      return IntStream.range(0, n).mapToObj(item).collect(Collectors.joining(",", "{", "}"));
    }

    @Test
    void longNames() throws IOException {
      String name = "n".repeat(1 << 20);
      SafeTensorsFile file = SafeTensorsFile.header("{\"" + name + "\":" + ONE + "}").data(4);
      assertThat(accepts(file).get(0).name()).isEqualTo(name);
    }

    @Test
    void headerOfTheLargestLength() throws IOException {
      byte[] header = new byte[(int) SafeTensorsHeader.LONGEST];
      Arrays.fill(header, (byte) ' ');
      byte[] json = ("{\"t\":" + ONE + "}").getBytes(UTF_8);
      System.arraycopy(json, 0, header, 0, json.length);
      assertThat(accepts(SafeTensorsFile.header(header).data(4))).hasSize(1);
    }
  }
}
