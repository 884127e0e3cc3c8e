package org.tensorlogic;

import static org.tensorlogic.Decoders.bits;
import static org.tensorlogic.Decoders.f32;
import static org.tensorlogic.Decoders.half;

/** GGUF "K" blocks: 256 values in groups whose scales are themselves quantized. */
final class SuperBlockDecoders {
  private SuperBlockDecoders() {}

  static void q2_K(byte[] b, int at, float[] y, int to) {
    float d = half(b, at + 80);
    float dmin = half(b, at + 82);
    for (int i = 0; i < 256; i += 16) {
      int scale = b[at + i / 16];
      float dl = d * bits(scale, 0, 4);
      float ml = dmin * bits(scale, 4, 4);
      int shift = 2 * (i / 32 % 4);
      int qs = at + 16 + 32 * (i / 128) + i % 32;
      for (int j = 0; j < 16; j++) {
        y[to + i + j] = dl * bits(b[qs + j], shift, 2) - ml;
      }
    }
  }

  static void q3_K(byte[] b, int at, float[] y, int to) {
    float d = half(b, at + 108);
    for (int i = 0; i < 256; i += 16) {
      int k = i / 16;
      int low = bits(b[at + 96 + k % 8], 4 * (k / 8), 4);
      int high = bits(b[at + 104 + k % 4], 2 * (k / 4), 2);
      float dl = d * (low + 16 * high - 32);
      int shift = 2 * (i / 32 % 4);
      int qs = at + 32 + 32 * (i / 128) + i % 32;
      int mask = at + i % 32;
      for (int j = 0; j < 16; j++) {
        int q = bits(b[qs + j], shift, 2) + 4 * bits(b[mask + j], i / 32, 1) - 4;
        y[to + i + j] = dl * q;
      }
    }
  }

  static void q4_K(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    float dmin = half(b, at + 2);
    for (int j = 0; j < 8; j++) {
      float dl = d * scale(b, at + 4, j);
      float ml = dmin * minimum(b, at + 4, j);
      int qs = at + 16 + 32 * (j / 2);
      int shift = 4 * (j % 2);
      for (int i = 0; i < 32; i++) {
        y[to + 32 * j + i] = dl * bits(b[qs + i], shift, 4) - ml;
      }
    }
  }

  static void q5_K(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    float dmin = half(b, at + 2);
    for (int j = 0; j < 8; j++) {
      float dl = d * scale(b, at + 4, j);
      float ml = dmin * minimum(b, at + 4, j);
      int qs = at + 48 + 32 * (j / 2);
      int shift = 4 * (j % 2);
      for (int i = 0; i < 32; i++) {
        int q = bits(b[qs + i], shift, 4) + 16 * bits(b[at + 16 + i], j, 1);
        y[to + 32 * j + i] = dl * q - ml;
      }
    }
  }

  /** Scale {@code j} of eight, of 6 bits, in the 12 bytes that Q4_K and Q5_K share. */
  private static int scale(byte[] b, int at, int j) {
    return j < 4
        ? bits(b[at + j], 0, 6)
        : bits(b[at + j + 4], 0, 4) + 16 * bits(b[at + j - 4], 6, 2);
  }

  /** Minimum {@code j} of eight, of 6 bits, in the 12 bytes that Q4_K and Q5_K share. */
  private static int minimum(byte[] b, int at, int j) {
    return j < 4
        ? bits(b[at + j + 4], 0, 6)
        : bits(b[at + j + 4], 4, 4) + 16 * bits(b[at + j], 6, 2);
  }

  static void q6_K(byte[] b, int at, float[] y, int to) {
    float d = half(b, at + 208);
    for (int i = 0; i < 256; i += 16) {
      float dl = d * b[at + 192 + i / 16];
      int quarter = i / 32 % 4;
      int low = at + 64 * (i / 128) + 32 * (quarter % 2) + i % 32;
      int lowShift = 4 * (quarter / 2);
      int high = at + 128 + 32 * (i / 128) + i % 32;
      for (int j = 0; j < 16; j++) {
        int q = bits(b[low + j], lowShift, 4) + 16 * bits(b[high + j], 2 * quarter, 2);
        y[to + i + j] = dl * (q - 32);
      }
    }
  }

  /** The sums of the groups, after the values, are not needed. */
  static void q8_K(byte[] b, int at, float[] y, int to) {
    float d = f32(b, at);
    for (int i = 0; i < 256; i++) {
      y[to + i] = d * b[at + 4 + i];
    }
  }
}
