package org.tensorlogic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.backend.BinaryOp;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.UnaryOp;

/** Derivatives of elementwise operations and reductions; g is the gradient of the result. */
final class GradientRules {
  private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

  private GradientRules() {}

  /** Undoes broadcasting: sums over the axes that were stretched. */
  static Tensor fit(Tensor gradient, Shape shape) {
    if (gradient.shape().equals(shape)) {
      return gradient;
    }
    int added = gradient.rank() - shape.rank();
    int[] axes = new int[gradient.rank()];
    int n = 0;
    for (int axis = 0; axis < gradient.rank(); axis++) {
      boolean stretched = axis < added || (shape.dim(axis - added) == 1 && gradient.dim(axis) != 1);
      if (stretched) {
        axes[n++] = axis;
      }
    }
    Tensor sum =
        n == 0 ? gradient : gradient.reduce(ReduceOp.SUM, DType.F32, true, Arrays.copyOf(axes, n));
    return sum.reshape(shape.dims());
  }

  /** dy/dx times g, for y = op(x). */
  static @Nullable Tensor unary(UnaryOp op, Tensor x, Tensor y, Tensor g) {
    return switch (op) {
      case NEG -> g.neg();
      case ABS -> g.mul(x.sign());
      case EXP -> g.mul(y);
      case LOG -> g.div(x);
      case SQRT -> g.div(y).mul(0.5);
      case RSQRT -> g.mul(y).mul(y).mul(y).mul(-0.5);
      case RECIPROCAL -> g.mul(y).mul(y).neg();
      case SQUARE -> g.mul(x).mul(2);
      case SIN -> g.mul(x.cos());
      case COS -> g.mul(x.sin()).neg();
      case TAN -> g.mul(wide(y).square().add(1));
      case TANH -> g.mul(Tensor.binary(BinaryOp.SUB, 1, wide(y).square()));
      case SIGMOID -> g.mul(y).mul(Tensor.binary(BinaryOp.SUB, 1, wide(y)));
      case RELU -> g.mul(x.step());
      case GELU -> g.mul(geluSlope(wide(x)));
      case GELU_ERF -> g.mul(geluErfSlope(wide(x)));
      case SILU -> g.mul(siluSlope(wide(x)));
      case ERF -> g.mul(wide(x).square().neg().exp()).mul(TWO_OVER_SQRT_PI);
      case FLOOR, CEIL, ROUND, SIGN, STEP -> null;
    };
  }

  private static Tensor wide(Tensor x) {
    return x.to(DType.F32);
  }

  private static Tensor geluSlope(Tensor x) {
    Tensor cubic = x.square().mul(0.044715).add(1).mul(x).mul(SQRT_2_OVER_PI);
    Tensor t = cubic.tanh();
    Tensor inner = x.square().mul(3 * 0.044715).add(1).mul(SQRT_2_OVER_PI);
    Tensor sech2 = Tensor.binary(BinaryOp.SUB, 1, t.square());
    return t.add(1).add(x.mul(sech2).mul(inner)).mul(0.5);
  }

  private static Tensor geluErfSlope(Tensor x) {
    Tensor cumulative = x.mul(Math.sqrt(0.5)).erf().add(1).mul(0.5);
    Tensor density = x.square().mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));
    return cumulative.add(x.mul(density));
  }

  private static Tensor siluSlope(Tensor x) {
    Tensor s = x.sigmoid();
    return s.mul(Tensor.binary(BinaryOp.SUB, 1, s).mul(x).add(1));
  }

  /** The shares of both operands of z = op(x, y). */
  static @Nullable Tensor[] binary(BinaryOp op, Tensor x, Tensor y, Tensor z, Tensor g) {
    return switch (op) {
      case ADD -> both(g, g);
      case SUB -> both(g, g.neg());
      case MUL -> both(g.mul(y), g.mul(x));
      case DIV -> both(g.div(y), g.mul(z).div(y).neg());
      case POW -> both(powBase(x, y, g), powExponent(x, z, g));
      case MAXIMUM -> shared(x.gt(y), x.eq(y), g);
      case MINIMUM -> shared(x.lt(y), x.eq(y), g);
      case SILU_MUL -> both(g.mul(y).mul(siluSlope(wide(x))), g.mul(wide(x).silu()));
      case EQ, NE, LT, LE, GT, GE -> both(null, null);
    };
  }

  /** The share of x in op(x, number) or, with the number first, op(number, x). */
  static @Nullable Tensor withNumber(
      BinaryOp op, Tensor x, double number, boolean numberFirst, Tensor z, Tensor g) {
    Tensor constant = Tensor.on(g.backend(), DType.F32).full(number);
    return numberFirst ? binary(op, constant, x, z, g)[1] : binary(op, x, constant, z, g)[0];
  }

  private static @Nullable Tensor[] both(@Nullable Tensor x, @Nullable Tensor y) {
    return new @Nullable Tensor[] {x, y};
  }

  /** All where {@code wins}, half where {@code ties}, the rest to the other. */
  private static @Nullable Tensor[] shared(Tensor wins, Tensor ties, Tensor g) {
    Tensor first = wins.add(ties.mul(0.5));
    return both(g.mul(first), g.mul(Tensor.binary(BinaryOp.SUB, 1, first)));
  }

  /** y x^(y-1), which is 0 and not NaN where y is 0. */
  private static Tensor powBase(Tensor x, Tensor y, Tensor g) {
    Tensor slope = wide(x).pow(wide(y).sub(1)).mul(y);
    return g.mul(Tensor.where(y.eq(0), zero(g), slope));
  }

  /** z log x, which is 0 where x is 0 (its limit for positive y). */
  private static Tensor powExponent(Tensor x, Tensor z, Tensor g) {
    return g.mul(Tensor.where(x.eq(0), zero(g), wide(x).log().mul(z)));
  }

  private static Tensor zero(Tensor like) {
    return Tensor.on(like.backend(), DType.F32).full(0);
  }

  /** The gradient of a reduction, {@code kept} being the shape with extent 1 at reduced axes. */
  static Tensor reduce(ReduceOp op, Tensor x, Tensor y, Shape kept, int[] axes, Tensor g) {
    long[] dims = kept.dims();
    Tensor gradient = g.reshape(dims);
    Tensor result = y.reshape(dims);
    double count = kept.size() == 0 ? 0 : (double) x.size() / kept.size();
    return switch (op) {
      case SUM -> gradient.broadcastTo(x.shape().dims());
      case MEAN -> gradient.div(count).broadcastTo(x.shape().dims());
      case MAX, MIN -> {
        Tensor ties = x.eq(result);
        Tensor shares = ties.reduce(ReduceOp.SUM, DType.F32, true, axes);
        yield ties.mul(gradient.div(shares));
      }
      case PROD -> prod(wide(x), gradient, axes);
      case NORM -> {
        Tensor safe = result.add(result.eq(0));
        yield gradient.mul(x).div(safe);
      }
      case VARIANCE -> deviations(x, axes).mul(gradient).mul(2 / count);
      case SAMPLE_VARIANCE -> deviations(x, axes).mul(gradient).mul(2 / (count - 1));
    };
  }

  private static Tensor deviations(Tensor x, int[] axes) {
    return x.sub(x.reduce(ReduceOp.MEAN, DType.F32, true, axes));
  }

  /** The product of the others: exact also where one factor is 0. */
  private static Tensor prod(Tensor x, Tensor g, int[] axes) {
    Tensor zero = x.eq(0);
    Tensor safe = x.add(zero);
    Tensor product = safe.reduce(ReduceOp.PROD, DType.F32, true, axes);
    Tensor zeros = zero.reduce(ReduceOp.SUM, DType.F32, true, axes);
    Tensor withoutZeros = product.div(safe).mul(zeros.eq(0));
    Tensor atTheZero = product.mul(zero).mul(zeros.eq(1));
    return g.mul(withoutZeros.add(atTheZero));
  }

  static Tensor softmax(Tensor y, boolean logarithm, int axis, Tensor g) {
    if (logarithm) {
      Tensor total = g.reduce(ReduceOp.SUM, DType.F32, true, axis);
      return g.sub(wide(y).exp().mul(total));
    }
    Tensor total = g.mul(y).reduce(ReduceOp.SUM, DType.F32, true, axis);
    return g.sub(total).mul(y);
  }

  /** Sums from each position to the end. */
  static Tensor cumsum(int axis, Tensor g) {
    Tensor total = g.reduce(ReduceOp.SUM, DType.F32, true, axis);
    return total.sub(g.cumsum(axis)).add(g);
  }
}
