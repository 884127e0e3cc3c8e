package org.tensorlogic;

/**
 * How elements are stored. {@link #F16} and {@link #F32} are computed on directly; the others are
 * read-only forms found in model files, decoded by {@link #decode} or read in place by matrix
 * products and row gathering. Elements are grouped in blocks along the last axis.
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
  /** GGUF Q8_0: 32 values of 8 bits, one half scale. */
  Q8_0(32, 34, DType.F16);

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
    for (int i = 0; i < blocks; i++) {
      Decoders.decodeBlock(this, bytes, from + i * blockBytes, floats, to + i * blockSize);
    }
  }
}
