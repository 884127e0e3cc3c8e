package org.tensorlogic.io.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.tensorlogic.io.gguf.GgufValueType.ARRAY;
import static org.tensorlogic.io.gguf.GgufValueType.STRING;
import static org.tensorlogic.io.gguf.GgufValueType.UINT32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;

/** The reference's limits and named cases, and the attacks that it has suffered. */
class GgufRulesTest {
  private static final int F32 = GgmlType.F32.id();
  private static final int I8 = GgmlType.I8.id();
  private static final int Q4_0 = GgmlType.Q4_0.id();

  @TempDir Path directory;

  private void rejects(GgufFile file, String reason) {
    assertThatExceptionOfType(MalformedModelException.class)
        .isThrownBy(() -> file.open(directory).close())
        .withMessageContaining("model.gguf")
        .withMessageContaining(reason);
  }

  private void accepts(GgufFile file) throws IOException {
    try (Model model = file.open(directory)) {
      assertThat(model.format()).isEqualTo("gguf");
    }
  }

  private static GgufFile good() {
    return GgufFile.v3()
        .text("general.architecture", "test")
        .tensor("t", GgmlType.F32, new byte[8], 2);
  }

  @Nested
  class Header {
    @Test
    void badMagic() {
      rejects(GgufFile.v3().magic("GGML"), "begins with \"GGUF\"");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 99, -1, 0x7FFF})
    void badVersion(int version) {
      rejects(GgufFile.version(version), "versions 1 to 3 are supported");
    }

    @Test
    void negativeNumberOfPairs() { // CVE-2024-23605
      rejects(GgufFile.v3().pairCount(-1), "the number of key-value pairs does not fit the file");
    }

    @Test
    void negativeNumberOfTensors() { // CVE-2024-21836
      rejects(GgufFile.v3().tensorCount(-1), "the number of tensors does not fit the file");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1_000_000, 1L << 60, Long.MAX_VALUE})
    void moreThanTheFileCanHold(long count) {
      rejects(GgufFile.v3().pairCount(count), "the number of key-value pairs");
      rejects(GgufFile.v3().tensorCount(count), "the number of tensors");
    }

    @Test
    void emptyIsAllowed() throws IOException {
      accepts(GgufFile.v3());
    }

    @Test
    void pairsWithoutTensorsNeedNoPadding() throws IOException {
      accepts(GgufFile.v3().text("general.architecture", "bert"));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 6, 8, 15})
    void truncated(int size) throws IOException {
      Path file = Files.write(directory.resolve("model.gguf"), Arrays.copyOf(good().bytes(), size));
      assertThatExceptionOfType(MalformedModelException.class)
          .isThrownBy(() -> new GgufFormat().open(file, LoadOptions.defaults()).close())
          .withMessageContaining("cut short");
    }

    @Test
    void everyTruncationIsAnError() {
      int size = good().bytes().length;
      for (int cut = 1; cut <= size; cut++) {
        int bytes = cut;
        assertThatExceptionOfType(MalformedModelException.class)
            .isThrownBy(() -> good().cut(bytes).open(directory).close());
      }
    }
  }

  @Nested
  class Pairs {
    private final GgufFile file = GgufFile.v3();

    @Test
    void badKeySize() {
      rejects(file.pair(file.i64(-1), new byte[20]), "the length of a key must be at most 2^30");
    }

    @Test
    void keyLongerThanTheFile() {
      rejects(file.pair(file.i64(1 << 20), new byte[20]), "a key takes 1048576 bytes");
    }

    @Test
    void emptyKey() {
      rejects(file.u32("", 1), "a key is empty");
    }

    @Test
    void keyThatIsNotUtf8() {
      byte[] bad = {(byte) 0xC0, (byte) 0x80};
      rejects(file.pair(file.i64(2), bad, file.i32(4), file.i32(1)), "a key is not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 13, 1000, Integer.MIN_VALUE})
    void badType(int type) {
      rejects(file.pair(file.string("k"), file.i32(type), new byte[8]), "'k' has the unknown type");
    }

    @Test
    void duplicateKey() {
      rejects(file.u32("k", 1).u32("k", 2), "the key 'k' occurs twice");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 13, 31, 33, -2})
    void badAlignment(int alignment) {
      rejects(good().u32("general.alignment", alignment), "must be a power of two");
    }

    @Test
    void alignmentOfTheWrongType() {
      rejects(
          good().pair("general.alignment", GgufValueType.INT32, file.i32(32)),
          "general.alignment must be a UINT32, is a INT32");
      rejects(
          good().text("general.alignment", "32"),
          "general.alignment must be a UINT32, is a STRING");
    }

    @Test
    void largestAlignment() throws IOException {
      accepts(GgufFile.v3().u32("general.alignment", 1 << 31));
    }

    @Test
    void stringLength() { // CVE-2024-23496
      rejects(GgufFile.v3().pair("k", STRING, file.i64(-1)), "must be at most 2^30");
      rejects(GgufFile.v3().pair("k", STRING, file.i64(Long.MAX_VALUE)), "must be at most 2^30");
      rejects(GgufFile.v3().pair("k", STRING, file.i64(1 << 30)), "takes 1073741824 bytes");
    }

    @Test
    void arrayCount() { // CVE-2024-21825
      rejects(
          GgufFile.v3().pair("k", ARRAY, file.i32(4), file.i64(-1)),
          "must have at most 2^30 elements");
      rejects(
          GgufFile.v3().pair("k", ARRAY, file.i32(4), file.i64(1L << 31)), "at most 2^30 elements");
      rejects(
          GgufFile.v3().pair("k", ARRAY, file.i32(4), file.i64(1 << 30)), "takes 4294967296 bytes");
      rejects(GgufFile.v3().pair("k", ARRAY, file.i32(8), file.i64(1 << 30)), "cut short");
    }

    @Test
    void arrayOfStringsThatEndsEarly() {
      rejects(file.array("k", STRING, 3, file.string("a"), file.string("b")), "cut short");
    }

    @Test
    void arrayOfArrays() { // GGUF-PY-F001
      rejects(
          file.pair("k", ARRAY, file.i32(ARRAY.id()), file.i64(1), file.i32(4), file.i64(0)),
          "has elements of type array, which is not allowed");
    }

    @Test
    void arrayOfAnUnknownType() {
      rejects(file.pair("k", ARRAY, file.i32(13), file.i64(0)), "elements of type 13");
    }

    @Test
    void quantizationVersion() {
      GgufFile old =
          GgufFile.v3()
              .u32("general.quantization_version", 1)
              .tensor("t", GgmlType.Q4_0, new byte[18], 32);
      rejects(old, "general.quantization_version must be 2, is 1");
    }

    @Test
    void quantizationVersionOfAModelThatIsNotQuantized() throws IOException {
      accepts(
          GgufFile.v3()
              .u32("general.quantization_version", 1)
              .tensor("t", GgmlType.F32, new byte[4], 1));
    }
  }

  @Nested
  class Tensors {
    private final GgufFile file = GgufFile.v3();

    @Test
    void badNameSize() {
      rejects(file.tensor("n".repeat(64), F32, 0, 1).data(32), "must be shorter than 64 bytes");
      rejects(
          GgufFile.v3().tensor("é".repeat(32), F32, 0, 1).data(32),
          "must be shorter than 64 bytes");
    }

    @Test
    void longestName() throws IOException {
      accepts(file.tensor("n".repeat(63), GgmlType.F32, new byte[4], 1));
    }

    @Test
    void emptyName() throws IOException {
      accepts(file.tensor("", GgmlType.F32, new byte[4], 1));
    }

    @Test
    void nameThatIsNotUtf8() {
      byte[] bad = {(byte) 0xFF};
      rejects(
          file.tensor(file.i64(1), bad, file.i32(0), file.i32(F32), file.i64(0)).data(32),
          "a tensor's name is not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 100, -1, Integer.MIN_VALUE})
    void badNumberOfAxes(int axes) {
      rejects(
          file.tensor(file.string("t"), file.i32(axes), new byte[80]).data(32),
          "axes, at most 4 are allowed");
    }

    @Test
    void noAxesIsOneElement() throws IOException {
      try (Model model = file.tensor("t", GgmlType.F32, file.i32(0x40000000)).open(directory)) {
        assertThat(model.getTensor("t").item()).isEqualTo(2);
      }
    }

    @Test
    void negativeExtent() { // CVE-2024-21802
      rejects(file.tensor("t", F32, 0, -1).data(32), "is negative: -1");
      rejects(GgufFile.v3().tensor("t", F32, 0, 1, 1, 1, Long.MIN_VALUE).data(32), "is negative");
    }

    @Test
    void zeroExtent() throws IOException {
      try (Model model = file.tensor("t", F32, 0, 3, 0).open(directory)) {
        assertThat(model.info("t").shape()).containsExactly(0L, 3L);
        assertThat(model.getTensor("t").size()).isZero();
      }
    }

    @Test
    void tooManyElements() {
      rejects(file.tensor("t", I8, 0, 1L << 32, 1L << 32).data(32), "more than 2^63-1 elements");
      rejects(file.tensor("t", I8, 0, 1L << 20, 1L << 20, 1L << 20, 1L << 20).data(32), "2^63-1");
    }

    @Test
    void elementProductThatWrapsToSmall() { // ggml-org/llama.cpp #27203
      rejects(file.tensor("t", I8, 0, Long.MAX_VALUE, 2).data(32), "more than 2^63-1 elements");
    }

    @Test
    void tooManyBytes() { // CVE-2026-33298
      rejects(file.tensor("t", F32, 0, 1L << 61).data(32), "more than 2^63-1");
    }

    @Test
    void byteProductThatWrapsBeforeTheDivision() { // ggml-org/llama.cpp #27200
      long extent = 5_124_095_576_030_431_008L;
      rejects(file.tensor("t", Q4_0, 0, extent).data(32), "the file ends after");
    }

    @Test
    void paddingThatWraps() { // ggml-org/llama.cpp #24759
      rejects(file.tensor("t", I8, 0, Long.MAX_VALUE - 1).data(32), "more than 2^63-1 bytes");
    }

    @Test
    void sumOfSizesThatWraps() { // CVE-2025-53630; MEM_SIZE_OVERFLOW
      long large = 0x7FFFFFFFFFFFFFC0L;
      rejects(
          file.tensor("a", I8, 0, large).tensor("b", I8, large, large).data(32),
          "more than 2^63-1 bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {43, 255, -1, Integer.MAX_VALUE})
    void badType(int type) {
      rejects(file.tensor("t", type, 0, 32).data(32), "'t' has the unknown tensor type " + type);
    }

    @Test
    void rowsOfBrokenBlocks() {
      rejects(
          file.tensor("t", Q4_0, 0, 33, 32).data(1024),
          "'t' has rows of 33 elements, not a multiple of the 32 in a block of Q4_0");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1, 32, Long.MIN_VALUE})
    void badOffset(long offset) {
      rejects(file.tensor("t", F32, offset, 1).data(64), "'t' must have offset 0");
    }

    @Test
    void gapBetweenTensors() {
      rejects(
          file.tensor("a", F32, 0, 1).tensor("b", F32, 64, 1).data(96), "'b' must have offset 32");
    }

    @Test
    void overlap() {
      rejects(
          file.tensor("a", F32, 0, 1).tensor("b", F32, 0, 1).data(64), "'b' must have offset 32");
    }

    @Test
    void otherOrder() {
      rejects(
          file.tensor("a", F32, 32, 1).tensor("b", F32, 0, 1).data(64), "'a' must have offset 0");
    }

    @Test
    void duplicateName() {
      rejects(
          file.tensor("t", F32, 0, 1).tensor("t", F32, 32, 1).data(64),
          "the tensor 't' occurs twice");
    }

    @Test
    void offsetsThatDisagreeWithTheAlignment() { // INCONSISTENT_ALIGN
      rejects(
          file.tensor("a", F32, 0, 1).tensor("b", F32, 4, 1).data(64),
          "'b' must have offset 32 after the tensors before it at alignment 32, has 4");
    }

    @Test
    void alignmentThatItsOwnWriterForgot() {
      rejects(
          file.u32("general.alignment", 64).tensor("a", F32, 0, 1).tensor("b", F32, 32, 1).data(64),
          "'b' must have offset 64 after the tensors before it at alignment 64");
    }

    @Test
    void customAlignment() throws IOException {
      accepts(
          file.u32("general.alignment", 1)
              .paddedTo(1)
              .tensor("a", GgmlType.I8, new byte[3], 3)
              .tensor("b", GgmlType.F32, new byte[4], 1));
    }
  }

  @Nested
  class Data {
    @Test
    void notEnough() {
      rejects(good().cut(1), "it is cut short");
    }

    @Test
    void noneAtAll() {
      rejects(GgufFile.v3().tensor("t", F32, 0, 1 << 20), "the file ends after 0");
    }

    @Test
    void missingFinalPadding() {
      rejects(good().cut(24), "padding included");
    }

    @Test
    void moreThanNeededIsIgnored() throws IOException {
      accepts(good().data(5));
    }

    @Test
    void declaredPastTheEnd() { // CVE-2026-7482
      rejects(GgufFile.v3().tensor("t", GgmlType.F16, new byte[64], 1L << 40), "it is cut short");
    }
  }

  @Nested
  class Withstands {
    @Test
    void aMillionEmptyStrings() {
      GgufFile file = GgufFile.v3();
      byte[] empty = new byte[8 << 20];
      file.array("k", STRING, 1 << 20, empty);
      assertTimeoutPreemptively(Duration.ofSeconds(60), () -> accepts(file));
    }

    @Test
    void countsThatAskForMoreThanTheyBring() { // CVE-2026-27940
      GgufFile file = GgufFile.v3();
      file.array("k", STRING, 1 << 30, file.string("a"));
      long before = Runtime.getRuntime().totalMemory();
      rejects(file, "cut short");
      assertThat(Runtime.getRuntime().totalMemory() - before).isLessThan(256 << 20);
    }

    @Test
    void hyperparametersThatNoModelHas()
        throws IOException { // block_count > 512, ggml-org/llama.cpp
      GgufFile file = GgufFile.v3().u32("llama.block_count", -1);
      file.array("tokenizer.ggml.tokens", STRING, 2, file.string("<0x-1>"), file.string("<0xZZ>"));
      try (Model model = file.open(directory)) {
        assertThat(model.metadata().getLong("llama.block_count")).isEqualTo(0xFFFFFFFFL);
        assertThat(model.metadata().getStrings("tokenizer.ggml.tokens"))
            .containsExactly("<0x-1>", "<0xZZ>");
      }
    }

    @Test
    void failureHalfWayThroughTheMetadata() { // GHSA-p5mv-gjc5-mwqv
      GgufFile file = GgufFile.v3();
      rejects(
          file.text("a", "b").pair(file.string("k"), file.i32(UINT32.id()), new byte[2]),
          "cut short");
    }
  }
}
