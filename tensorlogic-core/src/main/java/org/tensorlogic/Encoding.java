package org.tensorlogic;

/**
 * How elements are stored. {@link #F16} and {@link #F32} are computed on directly; the others are
 * read-only forms found in model files, defined by {@link #decode}. Elements are grouped in blocks
 * along the last axis. Encodings in blocks, and {@link #BF16}, are read in place by the native
 * kernels' matrix products.
 */
public enum Encoding {
  /** IEEE 754 binary32, little endian. */
  F32(1, 4, DType.F32),
  /** IEEE 754 binary16, little endian. */
  F16(1, 2, DType.F16),
  /** IEEE 754 binary64, little endian; rounded once to the wanted type. */
  F64(1, 8, DType.F32),
  /** The upper half of a binary32. */
  BF16(1, 2, DType.F16),
  /** GGUF Q4_0: 32 values of 4 bits, one half scale. */
  Q4_0(32, 18, DType.F16),
  /** GGUF Q4_1: 32 values of 4 bits, a half scale and minimum. */
  Q4_1(32, 20, DType.F16),
  /** GGUF Q5_0: 32 values of 5 bits, one half scale. */
  Q5_0(32, 22, DType.F16),
  /** GGUF Q5_1: 32 values of 5 bits, a half scale and minimum. */
  Q5_1(32, 24, DType.F16),
  /** GGUF Q8_0: 32 values of 8 bits, one half scale. */
  Q8_0(32, 34, DType.F16),
  /** GGUF Q8_1: 32 values of 8 bits, a half scale and sum; meant for activations. */
  Q8_1(32, 36, DType.F16),
  /** GGUF Q2_K: 256 values of 2 bits in groups of 16 with 4-bit scales and minima. */
  Q2_K(256, 84, DType.F16),
  /** GGUF Q3_K: 256 values of 3 bits in groups of 16 with 6-bit scales. */
  Q3_K(256, 110, DType.F16),
  /** GGUF Q4_K: 256 values of 4 bits in groups of 32 with 6-bit scales and minima. */
  Q4_K(256, 144, DType.F16),
  /** GGUF Q5_K: 256 values of 5 bits in groups of 32 with 6-bit scales and minima. */
  Q5_K(256, 176, DType.F16),
  /** GGUF Q6_K: 256 values of 6 bits in groups of 16 with 8-bit scales. */
  Q6_K(256, 210, DType.F16),
  /** GGUF Q8_K: 256 values of 8 bits, a float scale and group sums; meant for activations. */
  Q8_K(256, 292, DType.F16),
  /** GGUF IQ4_NL: 32 values, each one of 16 unevenly spaced levels. */
  IQ4_NL(32, 18, DType.F16),
  /** GGUF IQ4_XS: 256 values as in IQ4_NL, in groups of 32 with 6-bit scales. */
  IQ4_XS(256, 136, DType.F16),
  /** GGUF IQ2_XXS: 256 values, eights from a book of 256. */
  IQ2_XXS(256, 66, DType.F16),
  /** GGUF IQ2_XS: 256 values, eights from a book of 512. */
  IQ2_XS(256, 74, DType.F16),
  /** GGUF IQ2_S: 256 values, eights from a book of 1024. */
  IQ2_S(256, 82, DType.F16),
  /** GGUF IQ3_XXS: 256 values, fours from a book of 256. */
  IQ3_XXS(256, 98, DType.F16),
  /** GGUF IQ3_S: 256 values, fours from a book of 512. */
  IQ3_S(256, 110, DType.F16),
  /** GGUF IQ1_S: 256 values, eights from a book of 2048 over -1, 0, 1. */
  IQ1_S(256, 50, DType.F16),
  /** GGUF IQ1_M: as IQ1_S, with scales for groups of 16. */
  IQ1_M(256, 56, DType.F16),
  /** GGUF TQ1_0: 256 values -1, 0, 1 in base 3, one half scale. */
  TQ1_0(256, 54, DType.F16),
  /** GGUF TQ2_0: 256 values -1, 0, 1 in 2 bits, one half scale. */
  TQ2_0(256, 66, DType.F16),
  /** GGUF MXFP4: 32 values E2M1, one power-of-two scale. */
  MXFP4(32, 17, DType.F16),
  /** GGUF NVFP4: 64 values E2M1 in groups of 16 with E4M3 scales. */
  NVFP4(64, 36, DType.F16),
  /** GGUF Q1_0: 128 signs, one half scale. */
  Q1_0(128, 18, DType.F16),
  /** GGUF Q2_0: 64 values -1, 0, 1, 2, one half scale. */
  Q2_0(64, 18, DType.F16),
  /** OCP E4M3 ("FN"): no infinities, largest 448. */
  F8_E4M3(1, 1, DType.F16),
  /** OCP E5M2: the upper half of a binary16. */
  F8_E5M2(1, 1, DType.F16),
  /** E4M3 with bias 8 and without negative zero, whose code is NaN. */
  F8_E4M3FNUZ(1, 1, DType.F16),
  /** E5M2 with bias 16 and without infinities and negative zero, whose code is NaN. */
  F8_E5M2FNUZ(1, 1, DType.F16),
  /** OCP E8M0: the power of two {@code 2^(e-127)}, 255 is NaN. */
  F8_E8M0(1, 1, DType.F32);

  private final int blockSize;
  private final int blockBytes;
  private final DType dtype;

  Encoding(int blockSize, int blockBytes, DType dtype) {
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.dtype = dtype;
  }

  /** Elements per block. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes per block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** The type that a tensor of this encoding computes as unless converted. */
  public DType dtype() {
    return dtype;
  }

  /** True for every encoding that is not the plain storage of a {@link DType}. */
  public boolean isPacked() {
    return this != F16 && this != F32;
  }

  /**
   * Bytes of {@code elements} elements.
   *
   * @throws IllegalArgumentException unless whole blocks are asked for
   * @throws ArithmeticException if the size exceeds 2^63-1
   */
  public long bytes(long elements) {
    if (elements % blockSize != 0) {
      throw new IllegalArgumentException(
          this + ": " + elements + " elements are not a multiple of the block size " + blockSize);
    }
    return Math.multiplyExact(elements / blockSize, blockBytes);
  }

  /**
   * Decodes whole blocks: {@code blocks * blockBytes()} bytes at {@code from} become {@code blocks
   * * blockSize()} floats at {@code to}.
   */
  public void decode(byte[] bytes, int from, float[] floats, int to, int blocks) {
    Decoders.decode(this, bytes, from, floats, to, blocks);
  }
}
