package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tensorlogic.io.coreml.MilDataType.FLOAT16;
import static org.tensorlogic.io.coreml.MilDataType.FLOAT32;
import static org.tensorlogic.io.coreml.MilDataType.INT8;
import static org.tensorlogic.io.coreml.MilDataType.UINT1;
import static org.tensorlogic.io.coreml.MilDataType.UINT3;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.Model;

/** The rules of weight files, with the cases that coremltools tests its own reader by. */
class WeightFileTest {
  @TempDir Path directory;
  private final WeightFileBuilder weights = new WeightFileBuilder();

  private Model open(MilDataType dtype, long offset, long... shape) throws IOException {
    weights.write(directory);
    return open(WeightFileBuilder.NAME, dtype, offset, shape);
  }

  private Model open(String file, MilDataType dtype, long offset, long... shape)
      throws IOException {
    Proto type = Specifications.tensorType(dtype, shape);
    Proto constant = Specifications.constant("w", type, Specifications.blob(type, file, offset));
    return Specifications.open(directory, Specifications.program(constant));
  }

  private void assertRejected(String reason, MilDataType dtype, long offset, long... shape) {
    assertThatThrownBy(() -> open(dtype, offset, shape).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void readsThreeBlobs() throws IOException {
    weights.addHalves(0x3C00, 0x4000);
    weights.add(FLOAT32, 0, (byte) 0, (byte) 0, (byte) 0x80, (byte) 0x3F);
    long third = weights.addHalves(0xBC00, 0, 0x7C00);
    try (Model model = open(FLOAT16, third, 3)) {
      assertThat(model.getTensor("w").toFloatArray())
          .containsExactly(-1, 0, Float.POSITIVE_INFINITY);
      assertThat(model.getTensor("w", DType.F16).encoding()).isEqualTo(Encoding.F16);
    }
  }

  @Test
  void readsDataAtAnyOffset() throws IOException {
    long offset = weights.addHalves(0x3C00, 0x4000, 0x4200);
    weights.bytes().putLong((int) offset + 16, offset + 66).putLong((int) offset + 8, 4);
    try (Model model = open(FLOAT16, offset, 2)) {
      assertThat(model.getTensor("w").toFloatArray()).containsExactly(2, 3);
    }
  }

  @Test
  void listsIntegers() throws IOException {
    long offset = weights.add(INT8, 0, (byte) 1, (byte) -1);
    try (Model model = open(INT8, offset, 2)) {
      assertThat(model.info("w").storedType()).isEqualTo("int8");
      assertThatThrownBy(() -> model.getTensor("w"))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("int8");
    }
  }

  @Test
  void acceptsSharedBlobs() throws IOException {
    long offset = weights.addHalves(0x3C00);
    weights.write(directory);
    Proto type = Specifications.tensorType(FLOAT16, 1);
    Proto blob = Specifications.blob(type, WeightFileBuilder.NAME, offset);
    Proto program =
        Specifications.program(
            Specifications.constant("a", type, blob), Specifications.constant("b", type, blob));
    try (Model model = Specifications.open(directory, program)) {
      assertThat(model.getTensor("a").toFloatArray())
          .isEqualTo(model.getTensor("b").toFloatArray());
    }
  }

  @Test
  void rejectsATruncatedHeader() {
    weights.truncate(63);
    assertRejected("begins with 64 bytes, has 63", FLOAT16, 64, 1);
  }

  @Test
  void rejectsAnEmptyFile() {
    weights.truncate(0);
    assertRejected("begins with 64 bytes, has 0", FLOAT16, 64, 1);
  }

  @Test
  void rejectsOtherVersions() {
    weights.addHalves(0);
    weights.bytes().putInt(4, 1);
    assertRejected("must be 2, is 1", FLOAT16, 64, 1);
  }

  @Test
  void rejectsMoreBlobsThanFit() {
    weights.addHalves(0);
    weights.bytes().putInt(0, -1);
    assertRejected("4294967295 blobs do not fit", FLOAT16, 64, 1);
  }

  @Test
  void rejectsZeroRecords() {
    assertRejected("inside the file", FLOAT16, 64, 1);
  }

  @Test
  void rejectsTruncatedMetadata() {
    weights.addHalves(0);
    weights.truncate(127);
    assertRejected("1 blobs do not fit into 127 bytes", FLOAT16, 64, 1);
  }

  @Test
  void rejectsTruncatedData() {
    weights.addHalves(0, 0);
    weights.truncate(131);
    assertRejected("are not inside the file's 131", FLOAT16, 64, 2);
  }

  @Test
  void rejectsAnIncorrectType() {
    weights.addHalves(0, 0);
    assertRejected("must be 2 for fp32, is 1", FLOAT32, 64, 1);
  }

  @Test
  void rejectsMetadataWithoutSentinel() {
    weights.addHalves(0);
    weights.bytes().putInt(64, 0);
    assertRejected("0xDEADBEEF is missing", FLOAT16, 64, 1);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 32, 65, 1 << 20, -64, Long.MIN_VALUE, Long.MAX_VALUE})
  void rejectsOffsetsThatAreNoMetadataRecord(long offset) {
    weights.addHalves(0, 0);
    assertRejected("metadata must be at a multiple of 64", FLOAT16, offset, 2);
  }

  @Test
  void rejectsSizesThatAreNotThoseOfTheShape() {
    weights.addHalves(0, 0, 0);
    assertRejected("tensor<fp16, [2]> takes 4 bytes, the blob has 6", FLOAT16, 64, 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 63, -1, Long.MIN_VALUE, Long.MAX_VALUE})
  void rejectsDataOutsideTheFile(long data) {
    weights.addHalves(0);
    weights.bytes().putLong(64 + 16, data);
    assertRejected("are not inside the file", FLOAT16, 64, 1);
  }

  @Test
  void ignoresWhatOldWritersLeftInTheReservedBytesOfWholeByteTypes() throws IOException {
    weights.addHalves(0x3C00);
    for (int at = 64 + 24; at < 128; at += 8) {
      weights.bytes().putLong(at, 0x2bc7189f0L);
    }
    try (Model model = open(FLOAT16, 64, 1)) {
      assertThat(model.getTensor("w").toFloatArray()).containsExactly(1);
    }
  }

  @Test
  void rejectsInconsistentPaddingOfTypesOfLessThanAByte() {
    weights.add(UINT3, 4, (byte) 0, (byte) 0);
    assertRejected("must be 1, are 4", UINT3, 64, 5);
    weights.bytes().putLong(64 + 24, -7);
    assertRejected("must be 1, are -7", UINT3, 64, 5);
  }

  @Test
  void readsElementsOfLessThanAByteFromTheLowestBitOn() throws IOException {
    weights.add(UINT3, 1, (byte) 0b10_001_010, (byte) 0b0_111_100_1);
    weights.add(UINT1, 6, (byte) 0b10);
    try (Model model = open(UINT3, 64, 5)) {
      assertThat(model.info("w").bytes()).isEqualTo(2);
      assertThat(model.info("w").isReadable()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@model_path/../secret.bin",
        "@model_path/weights/../../secret.bin",
        "@model_path//etc/passwd",
        "@model_path/./w.bin",
        "@model_path/..\\secret.bin",
        "@model_path/C:secret.bin",
        "@model_path/",
        "/etc/passwd",
        "weights/weight.bin",
        "@model_path/w\0.bin",
        ""
      })
  void rejectsPathsThatLeadOutOfTheModel(String path) {
    assertThatThrownBy(() -> open(path, FLOAT16, 64, 1).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("must be below @model_path/");
  }

  @Test
  void rejectsMissingWeightFiles() {
    assertThatThrownBy(() -> open(WeightFileBuilder.NAME, FLOAT16, 64, 1).close())
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("there is no weight file");
  }

  @Test
  void readsWeightsBeyondTwoGibibytes() throws IOException {
    weights.write(directory);
    Path file = directory.resolve("weights").resolve("weight.bin");
    long offset = (1L << 31) + 64;
    ByteBuffer record = ByteBuffer.allocate(68).order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(0xDEADBEEF).putInt(1).putLong(4).putLong(offset + 64);
    record.putShort(64, (short) 0x3C00).putShort(66, (short) 0x4000);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.seek(offset);
      sparse.write(record.array());
    }
    try (Model model = open(WeightFileBuilder.NAME, FLOAT16, offset, 2)) {
      assertThat(model.getTensor("w").toFloatArray()).containsExactly(1, 2);
    }
    Files.delete(file);
  }
}
