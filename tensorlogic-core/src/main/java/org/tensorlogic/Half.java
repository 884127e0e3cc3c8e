package org.tensorlogic;

/**
 * Conversions between IEEE 754 binary16 ("half", carried in a {@code short}) and float or double.
 * Narrowing rounds to nearest, ties to even; values of magnitude 65520 and above become infinite;
 * NaN stays NaN (quiet, sign and the leading payload bits kept).
 */
public final class Half {
  private static final float[] TABLE = new float[1 << 16];

  static {
    for (int bits = 0; bits < TABLE.length; bits++) {
      TABLE[bits] = widen(bits);
    }
  }

  private Half() {}

  /** The float that {@code half} stands for; exact. */
  public static float toFloat(short half) {
    return TABLE[half & 0xFFFF];
  }

  /** The half nearest to {@code value}. */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7FFFFFFF;
    if (magnitude >= 0x47800000) { // 2^16 and above, infinity, NaN
      if (magnitude > 0x7F800000) {
        return (short) (sign | 0x7E00 | (magnitude >>> 13 & 0x3FF));
      }
      return (short) (sign | 0x7C00);
    }
    if (magnitude >= 0x38800000) { // normal halves; rounding may carry into infinity, correctly
      int rounded = magnitude - 0x38000000 + 0xFFF + (magnitude >>> 13 & 1);
      return (short) (sign | rounded >>> 13);
    }
    // Subnormal halves: adding 0.5 leaves the rounded multiple of 2^-24 in the low mantissa bits.
    float aligned = Float.intBitsToFloat(magnitude) + 0.5f;
    return (short) (sign | Float.floatToRawIntBits(aligned) - 0x3F000000);
  }

  /** The half nearest to {@code value}, rounded once (not by way of float). */
  public static short fromDouble(double value) {
    float nearest = (float) value;
    if (nearest == value || Double.isNaN(value) || Float.isInfinite(nearest)) {
      return fromFloat(nearest);
    }
    // Round to odd: an inexact float keeps its last bit set, so the second rounding cannot tie.
    int bits = Float.floatToRawIntBits(nearest);
    if ((bits & 1) == 0) {
      boolean nearestIsBelow = Math.abs((double) nearest) < Math.abs(value);
      bits += nearestIsBelow ? 1 : -1;
    }
    return fromFloat(Float.intBitsToFloat(bits));
  }

  /** Widens {@code n} halves. */
  public static void toFloats(short[] halves, int from, float[] floats, int to, int n) {
    for (int i = 0; i < n; i++) {
      floats[to + i] = TABLE[halves[from + i] & 0xFFFF];
    }
  }

  /** Rounds {@code n} floats to halves. */
  public static void fromFloats(float[] floats, int from, short[] halves, int to, int n) {
    for (int i = 0; i < n; i++) {
      halves[to + i] = fromFloat(floats[from + i]);
    }
  }

  private static float widen(int bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >>> 10 & 0x1F;
    int mantissa = bits & 0x3FF;
    if (exponent == 0x1F) {
      return Float.intBitsToFloat(sign | 0x7F800000 | mantissa << 13);
    }
    if (exponent == 0) {
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | mantissa << 13);
  }
}
