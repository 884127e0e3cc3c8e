package org.tensorlogic.io.gguf;

import org.tensorlogic.Half;

/**
 * Quantizes blocks of 32 values with the arithmetic of ggml's {@code quantize_row_q8_0_ref} and
 * {@code quantize_row_q4_0_ref}, bit for bit.
 */
final class Quantizer {
  static final int BLOCK = 32;

  private Quantizer() {}

  /** Whole blocks of a type that can be written: Q8_0 or Q4_0. */
  static void quantize(GgmlType type, float[] values, int n, byte[] blocks) {
    for (int i = 0, at = 0; i < n; i += BLOCK, at += type.blockBytes()) {
      switch (type) {
        case Q8_0 -> q8_0(values, i, blocks, at);
        case Q4_0 -> q4_0(values, i, blocks, at);
        default -> throw new IllegalArgumentException("quantize: " + type + " is only read");
      }
    }
  }

  /** A half scale, the largest magnitude / 127; then 32 signed bytes, rounded half away from 0. */
  private static void q8_0(float[] x, int from, byte[] y, int to) {
    float largest = 0;
    for (int i = 0; i < BLOCK; i++) {
      largest = Math.max(largest, Math.abs(x[from + i]));
    }
    float scale = largest / 127;
    float inverse = scale == 0 ? 0 : 1 / scale;
    putHalf(y, to, scale);
    for (int i = 0; i < BLOCK; i++) {
      y[to + 2 + i] = (byte) roundAwayFromZero(x[from + i] * inverse);
    }
  }

  private static int roundAwayFromZero(float value) {
    int whole = (int) value;
    float rest = value - whole;
    return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
  }

  /** A half scale that makes the value of largest magnitude -8; then two values a byte. */
  private static void q4_0(float[] x, int from, byte[] y, int to) {
    float largest = 0;
    float extreme = 0;
    for (int i = 0; i < BLOCK; i++) {
      float value = x[from + i];
      if (largest < Math.abs(value)) {
        largest = Math.abs(value);
        extreme = value;
      }
    }
    float scale = extreme / -8;
    float inverse = scale == 0 ? 0 : 1 / scale;
    putHalf(y, to, scale);
    for (int i = 0; i < BLOCK / 2; i++) {
      int low = Math.min(15, (byte) (x[from + i] * inverse + 8.5f));
      int high = Math.min(15, (byte) (x[from + BLOCK / 2 + i] * inverse + 8.5f));
      y[to + 2 + i] = (byte) (low | high << 4);
    }
  }

  private static void putHalf(byte[] y, int at, float value) {
    short bits = Half.fromFloat(value);
    y[at] = (byte) bits;
    y[at + 1] = (byte) (bits >> 8);
  }
}
