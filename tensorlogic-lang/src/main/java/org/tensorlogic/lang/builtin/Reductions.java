package org.tensorlogic.lang.builtin;

import java.util.function.DoubleBinaryOperator;
import org.tensorlogic.DType;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.runtime.Operators;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VectorValue;

/** Section 14.3: reductions and products. */
final class Reductions {
  private static final int DIM = 3;
  private static final int OTHER = 4;

  private Reductions() {}

  static void define(Registry registry) {
    for (ReduceOp op : ReduceOp.values()) {
      registry.add(op.text() + "(x, dim?, keepdim?)", a -> reduce(a, op));
    }
    registry.add("max(x, y_or_dim?, keepdim?; dim?, y?)", a -> extreme(a, ReduceOp.MAX, Math::max));
    registry.add("min(x, y_or_dim?, keepdim?; dim?, y?)", a -> extreme(a, ReduceOp.MIN, Math::min));
    registry.add("argmax(x, dim?, keepdim?)", a -> position(a, true));
    registry.add("argmin(x, dim?, keepdim?)", a -> position(a, false));
    registry.add("cumsum(x, dim?)", a -> a.result(a.tensor(0).cumsum(a.intValue(1, -1))));
    registry.add("matmul(a, b)", a -> Operators.binary(BinaryOperator.MATMUL, a.get(0), a.get(1)));
    registry.add(
        "linear(x, weight|W, bias|b?)",
        a -> a.result(a.tensor(0).linear(a.tensor(1), a.tensorOrNull(2))));
    registry.add("einsum(spec, operands…)", Reductions::einsum);
    registry.add("inv(A)", Matrices::inverse);
    registry.add("det(A)", Matrices::determinant);
  }

  /** A number without {@code dim}, accumulated in float32; else a tensor without that dimension. */
  private static Datum reduce(Arguments a, ReduceOp op) {
    return reduce(a, op, 1);
  }

  private static Datum reduce(Arguments a, ReduceOp op, int dim) {
    Datum x = a.get(0);
    if (!a.has(dim)) {
      if (x instanceof ArrayValue array) {
        return ofArray(a, op, array);
      }
      if (!(x instanceof TensorValue) && x.isNumber()) {
        return op == ReduceOp.NORM ? FloatValue.of(Math.abs(x.toDouble())) : x;
      }
      return scalar(a, a.tensor(0).reduce(op, DType.F32, false));
    }
    Tensor tensor = a.tensor(0);
    boolean keep = a.bool(2, false);
    int[] axes = toInts(a.integers(dim));
    return a.result(tensor.reduce(op, tensor.dtype(), keep, axes));
  }

  private static int[] toInts(long[] values) {
    int[] ints = new int[values.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = Math.toIntExact(values[i]);
    }
    return ints;
  }

  /** A full reduction as a number, or a rank-0 tensor while gradients are tracked. */
  static Datum scalar(Arguments a, Tensor result) {
    if (a.execution().isTracking(result)) {
      return TensorValue.of(result);
    }
    double value = result.item();
    result.close();
    return FloatValue.of(value);
  }

  private static Datum ofArray(Arguments a, ReduceOp op, ArrayValue array) {
    boolean exact = array.isInteger() && array.size() > 0;
    if (exact && (op == ReduceOp.SUM || op == ReduceOp.MAX || op == ReduceOp.MIN)) {
      long[] values = array.toLongs();
      long result = values[0];
      for (int i = 1; i < values.length; i++) {
        result =
            switch (op) {
              case SUM -> Math.addExact(result, values[i]);
              case MAX -> Math.max(result, values[i]);
              default -> Math.min(result, values[i]);
            };
      }
      return IntValue.of(result);
    }
    if (op == ReduceOp.SUM || op == ReduceOp.MEAN) {
      double sum = 0;
      for (double value : array.toDoubles()) {
        sum += value;
      }
      return FloatValue.of(op == ReduceOp.SUM ? sum : sum / array.size());
    }
    return scalar(a, a.tensor(0).reduce(op, DType.F32, false));
  }

  /**
   * A reduction, or of two values the larger or smaller of each pair. A second argument without a
   * name is a dimension if it is an int, or ints, as in {@code sum}; between two numbers it is not.
   */
  private static Datum extreme(Arguments a, ReduceOp op, DoubleBinaryOperator pick) {
    if ((a.has(1) ? 1 : 0) + (a.has(DIM) ? 1 : 0) + (a.has(OTHER) ? 1 : 0) > 1) {
      throw a.invalid("expected one value or dimension besides 'x', got more");
    }
    if (a.has(OTHER)) {
      return pairs(a, op, pick, OTHER);
    } else if (!a.has(1)) {
      return reduce(a, op, DIM);
    } else if (hasNoDimension(a.get(0)) || !isInts(a.get(1))) {
      return pairs(a, op, pick, 1);
    }
    if (!a.has(2) && a.get(1) instanceof IntValue dim) {
      warnOfDimension(a, dim);
    }
    return reduce(a, op, 1);
  }

  /** Numbers, also those whose gradients are tracked. */
  private static boolean hasNoDimension(Datum x) {
    return isPlainNumber(x) || (x instanceof TensorValue value && value.tensor().rank() == 0);
  }

  private static boolean isInts(Datum value) {
    return value instanceof IntValue
        || (value instanceof ArrayValue array && array.isInteger())
        || (value instanceof VectorValue vector && vector.kind() == VectorValue.Kind.INT);
  }

  private static void warnOfDimension(Arguments a, IntValue dim) {
    String name = a.function();
    Diagnostic warning =
        Diagnostic.warning(
                DiagnosticCode.INT_IS_DIMENSION,
                null,
                name + ": the int " + dim + " is taken as a dimension")
            .withHelp("if it is one, name it: " + name + "(x, dim: " + dim + ")")
            .withHelp("if it is a number to compare with: " + name + "(x, " + dim + ".0)");
    a.warn(warning);
  }

  private static Datum pairs(Arguments a, ReduceOp op, DoubleBinaryOperator pick, int other) {
    if (a.has(2)) {
      Fault fault = a.invalid("'keepdim' belongs to a reduction over a dimension");
      throw fault.withHelp("of several numbers: " + a.function() + "([a, b, c])");
    }
    Datum first = a.get(0);
    Datum second = a.get(other);
    if (first instanceof IntValue x && second instanceof IntValue y) {
      return op == ReduceOp.MAX == x.value() >= y.value() ? x : y;
    } else if (isPlainNumber(first) && isPlainNumber(second)) {
      return FloatValue.of(pick.applyAsDouble(a.number(0), a.number(other)));
    }
    Tensor x = a.tensor(0);
    Tensor y = a.tensor(other);
    return a.result(op == ReduceOp.MAX ? x.maximum(y) : x.minimum(y));
  }

  private static boolean isPlainNumber(Datum value) {
    return value instanceof IntValue || value instanceof FloatValue;
  }

  private static Datum position(Arguments a, boolean largest) {
    ArrayValue ints = a.get(0) instanceof ArrayValue array && array.isInteger() ? array : null;
    Shape shape = ints == null ? a.tensor(0).shape() : ints.shape();
    if (shape.size() == 0) {
      throw new Fault(DiagnosticCode.EMPTY_SEQUENCE, a.function() + ": the tensor is empty");
    }
    if (!a.has(1)) {
      if (ints != null) {
        return positions(ints.reshaped(ints.size()), 0, largest).element(0);
      }
      return IntValue.of(largest ? a.tensor(0).argmax() : a.tensor(0).argmin());
    }
    int axis = shape.axis(a.function(), a.intValue(1));
    ArrayValue found =
        ints == null
            ? ArrayValue.of(largest ? a.tensor(0).argmax(axis) : a.tensor(0).argmin(axis))
            : positions(ints, axis, largest);
    if (a.bool(2, false)) {
      return found.reshaped(toInts(shape.with(axis, 1).dims()));
    }
    return found.rank() == 0 ? found.element(0) : found;
  }

  /** Where along an axis the largest or smallest stand, the first of equals. */
  private static ArrayValue positions(ArrayValue array, int axis, boolean largest) {
    long[] values = array.toLongs();
    int extent = array.dim(axis);
    int stride = 1;
    int[] others = new int[array.rank() - 1];
    for (int i = 0; i < array.rank(); i++) {
      stride *= i > axis ? array.dim(i) : 1;
      if (i != axis) {
        others[i < axis ? i : i - 1] = array.dim(i);
      }
    }
    long[] found = new long[values.length / extent];
    for (int row = 0; row < found.length; row++) {
      int start = row / stride * stride * extent + row % stride;
      int best = 0;
      for (int i = 1; i < extent; i++) {
        long value = values[start + i * stride];
        long other = values[start + best * stride];
        best = (largest ? value > other : value < other) ? i : best;
      }
      found[row] = best;
    }
    return ArrayValue.ofLongs(found).reshaped(others);
  }

  private static Datum einsum(Arguments a) {
    Tensor[] operands = a.tensors(1, a.count());
    return a.result(Tensor.einsum(a.string(0), operands));
  }
}
