package org.tensorlogic;

import static org.tensorlogic.Decoders.bits;
import static org.tensorlogic.Decoders.half;

/** GGUF blocks of the values -1, 0 and 1. */
final class TernaryDecoders {
  private TernaryDecoders() {}

  /** Bytes carry five digits in base 3; digit n of 32, then 16 bytes follow one another. */
  static void tq1_0(byte[] b, int at, float[] y, int to) {
    float d = half(b, at + 52);
    digits(b, at, 32, 5, d, y, to);
    digits(b, at + 32, 16, 5, d, y, to + 160);
    digits(b, at + 48, 4, 4, d, y, to + 240);
  }

  /** The byte is a fraction of 256: multiplying by 3 carries its next digit out at the top. */
  private static void digits(byte[] b, int at, int n, int digits, float d, float[] y, int to) {
    int power = 1;
    for (int digit = 0; digit < digits; digit++, power *= 3) {
      for (int i = 0; i < n; i++) {
        int fraction = bits(b[at + i] * power, 0, 8);
        y[to + digit * n + i] = (bits(fraction * 3, 8, 2) - 1) * d;
      }
    }
  }

  static void tq2_0(byte[] b, int at, float[] y, int to) {
    float d = half(b, at + 64);
    for (int i = 0; i < 256; i++) {
      int q = bits(b[at + 32 * (i / 128) + i % 32], 2 * (i / 32 % 4), 2);
      y[to + i] = (q - 1) * d;
    }
  }
}
