package org.tensorlogic.lang.runtime;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;

/**
 * The operators on number arrays: elementwise with broadcasting, ints exactly, else in double
 * precision.
 */
public final class ArrayArithmetic {
  private ArrayArithmetic() {}

  /** Numbers count as arrays of rank 0. */
  static ArrayValue asArray(Datum value) {
    if (value instanceof ArrayValue array) {
      return array;
    }
    return value instanceof IntValue number
        ? ArrayValue.ofLongs(new long[] {number.value()}).reshaped()
        : ArrayValue.ofDoubles(new double[] {value.toDouble()}).reshaped();
  }

  static Datum binary(BinaryOperator operator, ArrayValue a, ArrayValue b) {
    int[] dims = broadcast(operator, a, b);
    int size = Arrays.stream(dims).reduce(1, Math::multiplyExact);
    ArrayValue.requireRoom(size);
    int[] left = positions(a, dims, size);
    int[] right = positions(b, dims, size);
    if (a.isInteger() && b.isInteger() && staysInteger(operator, b)) {
      long[] values = new long[size];
      for (int i = 0; i < size; i++) {
        values[i] = exact(operator, a.getLong(left[i]), b.getLong(right[i]));
      }
      return operator.isComparison()
          ? truths(values, dims)
          : ArrayValue.ofLongs(values).reshaped(dims);
    }
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = Numbers.element(operator, a.get(left[i]), b.get(right[i]));
    }
    if (operator.isComparison()) {
      return truths(Arrays.stream(values).mapToLong(v -> (long) v).toArray(), dims);
    }
    return ArrayValue.ofDoubles(values).reshaped(dims);
  }

  private static long exact(BinaryOperator operator, long a, long b) {
    Datum result = Numbers.ints(operator, a, b);
    return result instanceof BoolValue truth ? (truth.value() ? 1 : 0) : result.toLong();
  }

  private static Datum truths(long[] values, int[] dims) {
    return values.length == 1
        ? BoolValue.of(values[0] != 0)
        : ArrayValue.ofLongs(values).reshaped(dims);
  }

  private static boolean staysInteger(BinaryOperator operator, ArrayValue right) {
    if (operator == BinaryOperator.POWER) {
      return Arrays.stream(right.toLongs()).allMatch(v -> v >= 0);
    }
    return operator != BinaryOperator.DIVIDE;
  }

  static ArrayValue negate(ArrayValue x) {
    return x.isInteger()
        ? ArrayValue.ofLongs(Arrays.stream(x.toLongs()).map(Math::negateExact).toArray())
            .reshaped(x.dims())
        : map(x, v -> -v);
  }

  /** A function of every element. */
  public static ArrayValue map(ArrayValue x, DoubleUnaryOperator function) {
    return ArrayValue.ofDoubles(Arrays.stream(x.toDoubles()).map(function).toArray())
        .reshaped(x.dims());
  }

  private static int[] broadcast(BinaryOperator operator, ArrayValue a, ArrayValue b) {
    int rank = Math.max(a.rank(), b.rank());
    int[] dims = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int x = i <= a.rank() ? a.dim(a.rank() - i) : 1;
      int y = i <= b.rank() ? b.dim(b.rank() - i) : 1;
      if (x != y && x != 1 && y != 1) {
        throw new Fault(
            DiagnosticCode.SHAPE_MISMATCH,
            "'" + operator + "': shapes " + a.shape() + " and " + b.shape() + " do not broadcast");
      }
      dims[rank - i] = x == 1 ? y : x;
    }
    return dims;
  }

  /** For each position of the result the position in {@code x}. */
  private static int[] positions(ArrayValue x, int[] dims, int size) {
    int[] strides = new int[dims.length];
    int stride = 1;
    for (int i = 1; i <= x.rank(); i++) {
      int extent = x.dim(x.rank() - i);
      strides[dims.length - i] = extent == 1 ? 0 : stride;
      stride *= extent;
    }
    int[] positions = new int[size];
    int[] at = new int[dims.length];
    int position = 0;
    for (int i = 0; i < size; i++) {
      positions[i] = position;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        position += strides[axis];
        if (++at[axis] < dims[axis]) {
          break;
        }
        position -= at[axis] * strides[axis];
        at[axis] = 0;
      }
    }
    return positions;
  }
}
