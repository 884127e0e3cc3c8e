package org.tensorlogic.io.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.tensorlogic.io.gguf.GgufValueType.BOOL;
import static org.tensorlogic.io.gguf.GgufValueType.FLOAT32;
import static org.tensorlogic.io.gguf.GgufValueType.FLOAT64;
import static org.tensorlogic.io.gguf.GgufValueType.INT16;
import static org.tensorlogic.io.gguf.GgufValueType.INT32;
import static org.tensorlogic.io.gguf.GgufValueType.INT64;
import static org.tensorlogic.io.gguf.GgufValueType.INT8;
import static org.tensorlogic.io.gguf.GgufValueType.STRING;
import static org.tensorlogic.io.gguf.GgufValueType.UINT16;
import static org.tensorlogic.io.gguf.GgufValueType.UINT64;
import static org.tensorlogic.io.gguf.GgufValueType.UINT8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Model;
import org.tensorlogic.ModelMetadata;
import org.tensorlogic.Models;
import org.tensorlogic.Tensor;

class GgufModelTest {
  @TempDir Path directory;

  private static byte[] floats(ByteOrder order, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(order);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  private static GgufFile withMetadata(GgufFile file) {
    return file.pair("u8", UINT8, new byte[] {-1})
        .pair("i8", INT8, new byte[] {-1})
        .pair("u16", UINT16, file.i16(0xFFFE))
        .pair("i16", INT16, file.i16(0xFFFE))
        .u32("u32", -1)
        .pair("i32", INT32, file.i32(-5))
        .pair("u64", UINT64, file.i64(5))
        .pair("u64.large", UINT64, file.i64(-1))
        .pair("i64", INT64, file.i64(-(1L << 40)))
        .pair("f32", FLOAT32, file.i32(Float.floatToIntBits(1.5f)))
        .pair("f64", FLOAT64, file.i64(Double.doubleToLongBits(1e-300)))
        .pair("bool", BOOL, new byte[] {1})
        .text("string", "ü☃")
        .array("words", STRING, 3, file.string("ein"), file.string(""), file.string("drei"))
        .array("numbers", INT32, 2, file.i32(7), file.i32(-7))
        .array("flags", BOOL, 2, new byte[] {1, 0})
        .array("none", STRING, 0);
  }

  private static void checkMetadata(Model model) {
    ModelMetadata metadata = model.metadata();
    assertThat(metadata.getLong("u8")).isEqualTo(255);
    assertThat(metadata.getLong("i8")).isEqualTo(-1);
    assertThat(metadata.getLong("u16")).isEqualTo(0xFFFE);
    assertThat(metadata.getLong("i16")).isEqualTo(-2);
    assertThat(metadata.getLong("u32")).isEqualTo(0xFFFFFFFFL);
    assertThat(metadata.getLong("i32")).isEqualTo(-5);
    assertThat(metadata.getLong("u64")).isEqualTo(5);
    assertThat(metadata.getDouble("u64.large")).isEqualTo(0x1p64);
    assertThat(metadata.getLong("i64")).isEqualTo(-(1L << 40));
    assertThat(metadata.getDouble("f32")).isEqualTo(1.5);
    assertThat(metadata.getDouble("f64")).isEqualTo(1e-300);
    assertThat(metadata.getBoolean("bool")).isTrue();
    assertThat(metadata.getString("string")).isEqualTo("ü☃");
    assertThat(metadata.getStrings("words")).containsExactly("ein", "", "drei");
    assertThat(metadata.getLongs("numbers")).containsExactly(7L, -7L);
    assertThat(metadata.find("flags")).contains(List.of(true, false));
    assertThat(metadata.getStrings("none")).isEmpty();
  }

  @Test
  void readsEveryTypeOfMetadata() throws IOException {
    for (GgufFile file : List.of(GgufFile.v3(), GgufFile.version(2), GgufFile.bigEndian())) {
      try (Model model = withMetadata(file).open(directory)) {
        checkMetadata(model);
      }
    }
  }

  @Test
  void readsVersion1() throws IOException {
    GgufFile file = GgufFile.version(1);
    file.text("name", "old").array("words", STRING, 2, file.string("a"), file.string("b"));
    file.tensor("t", GgmlType.F32, floats(ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4, 5, 6), 3, 2);
    try (Model model = file.open(directory)) {
      assertThat(model.metadata().getStrings("words")).containsExactly("a", "b");
      assertThat(model.getTensor("t").get(1, 0)).isEqualTo(4);
    }
  }

  @Test
  void showsShapesAsNumPyDoes() throws IOException {
    GgufFile file = GgufFile.v3().tensor("t", GgmlType.F16, new byte[48], 4, 3, 2);
    try (Model model = file.open(directory)) {
      assertThat(model.info("t").shape()).containsExactly(2L, 3L, 4L);
      assertThat(model.getTensor("t").shape().dims()).containsExactly(2, 3, 4);
    }
  }

  @Test
  void swapsBigEndianData() throws IOException {
    byte[] packed = new byte[34];
    packed[0] = 0x40; // the half 2, big end first
    packed[2] = 3;
    packed[33] = -4;
    GgufFile file =
        GgufFile.bigEndian()
            .tensor("f32", GgmlType.F32, floats(ByteOrder.BIG_ENDIAN, 1.5f, -2), 2)
            .tensor("f16", GgmlType.F16, new byte[] {0x3C, 0, (byte) 0xC0, 0}, 2)
            .tensor("q8", GgmlType.Q8_0, packed, 32, 1);
    try (Model model = file.open(directory)) {
      assertThat(model.getTensor("f32").toFloatArray()).containsExactly(1.5f, -2);
      assertThat(model.getTensor("f32", DType.F32).toFloatArray()).containsExactly(1.5f, -2);
      assertThat(model.getTensor("f16").toFloatArray()).containsExactly(1, -2);
      Tensor q8 = model.getTensor("q8");
      assertThat(q8.encoding()).isEqualTo(Encoding.Q8_0);
      assertThat(q8.get(0, 0)).isEqualTo(6);
      assertThat(q8.get(0, 31)).isEqualTo(-8);
    }
  }

  @Test
  void keepsQuantizedWeightsPacked() throws IOException {
    GgufFile file = GgufFile.v3().tensor("w", GgmlType.Q4_0, new byte[36], 32, 2);
    try (Model model = file.open(directory)) {
      assertThat(model.getTensor("w").encoding()).isEqualTo(Encoding.Q4_0);
      assertThat(model.getTensor("w", DType.F32).encoding()).isEqualTo(Encoding.Q4_0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void listsEveryType(GgmlType type) throws IOException {
    GgufFile file =
        GgufFile.v3().tensor("t", type, new byte[2 * type.blockBytes()], type.blockSize(), 2);
    try (Model model = file.open(directory)) {
      assertThat(model.info("t").storedType()).isEqualTo(type.name());
      assertThat(model.info("t").bytes()).isEqualTo(2L * type.blockBytes());
      Encoding encoding = type.encoding();
      if (encoding != null) {
        assertThat(encoding.blockSize()).isEqualTo(type.blockSize());
        assertThat(encoding.blockBytes()).isEqualTo(type.blockBytes());
        assertThat(model.getTensor("t").toFloatArray()).hasSize(2 * type.blockSize());
      } else {
        assertThatExceptionOfType(UnsupportedOperationException.class)
            .isThrownBy(() -> model.getTensor("t"))
            .withMessageContaining("stored as " + type);
      }
    }
  }

  @Test
  void readsEveryTypeButIntegersAndThoseRemoved() throws IOException {
    List<GgmlType> listed = new ArrayList<>();
    for (GgmlType type : GgmlType.values()) {
      if (type.encoding() == null) {
        listed.add(type);
      }
    }
    assertThat(listed)
        .extracting(Enum::name)
        .containsExactly(
            "Q4_2",
            "Q4_3",
            "I8",
            "I16",
            "I32",
            "I64",
            "Q4_0_4_4",
            "Q4_0_4_8",
            "Q4_0_8_8",
            "IQ4_NL_4_4",
            "IQ4_NL_4_8",
            "IQ4_NL_8_8");
  }

  @Test
  void wordsCoverTheBlocksOfEveryTypeThatIsRead() {
    for (GgmlType type : GgmlType.values()) {
      int[] words = type.words();
      int bytes = 0;
      for (int i = 0; i < words.length; i += 2) {
        bytes += words[i] * words[i + 1];
      }
      boolean isRead = type.encoding() != null;
      if (isRead || bytes > 0) {
        assertThat(bytes).as("%s", type).isEqualTo(type.blockBytes());
      }
    }
  }

  /** The blocks that ggml's quantizers made of the same numbers; see blocks.c. */
  private Map<GgmlType, byte[]> blocks(String fixture) throws IOException {
    Map<GgmlType, byte[]> blocks = new EnumMap<>(GgmlType.class);
    try (InputStream in = getClass().getResourceAsStream(fixture)) {
      for (GgmlType type : GgmlType.values()) {
        if (type.isQuantized() && type.encoding() != null && type != GgmlType.Q8_1) {
          blocks.put(type, in.readNBytes(256 / type.blockSize() * type.blockBytes()));
        }
      }
      assertThat(in.read()).isEqualTo(-1);
    }
    return blocks;
  }

  @Test
  void readsWhatGgmlQuantizesOnABigEndianMachine() throws IOException {
    Map<GgmlType, byte[]> little = blocks("blocks-little.bin");
    Map<GgmlType, byte[]> big = blocks("blocks-big.bin");
    GgufFile littleFile = GgufFile.v3();
    GgufFile bigFile = GgufFile.bigEndian();
    little.forEach((type, blocks) -> littleFile.tensor(type.name(), type, blocks, 256, 1));
    big.forEach((type, blocks) -> bigFile.tensor(type.name(), type, blocks, 256, 1));
    bigFile.write(directory, "big.gguf");
    try (Model expected = littleFile.open(directory);
        Model model = Models.loadModel(directory.resolve("big.gguf"))) {
      assertThat(model.names()).hasSize(26).isEqualTo(expected.names());
      for (String name : model.names()) {
        float[] values = expected.getTensor(name).toFloatArray();
        assertThat(values).as(name).doesNotContain(Float.NaN).isNotEqualTo(new float[256]);
        assertThat(model.getTensor(name).toFloatArray()).as(name).isEqualTo(values);
      }
    }
  }

  @Test
  void findsStringsOfALargeArrayInAnyOrder() throws IOException {
    int n = 100_000;
    GgufFile file = GgufFile.v3();
    byte[][] tokens = new byte[n][];
    for (int i = 0; i < n; i++) {
      tokens[i] = file.string("<token " + i + ">");
    }
    file.array("tokens", STRING, n, tokens);
    try (Model model = file.open(directory)) {
      List<String> read = model.metadata().getStrings("tokens");
      assertThat(read).hasSize(n);
      for (int i : new int[] {0, 31, 32, 33, 99_999, 50_000, 1}) {
        assertThat(read.get(i)).isEqualTo("<token " + i + ">");
      }
      assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> read.get(n));
    }
  }

  @Test
  void anArrayIsUnusableOnceTheModelIsClosed() throws IOException {
    List<String> words;
    try (Model model = withMetadata(GgufFile.v3()).open(directory)) {
      words = model.metadata().getStrings("words");
    }
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> words.get(0))
        .withMessageContaining("closed");
  }

  @Test
  void replacesBytesOfValuesThatAreNotUtf8() throws IOException {
    GgufFile file = GgufFile.v3();
    file.pair("k", STRING, file.i64(1), new byte[] {(byte) 0xFF});
    try (Model model = file.open(directory)) {
      assertThat(model.metadata().getString("k")).isEqualTo("\uFFFD");
    }
  }

  @Test
  void isRecognizedByItsContent() throws IOException {
    GgufFile file = GgufFile.v3().tensor("t", GgmlType.F32, new byte[4], 1);
    try (Model model = Models.loadModel(file.write(directory, "weights.safetensors"))) {
      assertThat(model.format()).isEqualTo("gguf");
    }
  }
}
