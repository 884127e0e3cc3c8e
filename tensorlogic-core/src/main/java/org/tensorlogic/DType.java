package org.tensorlogic;

/**
 * What a tensor computes as: its logical element type. How it is stored is its {@link Encoding}.
 */
public enum DType {
  /** IEEE 754 binary16, the default. Computed in float, rounded once to nearest even. */
  F16(2, "float16"),
  /** IEEE 754 binary32. */
  F32(4, "float32");

  private final int bytes;
  private final String text;

  DType(int bytes, String text) {
    this.bytes = bytes;
    this.text = text;
  }

  /** Bytes per element. */
  public int bytes() {
    return bytes;
  }

  /** The plain encoding of this type. */
  public Encoding encoding() {
    return this == F16 ? Encoding.F16 : Encoding.F32;
  }

  /** The wider of two types: what an operation on both computes as. */
  public static DType widest(DType a, DType b) {
    return a == F32 ? a : b;
  }

  /**
   * The shortest decimal that reads back as this value of this type: {@code 0.1}, {@code 1e-07}.
   */
  public String format(float value) {
    return TensorFormat.number(this, value);
  }

  /** The name used in the language and by NumPy: {@code float16} or {@code float32}. */
  @Override
  public String toString() {
    return text;
  }
}
