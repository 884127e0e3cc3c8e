package org.tensorlogic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The plain definition of every encoding: blocks of bytes to floats, one class per family. */
final class Decoders {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  private Decoders() {}

  /** Decodes the block at {@code b[at]} to {@code y[to]} and on. */
  private interface BlockDecoder {
    void decode(byte[] b, int at, float[] y, int to);
  }

  static void decode(Encoding encoding, byte[] b, int at, float[] y, int to, int blocks) {
    BlockDecoder decoder = of(encoding);
    for (int i = 0; i < blocks; i++) {
      decoder.decode(b, at + i * encoding.blockBytes(), y, to + i * encoding.blockSize());
    }
  }

  private static BlockDecoder of(Encoding encoding) {
    return switch (encoding) {
      case F32 -> (b, at, y, to) -> y[to] = f32(b, at);
      case F16 -> (b, at, y, to) -> y[to] = half(b, at);
      case F64 -> (b, at, y, to) -> y[to] = (float) (double) DOUBLE.get(b, at);
      case BF16 -> (b, at, y, to) -> y[to] = Float.intBitsToFloat(u16(b, at) << 16);
      case F8_E4M3 -> (b, at, y, to) -> y[to] = Float8.E4M3[b[at] & 255];
      case F8_E5M2 -> (b, at, y, to) -> y[to] = Half.toFloat((short) (b[at] << 8));
      case F8_E4M3FNUZ -> (b, at, y, to) -> y[to] = Float8.E4M3FNUZ[b[at] & 255];
      case F8_E5M2FNUZ -> (b, at, y, to) -> y[to] = Float8.E5M2FNUZ[b[at] & 255];
      case F8_E8M0 -> (b, at, y, to) -> y[to] = Float8.E8M0[b[at] & 255];
      case Q4_0 -> BlockDecoders::q4_0;
      case Q4_1 -> BlockDecoders::q4_1;
      case Q5_0 -> BlockDecoders::q5_0;
      case Q5_1 -> BlockDecoders::q5_1;
      case Q8_0 -> BlockDecoders::q8_0;
      case Q8_1 -> BlockDecoders::q8_1;
      case Q1_0 -> BlockDecoders::q1_0;
      case Q2_0 -> BlockDecoders::q2_0;
      case Q2_K -> SuperBlockDecoders::q2_K;
      case Q3_K -> SuperBlockDecoders::q3_K;
      case Q4_K -> SuperBlockDecoders::q4_K;
      case Q5_K -> SuperBlockDecoders::q5_K;
      case Q6_K -> SuperBlockDecoders::q6_K;
      case Q8_K -> SuperBlockDecoders::q8_K;
      case IQ4_NL -> LevelDecoders::iq4_nl;
      case IQ4_XS -> LevelDecoders::iq4_xs;
      case MXFP4 -> LevelDecoders::mxfp4;
      case NVFP4 -> LevelDecoders::nvfp4;
      case TQ1_0 -> TernaryDecoders::tq1_0;
      case TQ2_0 -> TernaryDecoders::tq2_0;
      case IQ2_XXS -> CodebookDecoders::iq2_xxs;
      case IQ2_XS -> CodebookDecoders::iq2_xs;
      case IQ2_S -> CodebookDecoders::iq2_s;
      case IQ3_XXS -> CodebookDecoders::iq3_xxs;
      case IQ3_S -> CodebookDecoders::iq3_s;
      case IQ1_S -> CodebookDecoders::iq1_s;
      case IQ1_M -> CodebookDecoders::iq1_m;
    };
  }

  /** {@code count} bits of {@code word} from {@code shift} on. */
  static int bits(int word, int shift, int count) {
    return (word >>> shift) & ((1 << count) - 1);
  }

  /** The half at {@code b[at]}. */
  static float half(byte[] b, int at) {
    return Half.toFloat((short) SHORT.get(b, at));
  }

  /** The float at {@code b[at]}. */
  static float f32(byte[] b, int at) {
    return Float.intBitsToFloat((int) INT.get(b, at));
  }

  /** The unsigned 16 bits at {@code b[at]}. */
  static int u16(byte[] b, int at) {
    return (short) SHORT.get(b, at) & 0xFFFF;
  }

  /** The 32 bits at {@code b[at]}. */
  static int i32(byte[] b, int at) {
    return (int) INT.get(b, at);
  }
}
