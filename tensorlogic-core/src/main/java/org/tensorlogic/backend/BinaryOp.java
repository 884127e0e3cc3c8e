package org.tensorlogic.backend;

import com.google.common.base.Ascii;

/** The elementwise functions of two tensors, computed in float and rounded once. */
public enum BinaryOp {
  /** x + y. */
  ADD,
  /** x - y. */
  SUB,
  /** x times y. */
  MUL,
  /** x / y, by IEEE 754: x/0 is infinite, 0/0 NaN. */
  DIV,
  /** x to the y, as {@link Math#pow}. */
  POW,
  /** The larger; NaN if either is NaN. */
  MAXIMUM,
  /** The smaller; NaN if either is NaN. */
  MINIMUM,
  /** 1 where x equals y, else 0. */
  EQ,
  /** 1 where x differs from y, else 0. */
  NE,
  /** 1 where x is below y, else 0. */
  LT,
  /** 1 where x is at most y, else 0. */
  LE,
  /** 1 where x is above y, else 0. */
  GT,
  /** 1 where x is at least y, else 0. */
  GE,
  /** silu(x) times y: the gate of a gated MLP, in one pass. */
  SILU_MUL;

  /** Whether the result is 1 or 0 by how x compares with y. */
  public boolean isComparison() {
    return switch (this) {
      case EQ, NE, LT, LE, GT, GE -> true;
      case ADD, SUB, MUL, DIV, POW, MAXIMUM, MINIMUM, SILU_MUL -> false;
    };
  }

  /** The method's name on a tensor and in the language, in lower case. */
  public String text() {
    return Ascii.toLowerCase(name());
  }
}
