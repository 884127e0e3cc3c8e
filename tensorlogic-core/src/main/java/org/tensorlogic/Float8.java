package org.tensorlogic;

/** The values of the one-byte floating-point formats, by their 256 codes. */
final class Float8 {
  static final float[] E4M3 = finite(3, 7);
  static final float[] E4M3FNUZ = finite(3, 8);
  static final float[] E5M2FNUZ = finite(2, 16);
  static final float[] E8M0 = new float[256];

  static {
    E4M3[0x7F] = Float.NaN;
    E4M3[0xFF] = Float.NaN;
    E4M3FNUZ[0x80] = Float.NaN;
    E5M2FNUZ[0x80] = Float.NaN;
    for (int e = 0; e < 255; e++) {
      E8M0[e] = Math.scalb(1f, e - 127);
    }
    E8M0[255] = Float.NaN;
  }

  private Float8() {}

  /** Every code taken as a finite number of this many mantissa bits. */
  private static float[] finite(int mantissaBits, int bias) {
    float[] values = new float[256];
    for (int code = 0; code < 128; code++) {
      int exponent = code >> mantissaBits;
      int mantissa = Decoders.bits(code, 0, mantissaBits);
      int significand = exponent == 0 ? mantissa : mantissa + (1 << mantissaBits);
      values[code] = Math.scalb((float) significand, Math.max(exponent, 1) - bias - mantissaBits);
      values[code | 0x80] = -values[code];
    }
    return values;
  }
}
