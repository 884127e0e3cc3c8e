package org.tensorlogic;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * The rows of small integers that GGUF's IQ encodings choose from. They are data, not a formula:
 * {@code codebooks.bin} holds them one after the other, in the order below, each value as its index
 * in the alphabet, in 2 or 3 bits, the lowest bits first. Checked and made by {@code codebooks.py}.
 */
final class Codebook {
  static final Codebook IQ2_XXS;
  static final Codebook IQ2_XS;
  static final Codebook IQ2_S;
  static final Codebook IQ3_XXS;
  static final Codebook IQ3_S;
  static final Codebook IQ1_S;

  static {
    try (InputStream in =
        Objects.requireNonNull(Codebook.class.getResourceAsStream("codebooks.bin"))) {
      IQ2_XXS = new Codebook(in, 256, 8, 8, 25, 43);
      IQ2_XS = new Codebook(in, 512, 8, 8, 25, 43);
      IQ2_S = new Codebook(in, 1024, 8, 8, 25, 43);
      IQ3_XXS = new Codebook(in, 256, 4, 4, 12, 20, 28, 36, 44, 52, 62);
      IQ3_S = new Codebook(in, 512, 4, 1, 3, 5, 7, 9, 11, 13, 15);
      IQ1_S = new Codebook(in, 2048, 8, -1, 0, 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final int width;
  private final byte[] values;

  private Codebook(InputStream in, int rows, int width, int... alphabet) throws IOException {
    this.width = width;
    this.values = new byte[rows * width];
    int bits = alphabet.length <= 4 ? 2 : 3;
    byte[] packed = in.readNBytes(values.length * bits / 8);
    for (int i = 0; i < values.length; i++) {
      int code = 0;
      for (int k = 0; k < bits; k++) {
        int bit = i * bits + k;
        code |= Decoders.bits(packed[bit / 8], bit % 8, 1) << k;
      }
      values[i] = (byte) alphabet[code];
    }
  }

  /** Values per row. */
  int width() {
    return width;
  }

  /** Value {@code j} of a row. */
  int value(int row, int j) {
    return values[row * width + j];
  }

  /** All values, row after row. */
  byte[] values() {
    return values.clone();
  }
}
