package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** Every encoding against blocks decoded by libggml, ml_dtypes and NumPy; see encodings.py. */
class EncodingTest {
  /** Some blocks, then their values as floats. */
  private static byte[] fixture(Encoding encoding) throws IOException {
    String name = "encodings/" + encoding + ".bin";
    try (InputStream in = EncodingTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, "no fixture " + name).readAllBytes();
    }
  }

  private static int blocks(Encoding encoding, byte[] fixture) {
    int size = encoding.blockBytes() + 4 * encoding.blockSize();
    assertThat(fixture.length % size).isZero();
    return fixture.length / size;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]); // all NaN are one
    }
    return bits;
  }

  @ParameterizedTest
  @EnumSource
  void decodesBitForBitAsTheReference(Encoding encoding) throws IOException {
    byte[] fixture = fixture(encoding);
    int blocks = blocks(encoding, fixture);
    float[] expected = new float[blocks * encoding.blockSize()];
    ByteBuffer.wrap(fixture)
        .order(ByteOrder.LITTLE_ENDIAN)
        .position(blocks * encoding.blockBytes())
        .asFloatBuffer()
        .get(expected);

    float[] decoded = new float[3 + expected.length];
    encoding.decode(fixture, 0, decoded, 3, blocks);

    float[] values = new float[expected.length];
    System.arraycopy(decoded, 3, values, 0, values.length);
    assertThat(bits(values)).isEqualTo(bits(expected));
    assertThat(decoded).startsWith(0, 0, 0);
  }

  @ParameterizedTest
  @EnumSource
  void decodesTheSameAnywhere(Encoding encoding) throws IOException {
    byte[] fixture = fixture(encoding);
    int bytes = blocks(encoding, fixture) * encoding.blockBytes();
    long size = (long) blocks(encoding, fixture) * encoding.blockSize();
    Memory memory = Memory.heap(bytes + 5);
    memory.put(5, fixture, 0, bytes);
    Storage storage = new Storage(memory, 5, encoding, size);

    float[] whole = new float[(int) size];
    storage.read(0, whole, 0, whole.length);
    int from = (int) size / 3;
    float[] part = new float[(int) size / 2];
    storage.read(from, part, 0, part.length);

    for (int i = 0; i < part.length; i++) {
      assertThat(Float.compare(part[i], whole[from + i])).isZero();
      assertThat(Float.compare(storage.get(from + i), whole[from + i])).isZero();
    }
  }

  @Test
  void sizesOfWholeBlocksOnly() {
    assertThat(Encoding.Q4_K.bytes(512)).isEqualTo(288);
    assertThatThrownBy(() -> Encoding.Q4_K.bytes(100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Q4_K: 100 elements are not a multiple of the block size 256");
    assertThatThrownBy(() -> Encoding.F64.bytes(Long.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void codebooksAreThoseOfGgml() throws NoSuchAlgorithmException {
    assertThat(sha256(Codebook.IQ2_XXS)).isEqualTo("05826b5d3e472a3a");
    assertThat(sha256(Codebook.IQ2_XS)).isEqualTo("06e47aaca60b4dc1");
    assertThat(sha256(Codebook.IQ2_S)).isEqualTo("e1aa1473412b0552");
    assertThat(sha256(Codebook.IQ3_XXS)).isEqualTo("46e35f5a997efdee");
    assertThat(sha256(Codebook.IQ3_S)).isEqualTo("bd1af4945a1717c6");
    assertThat(sha256(Codebook.IQ1_S)).isEqualTo("07540ffc1aeaf6ad");
  }

  private static String sha256(Codebook book) throws NoSuchAlgorithmException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(book.values());
    return HexFormat.of().formatHex(digest, 0, 8);
  }
}
