package org.tensorlogic.backend;

import com.google.common.base.Ascii;

/**
 * The reductions of a set of elements to one, accumulated in at least float and rounded once. Of no
 * elements: SUM 0, PROD 1, NORM 0, MEAN and the variances NaN, MAX -inf, MIN +inf.
 */
public enum ReduceOp {
  /** The sum. */
  SUM,
  /** The arithmetic mean. */
  MEAN,
  /** The largest; NaN if any is NaN. */
  MAX,
  /** The smallest; NaN if any is NaN. */
  MIN,
  /** The product. */
  PROD,
  /** The Euclidean norm: square root of the sum of squares. */
  NORM,
  /** The population variance: mean of squared deviations. */
  VARIANCE,
  /** The sample variance: squared deviations over n - 1. */
  SAMPLE_VARIANCE;

  /** The method's name in lower case. */
  public String text() {
    return Ascii.toLowerCase(name());
  }
}
