package org.tensorlogic;

import static org.tensorlogic.Decoders.bits;
import static org.tensorlogic.Decoders.half;
import static org.tensorlogic.Decoders.u16;

/** GGUF blocks whose 4-bit codes stand for unevenly spaced levels. */
final class LevelDecoders {
  /** The levels of IQ4_NL and IQ4_XS. */
  private static final byte[] IQ4 = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  /** Twice the values of E2M1; the code of negative zero is zero. */
  private static final byte[] E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

  private LevelDecoders() {}

  static void iq4_nl(byte[] b, int at, float[] y, int to) {
    levels(IQ4, half(b, at), b, at + 2, 16, y, to);
  }

  static void iq4_xs(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    int high = u16(b, at + 2);
    for (int i = 0; i < 8; i++) {
      int scale = bits(b[at + 4 + i / 2], 4 * (i % 2), 4) + 16 * bits(high, 2 * i, 2);
      levels(IQ4, d * (scale - 32), b, at + 8 + 16 * i, 16, y, to + 32 * i);
    }
  }

  /** The scale is {@code 2^(e-127)}, halved because the levels are doubled. */
  static void mxfp4(byte[] b, int at, float[] y, int to) {
    levels(E2M1, Math.scalb(1f, (b[at] & 255) - 128), b, at + 1, 16, y, to);
  }

  static void nvfp4(byte[] b, int at, float[] y, int to) {
    for (int i = 0; i < 4; i++) {
      levels(E2M1, unsignedE4M3(b[at + i]) * 0.5f, b, at + 4 + 8 * i, 8, y, to + 16 * i);
    }
  }

  /** The sign is ignored, and the code of NaN is zero. */
  private static float unsignedE4M3(byte code) {
    int magnitude = code & 0x7F;
    return magnitude == 0x7F ? 0 : Float8.E4M3[magnitude];
  }

  /** The low nibbles of {@code n} bytes, then the high ones. */
  private static void levels(byte[] table, float d, byte[] b, int at, int n, float[] y, int to) {
    for (int i = 0; i < n; i++) {
      y[to + i] = d * table[bits(b[at + i], 0, 4)];
      y[to + n + i] = d * table[bits(b[at + i], 4, 4)];
    }
  }
}
