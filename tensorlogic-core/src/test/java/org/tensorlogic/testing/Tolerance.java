package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.tensorlogic.DType;
import org.tensorlogic.Half;
import org.tensorlogic.Tensor;

/**
 * How far a float computation may be from the exact value: relative to it, plus absolute. The
 * result is then rounded once to its type, so a result is right if it lies between the roundings of
 * the two ends. An operation not in the table is exact: only one result is right.
 *
 * @param halves what replaces {@code relative} where the result is rounded to a half
 */
record Tolerance(double relative, double absolute, double halves) {
  private static final Tolerance EXACT = new Tolerance(0, 0);
  private static final Tolerance ONE_ULP = new Tolerance(0x1p-23, 0);
  private static final Tolerance FUNCTION = function(1e-6, 2e-7);
  private static final Tolerance SUM = new Tolerance(1e-6, 1e-5);

  private static final Map<String, Tolerance> TABLE =
      Map.ofEntries(
          // division and roots: correctly rounded on a CPU, within an ulp on a GPU
          Map.entry("div", ONE_ULP),
          Map.entry("div_left", ONE_ULP),
          Map.entry("div_right", ONE_ULP),
          Map.entry("reciprocal", ONE_ULP),
          Map.entry("sqrt", ONE_ULP),
          Map.entry("rsqrt", new Tolerance(3e-7, 0)),
          // multiplication and addition, fused or not
          Map.entry("mul_add", new Tolerance(1e-6, 1e-6)),
          Map.entry("scatterAdd", SUM),
          // functions
          Map.entry("exp", FUNCTION),
          Map.entry("log", FUNCTION),
          Map.entry("sin", FUNCTION),
          Map.entry("cos", FUNCTION),
          Map.entry("tan", function(2e-6, 2e-7)),
          Map.entry("tanh", FUNCTION),
          Map.entry("sigmoid", FUNCTION),
          Map.entry("erf", FUNCTION),
          Map.entry("gelu", function(2e-6, 1e-6)),
          Map.entry("gelu_erf", function(2e-6, 1e-6)),
          Map.entry("silu", FUNCTION),
          Map.entry("silu_mul", function(2e-6, 1e-6)),
          Map.entry("pow", function(1e-5, 0)),
          // sums, in any order
          Map.entry("sum", SUM),
          Map.entry("mean", SUM),
          Map.entry("prod", new Tolerance(1e-5, 0)),
          Map.entry("norm", SUM),
          Map.entry("variance", new Tolerance(1e-5, 1e-5)),
          Map.entry("cumsum", SUM),
          // of halves: the short exponential's 2.9e-6, above and below the fraction line
          Map.entry("softmax", new Tolerance(3e-6, 1e-7, 6e-6)),
          Map.entry("logSoftmax", new Tolerance(2e-6, 2e-6)),
          Map.entry("matmul", SUM),
          Map.entry("linear", SUM),
          Map.entry("einsum", new Tolerance(1e-5, 1e-5)),
          Map.entry("layerNorm", new Tolerance(1e-5, 1e-5)),
          Map.entry("rmsNorm", new Tolerance(1e-5, 1e-5)),
          Map.entry("batchNorm", new Tolerance(1e-5, 1e-5)),
          Map.entry("conv1d", SUM),
          Map.entry("conv2d", SUM),
          Map.entry("avgPool", SUM),
          Map.entry("rope", new Tolerance(1e-5, 1e-5)),
          Map.entry("attention", new Tolerance(1e-5, 1e-5)));

  Tolerance(double relative, double absolute) {
    this(relative, absolute, relative);
  }

  /** A half may come from a shorter formula: at most 0.65 units in its last place, not 0.5. */
  private static Tolerance function(double relative, double absolute) {
    return new Tolerance(relative, absolute, 7.5e-5);
  }

  /** The tolerance of an operation of the contract. */
  static Tolerance of(String operation) {
    return TABLE.getOrDefault(operation, EXACT);
  }

  /** This, with results so small that a GPU may take them for 0. */
  Tolerance flushing() {
    return new Tolerance(relative, Math.max(absolute, Float.MIN_NORMAL), halves);
  }

  /** Fails unless every element is right. */
  void check(String what, Tensor actual, double[] expected) {
    float[] values = actual.toFloatArray();
    assertThat(values).as(what).hasSize(expected.length);
    for (int i = 0; i < values.length; i++) {
      if (!accepts(actual.dtype(), values[i], expected[i])) {
        assertThat(values[i])
            .as("%s: element %d of %s %s, %s", what, i, actual.dtype(), actual.shape(), this)
            .isEqualTo(rounded(actual.dtype(), expected[i]));
      }
    }
  }

  private boolean accepts(DType type, float actual, double expected) {
    if (Double.isNaN(expected) || Float.isNaN(actual)) {
      return Double.isNaN(expected) && Float.isNaN(actual);
    }
    if (Double.isInfinite(expected)) {
      return actual == expected;
    }
    double slack = (type == DType.F16 ? halves : relative) * Math.abs(expected) + absolute;
    float low = rounded(type, expected - slack);
    float high = rounded(type, expected + slack);
    return low <= actual && actual <= high;
  }

  private static float rounded(DType type, double value) {
    return type == DType.F16 ? Half.toFloat(Half.fromFloat((float) value)) : (float) value;
  }
}
