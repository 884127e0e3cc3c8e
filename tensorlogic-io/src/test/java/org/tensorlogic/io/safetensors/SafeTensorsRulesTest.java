package org.tensorlogic.io.safetensors;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.tensorlogic.io.safetensors.SafeTensorsFile.ONE;
import static org.tensorlogic.io.safetensors.SafeTensorsFile.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;

/** The reference's checks, in its order. */
class SafeTensorsRulesTest {
  @TempDir Path directory;

  private void rejects(SafeTensorsFile file, String reason) {
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> file.open(directory).close())
        .withMessageContaining("model.safetensors")
        .withMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  void rejectsHeaderTooSmall(int size) throws IOException {
    Path file = Files.write(directory.resolve("model.safetensors"), new byte[size]);
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> new SafeTensorsFormat().open(file, LoadOptions.defaults()))
        .withMessageContaining("header too small");
  }

  @ParameterizedTest
  @ValueSource(longs = {100_000_001, 0xffffff_ffffffL, Long.MAX_VALUE, -1, Long.MIN_VALUE})
  void rejectsHeaderTooLarge(long length) {
    rejects(SafeTensorsFile.header("{}").length(length), "header too large");
  }

  @Test
  void rejectsInvalidHeaderLength() {
    rejects(SafeTensorsFile.header("").length(1), "invalid header length");
    rejects(SafeTensorsFile.header("{}").length(3), "invalid header length");
    rejects(SafeTensorsFile.header("{}").length(100_000_000), "invalid header length");
  }

  @Test
  void rejectsHeaderThatIsNotUtf8() {
    byte[] latin = "{\"é\":%s}".formatted(ONE).getBytes(ISO_8859_1);
    rejects(SafeTensorsFile.header(latin).data(4), "not UTF-8");
    byte[] surrogate = {'{', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"', '}'};
    rejects(SafeTensorsFile.header(surrogate), "not UTF-8");
    byte[] overlong = {'{', '"', (byte) 0xC0, (byte) 0x80, '"', '}'};
    rejects(SafeTensorsFile.header(overlong), "not UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "e", "é", "日", "\uD83D\uDE00"})
  void countsTheBytesUpToWhatIsNotJson(String name) {
    String good = "{\"" + name + "\":";
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> SafeTensorsFile.header(good + "}").open(directory))
        .satisfies(e -> assertThat(e.offset()).isEqualTo(8 + good.getBytes(UTF_8).length));
  }

  @Test
  void checksUtf8BeforeJson() {
    rejects(SafeTensorsFile.header(new byte[] {'x', (byte) 0xFF}), "not UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "[", "[]", "\"\"", "null", "1", "{\"a\"}", "{}}", "junk"})
  void rejectsHeaderThatIsNotAJsonObject(String json) {
    rejects(SafeTensorsFile.header(json), "the header is not valid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32", "F128", "", "I32 ", "float16", "BOOLEAN"})
  void rejectsUnknownDtype(String dtype) {
    rejects(
        SafeTensorsFile.of(dtype, "[1]", 0, 4).data(4),
        "dtype of 't' is unknown: \"" + dtype + "\"");
  }

  @Test
  void rejectsDtypeThatIsNoString() {
    rejects(
        SafeTensorsFile.of("{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}").data(4),
        "dtype of 't' must be a string, found an integer");
  }

  @Test
  void rejectsGapBeforeTheFirstTensor() {
    rejects(SafeTensorsFile.of("I32", "[1]", 4, 8).data(8), "'t' must begin at 0");
  }

  @Test
  void rejectsGapBetweenTensors() {
    rejects(
        SafeTensorsFile.of(ONE, entry("I32", "[1]", 8, 12)).data(12),
        "'b' must begin at 4 where the data before it end, has [8, 12]");
  }

  @Test
  void rejectsOverlappingTensors() {
    rejects(
        SafeTensorsFile.of(entry("I32", "[2]", 0, 8), entry("I32", "[1]", 4, 8)).data(8),
        "'b' must begin at 8");
  }

  @Test
  void rejectsTensorsThatShareTheirBytes() {
    rejects(SafeTensorsFile.of(ONE, ONE).data(4), "'b' must begin at 4");
  }

  @Test
  void rejectsZeroSizeTensorInsideAnother() {
    rejects(
        SafeTensorsFile.of(entry("I32", "[2]", 0, 8), entry("I32", "[0]", 4, 4)).data(8),
        "'b' must begin at 8");
  }

  @Test
  void rejectsEndBeforeBegin() {
    rejects(SafeTensorsFile.of("I32", "[1]", 4, 0).data(4), "invalid offset");
    rejects(SafeTensorsFile.of(ONE, entry("I32", "[0]", 4, 3)).data(4), "invalid offset");
  }

  @Test
  void rejectsShapeOverflow() {
    String large = "[281474976710655,281474976710655]";
    rejects(SafeTensorsFile.of("I8", large, 0, 4).data(4), "overflow: 't'");
  }

  @Test
  void rejectsByteSizeOverflow() {
    String large = "[281474976710655,32768]";
    rejects(SafeTensorsFile.of("F64", large, 0, 4).data(4), "overflow: 't'");
  }

  @Test
  void rejectsOverflowSeenBeforeAZero() {
    String large = "[281474976710655,281474976710655,0]";
    rejects(SafeTensorsFile.of("F32", large, 0, 0), "overflow: 't'");
  }

  @Test
  void rejectsTensorThatEndsInsideAByte() {
    rejects(SafeTensorsFile.of("F4", "[3]", 0, 2).data(2), "misaligned: 't' takes 12 bits");
    rejects(SafeTensorsFile.of("F6_E2M3", "[2]", 0, 2).data(2), "misaligned: 't' takes 12 bits");
  }

  @Test
  void rejectsSizeThatDisagreesWithShape() {
    rejects(
        SafeTensorsFile.of("F32", "[2]", 0, 4).data(4),
        "'t' F32[2] takes 8 bytes, its offsets say 4");
    rejects(SafeTensorsFile.of("F4", "[4]", 0, 4).data(4), "takes 2 bytes, its offsets say 4");
  }

  @Test
  void rejectsIncompleteData() {
    rejects(SafeTensorsFile.of(ONE).data(2), "cut short");
    rejects(SafeTensorsFile.of(ONE).data(0), "cut short");
  }

  @Test
  void rejectsBytesThatNoTensorClaims() {
    rejects(SafeTensorsFile.of(ONE).data(5), "bytes that no tensor claims");
    rejects(SafeTensorsFile.header("{}").data(1), "bytes that no tensor claims");
  }

  @Test
  void checksEachTensorBeforeTheEndOfTheData() {
    rejects(SafeTensorsFile.of("F32", "[2]", 0, 4).data(9), "invalid size");
    rejects(SafeTensorsFile.of("F4", "[3]", 0, 2).data(9), "misaligned");
  }

  @Test
  void checksOffsetsBeforeSizes() {
    String large = "[281474976710655,281474976710655]";
    rejects(SafeTensorsFile.of(entry("I8", large, 1, 2), ONE).data(4), "invalid offset");
  }
}
