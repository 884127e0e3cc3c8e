package org.tensorlogic.backend;

import com.google.common.base.Ascii;

/** The elementwise functions of three tensors, computed in float and rounded once. */
public enum TernaryOp {
  /** y where x is not 0 (NaN counts as not 0), else z. */
  WHERE,
  /** x times y plus z. */
  MUL_ADD;

  /** The method's name in lower case. */
  public String text() {
    return Ascii.toLowerCase(name());
  }
}
