package org.tensorlogic.metal.gpu;

import org.tensorlogic.Encoding;

/** Which encodings the kernels of {@code blocks.h} read, by GGML's numbers. */
final class MetalEncodings {
  private MetalEncodings() {}

  /** The number, or -1 if there is no kernel. */
  static int code(Encoding encoding) {
    return switch (encoding) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q5_0 -> 6;
      case Q5_1 -> 7;
      case Q8_0 -> 8;
      case Q4_K -> 12;
      case Q5_K -> 13;
      case Q6_K -> 14;
      case BF16 -> 30;
      default -> -1;
    };
  }

  /** Whether kernels read it in place. */
  static boolean isReadable(Encoding encoding) {
    return code(encoding) >= 0;
  }
}
