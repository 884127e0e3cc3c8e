package org.tensorlogic.lang.equation;

import org.tensorlogic.lang.Span;

/**
 * Where an equation reads or writes along one axis: the sum of multiples of labels and an offset,
 * or one label divided. Without labels it is one position.
 */
final class Axis {
  private final Span span;
  private final int[] labels;
  private final long[] coefficients;
  private final Position offset;
  private final long divisor;

  Axis(Span span, int[] labels, long[] coefficients, Position offset, long divisor) {
    this.span = span;
    this.labels = labels;
    this.coefficients = coefficients;
    this.offset = offset;
    this.divisor = divisor;
  }

  Span span() {
    return span;
  }

  int[] labels() {
    return labels.clone();
  }

  int labelCount() {
    return labels.length;
  }

  int label(int part) {
    return labels[part];
  }

  long coefficient(int part) {
    return coefficients[part];
  }

  Position offset() {
    return offset;
  }

  long divisor() {
    return divisor;
  }

  boolean isFixed() {
    return labels.length == 0;
  }

  /** One label, plus an offset that may be zero. */
  boolean isShift() {
    return labels.length == 1 && coefficients[0] == 1 && divisor == 1;
  }

  /** One label alone: its range is the axis. */
  boolean isWhole() {
    return isShift() && offset.isZero();
  }

  boolean isDivided() {
    return divisor != 1;
  }

  boolean has(int label) {
    for (int own : labels) {
      if (own == label) {
        return true;
      }
    }
    return false;
  }

  /** The position for values of the labels, which {@code values} holds by label. */
  long at(long[] values, long offsetNow) {
    if (divisor != 1) {
      return values[labels[0]] / divisor;
    }
    long position = offsetNow;
    for (int part = 0; part < labels.length; part++) {
      position += coefficients[part] * values[labels[part]];
    }
    return position;
  }
}
