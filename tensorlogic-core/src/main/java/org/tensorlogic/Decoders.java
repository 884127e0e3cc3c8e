package org.tensorlogic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The plain definition of every encoding: one block of bytes to floats. */
final class Decoders {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  private Decoders() {}

  static void decodeBlock(Encoding encoding, byte[] b, int at, float[] y, int to) {
    switch (encoding) {
      case F32 -> y[to] = Float.intBitsToFloat((int) INT.get(b, at));
      case F16 -> y[to] = half(b, at);
      case F64 -> y[to] = (float) (double) DOUBLE.get(b, at);
      case BF16 -> y[to] = Float.intBitsToFloat((short) SHORT.get(b, at) << 16);
      case Q4_0 -> q4_0(b, at, y, to);
      case Q8_0 -> q8_0(b, at, y, to);
    }
  }

  private static float half(byte[] b, int at) {
    return Half.toFloat((short) SHORT.get(b, at));
  }

  private static void q4_0(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 16; i++) {
      int q = b[at + 2 + i];
      y[to + i] = ((q & 15) - 8) * d;
      y[to + 16 + i] = ((q >> 4 & 15) - 8) * d;
    }
  }

  private static void q8_0(byte[] b, int at, float[] y, int to) {
    float d = half(b, at);
    for (int i = 0; i < 32; i++) {
      y[to + i] = b[at + 2 + i] * d;
    }
  }
}
