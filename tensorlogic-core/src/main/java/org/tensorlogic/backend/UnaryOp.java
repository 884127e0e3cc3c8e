package org.tensorlogic.backend;

import com.google.common.base.Ascii;

/**
 * The elementwise functions of one tensor. Each is computed in float and rounded once; IEEE 754
 * rules for NaN, infinities and signed zero.
 */
public enum UnaryOp {
  /** -x. */
  NEG,
  /** |x|. */
  ABS,
  /** e to the x. */
  EXP,
  /** Natural logarithm: -inf at 0, NaN below. */
  LOG,
  /** Square root: NaN below 0. */
  SQRT,
  /** 1 / sqrt(x). */
  RSQRT,
  /** 1 / x. */
  RECIPROCAL,
  /** x times x. */
  SQUARE,
  /** Sine of radians. */
  SIN,
  /** Cosine of radians. */
  COS,
  /** Tangent of radians. */
  TAN,
  /** Hyperbolic tangent. */
  TANH,
  /** 1 / (1 + e^-x). */
  SIGMOID,
  /** max(x, 0); NaN stays NaN. */
  RELU,
  /** GELU by tanh: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
  GELU,
  /** GELU by erf: 0.5 x (1 + erf(x / sqrt(2))). */
  GELU_ERF,
  /** x sigmoid(x). */
  SILU,
  /** The error function. */
  ERF,
  /** Greatest integer not above x. */
  FLOOR,
  /** Least integer not below x. */
  CEIL,
  /** Nearest integer, ties to even, as NumPy and PyTorch round. */
  ROUND,
  /** -1, 0 or 1; NaN stays NaN. */
  SIGN,
  /** 1 where x is above 0, else 0 (NaN gives 0). */
  STEP;

  /** The method's name on a tensor and in the language, in lower case: {@code gelu_erf}. */
  public String text() {
    return Ascii.toLowerCase(name());
  }
}
