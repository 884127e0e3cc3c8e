package org.tensorlogic;

import static org.tensorlogic.Decoders.bits;
import static org.tensorlogic.Decoders.half;
import static org.tensorlogic.Decoders.i32;
import static org.tensorlogic.Decoders.u16;

/**
 * GGUF "IQ" blocks: 256 values, groups of eight or four at a time from a {@link Codebook}. The
 * loops go over the eight sub-blocks of 32 values and, in them, over four groups of eight.
 */
final class CodebookDecoders {
  private CodebookDecoders() {}

  static void iq2_xxs(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 8; i++) {
      int signs = i32(b, at + 6 + 8 * i);
      float db = d * (0.5f + (signs >>> 28)) * 0.25f;
      for (int l = 0; l < 4; l++) {
        int row = b[at + 2 + 8 * i + l] & 255;
        signed(Codebook.IQ2_XXS, row, evenSigns(signs >> (7 * l)), db, y, to + 32 * i + 8 * l);
      }
    }
  }

  static void iq2_xs(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 8; i++) {
      for (int l = 0; l < 4; l++) {
        int q = u16(b, at + 2 + 8 * i + 2 * l);
        float db = halfScale(d, b[at + 66 + i], l);
        signed(Codebook.IQ2_XS, q & 511, evenSigns(q >> 9), db, y, to + 32 * i + 8 * l);
      }
    }
  }

  static void iq2_s(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 8; i++) {
      for (int l = 0; l < 4; l++) {
        int row = (b[at + 2 + 4 * i + l] & 255) + 256 * bits(b[at + 66 + i], 2 * l, 2);
        float db = halfScale(d, b[at + 74 + i], l);
        signed(Codebook.IQ2_S, row, b[at + 34 + 4 * i + l], db, y, to + 32 * i + 8 * l);
      }
    }
  }

  /** The low nibble scales groups 0 and 1, the high one groups 2 and 3. */
  private static float halfScale(float d, byte scales, int l) {
    return d * (0.5f + bits(scales, 4 * (l / 2), 4)) * 0.25f;
  }

  static void iq3_xxs(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 8; i++) {
      int signs = i32(b, at + 66 + 4 * i);
      float db = d * (0.5f + (signs >>> 28)) * 0.5f;
      for (int l = 0; l < 4; l++) {
        int qs = at + 2 + 8 * i + 2 * l;
        int s = evenSigns(signs >> (7 * l));
        signed(Codebook.IQ3_XXS, b[qs] & 255, s, db, y, to + 32 * i + 8 * l);
        signed(Codebook.IQ3_XXS, b[qs + 1] & 255, s >> 4, db, y, to + 32 * i + 8 * l + 4);
      }
    }
  }

  static void iq3_s(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 8; i++) {
      int scale = bits(b[at + 106 + i / 2], 4 * (i % 2), 4);
      float db = d * (1 + 2 * scale);
      int high = b[at + 66 + i];
      for (int l = 0; l < 4; l++) {
        int qs = at + 2 + 8 * i + 2 * l;
        int s = b[at + 74 + 4 * i + l];
        int first = (b[qs] & 255) + 256 * bits(high, 2 * l, 1);
        int second = (b[qs + 1] & 255) + 256 * bits(high, 2 * l + 1, 1);
        signed(Codebook.IQ3_S, first, s, db, y, to + 32 * i + 8 * l);
        signed(Codebook.IQ3_S, second, s >> 4, db, y, to + 32 * i + 8 * l + 4);
      }
    }
  }

  static void iq1_s(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 8; i++) {
      int high = u16(b, at + 34 + 2 * i);
      float dl = d * (2 * bits(high, 12, 3) + 1);
      for (int l = 0; l < 4; l++) {
        int row = (b[at + 2 + 4 * i + l] & 255) + 256 * bits(high, 3 * l, 3);
        shifted(row, (high & 0x8000) != 0, dl, y, to + 32 * i + 8 * l);
      }
    }
  }

  static void iq1_m(byte[] b, int at, float[] y, int to) {
    int scales = at + 48;
    int scale = 0;
    for (int k = 0; k < 4; k++) { // the upper nibbles of the four scale words are one half
      scale |= bits(u16(b, scales + 2 * k), 12, 4) << (4 * k);
    }
    float d = Half.toFloat((short) scale);
    for (int i = 0; i < 8; i++) {
      int word = u16(b, scales + 2 * (i / 2));
      for (int l = 0; l < 4; l++) {
        float dl = d * (2 * bits(word, 6 * (i % 2) + 3 * (l / 2), 3) + 1);
        int high = bits(b[at + 32 + 2 * i + l / 2], 4 * (l % 2), 4);
        int row = (b[at + 4 * i + l] & 255) + 256 * (high & 7);
        shifted(row, (high & 8) != 0, dl, y, to + 32 * i + 8 * l);
      }
    }
  }

  /** Seven stored signs; the eighth makes the number of minus signs even. */
  private static int evenSigns(int seven) {
    int signs = seven & 127;
    return signs + 128 * (Integer.bitCount(signs) % 2);
  }

  /** One row of the book, scaled, negative where a bit of {@code signs} is set. */
  private static void signed(Codebook book, int row, int signs, float d, float[] y, int to) {
    for (int j = 0; j < book.width(); j++) {
      float value = d * book.value(row, j);
      y[to + j] = bits(signs, j, 1) == 0 ? value : -value;
    }
  }

  /** One ternary row, shifted by an eighth down or up, scaled. */
  private static void shifted(int row, boolean down, float d, float[] y, int to) {
    float delta = down ? -0.125f : 0.125f;
    for (int j = 0; j < 8; j++) {
      y[to + j] = d * (Codebook.IQ1_S.value(row, j) + delta);
    }
  }
}
