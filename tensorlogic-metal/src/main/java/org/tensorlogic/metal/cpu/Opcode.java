package org.tensorlogic.metal.cpu;

import org.tensorlogic.Encoding;

/** The codes of {@code abi.h}. */
final class Opcode {
  static final int FILL = 0;
  static final int COPY = 1;
  static final int UNARY = 2;
  static final int BINARY = 3;
  static final int BINARY_SCALAR = 4;
  static final int TERNARY = 5;
  static final int CLAMP = 6;
  static final int REDUCE = 7;
  static final int ARG_REDUCE = 8;
  static final int SOFTMAX = 9;
  static final int LAYER_NORM = 10;
  static final int RMS_NORM = 11;
  static final int ROPE = 12;
  static final int ATTENTION = 13;
  static final int CONV2D = 14;
  static final int POOL2D = 15;
  static final int CUMSUM = 16;
  static final int GATHER = 17;
  static final int SCATTER = 18;
  static final int MATMUL = 19;

  static final int ABSENT = -1;
  static final int I32 = 26;

  static final int ERROR_UNSUPPORTED = -2;
  static final int ERROR_MEMORY = -3;
  static final int ERROR_SIZE = -5;

  private Opcode() {}

  /** GGML's number of an encoding; numbers above 1000 are our own. */
  static int of(Encoding encoding) {
    return switch (encoding) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q5_0 -> 6;
      case Q5_1 -> 7;
      case Q8_0 -> 8;
      case Q8_1 -> 9;
      case Q2_K -> 10;
      case Q3_K -> 11;
      case Q4_K -> 12;
      case Q5_K -> 13;
      case Q6_K -> 14;
      case Q8_K -> 15;
      case IQ2_XXS -> 16;
      case IQ2_XS -> 17;
      case IQ3_XXS -> 18;
      case IQ1_S -> 19;
      case IQ4_NL -> 20;
      case IQ3_S -> 21;
      case IQ2_S -> 22;
      case IQ4_XS -> 23;
      case F64 -> 28;
      case IQ1_M -> 29;
      case BF16 -> 30;
      case TQ1_0 -> 34;
      case TQ2_0 -> 35;
      case MXFP4 -> 39;
      case NVFP4 -> 40;
      case Q1_0 -> 41;
      case Q2_0 -> 42;
      case F8_E4M3 -> 1001;
      case F8_E5M2 -> 1002;
      case F8_E4M3FNUZ -> 1003;
      case F8_E5M2FNUZ -> 1004;
      case F8_E8M0 -> 1005;
    };
  }

  /** A member's code in its family: its position, as in {@code shared/*.h} and {@code abi.h}. */
  @SuppressWarnings("EnumOrdinal") // the order is the contract, and a test compares it
  static int of(Enum<?> member) {
    return member.ordinal();
  }
}
