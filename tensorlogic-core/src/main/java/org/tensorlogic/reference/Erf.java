package org.tensorlogic.reference;

/**
 * The error function to about double precision: Maclaurin series near 0, continued fraction of the
 * complement elsewhere (Abramowitz and Stegun 7.1.6 and 7.1.14).
 */
final class Erf {
  private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

  private Erf() {}

  static double erf(double x) {
    return Math.abs(x) < 2.5 ? series(x) : x > 0 ? 1 - tail(x) : tail(-x) - 1;
  }

  /** 1 - erf(x), accurate where that is small. */
  static double erfc(double x) {
    return Math.abs(x) < 2.5 && x < 1.5 ? 1 - series(x) : x > 0 ? tail(x) : 2 - tail(-x);
  }

  /** erf(x) = 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)): all terms positive. */
  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
  }

  /** erfc(x) for x at least 1.5 by its continued fraction, evaluated from the far end. */
  private static double tail(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    if (x > 28) {
      return 0;
    }
    double fraction = 0;
    for (int k = 120; k >= 1; k--) {
      fraction = k / 2.0 / (x + fraction);
    }
    return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
  }
}
