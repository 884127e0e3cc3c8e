package org.tensorlogic.lang.equation;

import org.tensorlogic.DType;
import org.tensorlogic.Tensor;

/** Pieces of a plan without axes. */
final class NumberNodes {
  private NumberNodes() {}

  abstract static class Scalar extends Node {
    Scalar() {
      super(new int[0]);
    }

    @Override
    final boolean isNumber() {
      return true;
    }

    @Override
    abstract double number(Run run);

    @Override
    final Tensor tensor(Run run) {
      return run.host().factory(DType.F32).full(number(run));
    }
  }

  interface Formula {
    double at(Run run);
  }

  static Scalar of(Formula formula) {
    return new Scalar() {
      @Override
      double number(Run run) {
        return formula.at(run);
      }
    };
  }

  /** A tensor with one element, kept as a tensor so that gradients reach it. */
  static final class OneElement extends Node {
    private final int input;

    OneElement(int input) {
      super(new int[0]);
      this.input = input;
    }

    @Override
    Tensor tensor(Run run) {
      return run.tensor(input).reshape().to(DType.F32);
    }
  }
}
