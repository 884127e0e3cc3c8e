package org.tensorlogic;

import static org.tensorlogic.Decoders.bits;
import static org.tensorlogic.Decoders.half;
import static org.tensorlogic.Decoders.i32;

/** GGUF blocks with one scale, and perhaps one minimum, for all their values. */
final class BlockDecoders {
  private BlockDecoders() {}

  static void q4_0(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 16; i++) {
      int q = b[at + 2 + i];
      y[to + i] = (bits(q, 0, 4) - 8) * d;
      y[to + 16 + i] = (bits(q, 4, 4) - 8) * d;
    }
  }

  static void q4_1(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    float m = half(b, at + 2);
    for (int i = 0; i < 16; i++) {
      int q = b[at + 4 + i];
      y[to + i] = bits(q, 0, 4) * d + m;
      y[to + 16 + i] = bits(q, 4, 4) * d + m;
    }
  }

  static void q5_0(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    int high = i32(b, at + 2);
    for (int i = 0; i < 16; i++) {
      int q = b[at + 6 + i];
      y[to + i] = (bits(q, 0, 4) + 16 * bits(high, i, 1) - 16) * d;
      y[to + 16 + i] = (bits(q, 4, 4) + 16 * bits(high, 16 + i, 1) - 16) * d;
    }
  }

  static void q5_1(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    float m = half(b, at + 2);
    int high = i32(b, at + 4);
    for (int i = 0; i < 16; i++) {
      int q = b[at + 8 + i];
      y[to + i] = (bits(q, 0, 4) + 16 * bits(high, i, 1)) * d + m;
      y[to + 16 + i] = (bits(q, 4, 4) + 16 * bits(high, 16 + i, 1)) * d + m;
    }
  }

  static void q8_0(byte[] b, int at, float[] y, int to) {
    bytes(b, at + 2, half(b, at), y, to);
  }

  /** The half after the scale is the sum of the block, which decoding does not need. */
  static void q8_1(byte[] b, int at, float[] y, int to) {
    bytes(b, at + 4, half(b, at), y, to);
  }

  private static void bytes(byte[] b, int at, float d, float[] y, int to) {
    for (int i = 0; i < 32; i++) {
      y[to + i] = b[at + i] * d;
    }
  }

  static void q1_0(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 128; i++) {
      y[to + i] = bits(b[at + 2 + i / 8], i % 8, 1) == 0 ? -d : d;
    }
  }

  static void q2_0(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 64; i++) {
      y[to + i] = (bits(b[at + 2 + i / 4], 2 * (i % 4), 2) - 1) * d;
    }
  }
}
