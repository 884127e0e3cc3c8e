package org.tensorlogic.lang.builtin;

import java.util.Arrays;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.runtime.Execution;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.TensorValue;

/**
 * Inverse and determinant by elimination with partial pivoting, in double precision. Where
 * gradients are recorded, zeros are added that have them: A - a, where a is A as a constant, times
 * the derivative.
 */
final class Matrices {
  /** Up to here, the bytes of two matrices of doubles side by side fit in a long. */
  private static final long COUNTABLE = 1L << 29;

  private Matrices() {}

  static Datum inverse(Arguments a) {
    Tensor matrix = a.tensor(0);
    int n = size(a, 2);
    double[][] rows = besideIdentity(matrix, n);
    if (eliminate(rows, n, a.execution()) == 0) {
      throw new Fault(DiagnosticCode.ARITHMETIC_DOMAIN, a.function() + ": the matrix is singular");
    }
    for (int i = 0; i < n; i++) {
      rows[i] = Arrays.copyOfRange(rows[i], n, 2 * n);
    }
    Tensor inverse = tensor(matrix, rows);
    return TensorValue.of(a.isTracking(0) ? following(matrix, inverse) : inverse);
  }

  /** B - B (A - a) B: the differential of B = A⁻¹ is -B dA B. */
  private static Tensor following(Tensor matrix, Tensor inverse) {
    try (inverse;
        Tensor change = change(matrix);
        Tensor half = inverse.matmul(change);
        Tensor moved = half.matmul(inverse)) {
      return inverse.sub(moved);
    }
  }

  static Datum determinant(Arguments a) {
    Tensor matrix = a.tensor(0);
    if (!a.isTracking(0)) {
      int n = size(a, 1);
      return FloatValue.of(eliminate(rows(matrix, n, n), n, a.execution()));
    }
    int n = size(a, 2);
    double[][] rows = besideIdentity(matrix, n);
    double determinant = eliminate(rows, n, a.execution());
    double[][] cofactors =
        determinant == 0 ? minors(matrix, n, a.execution()) : cofactors(rows, determinant);
    try (Tensor factors = tensor(matrix, cofactors);
        Tensor change = change(matrix);
        Tensor moved = change.mul(factors);
        Tensor sum = moved.sum()) {
      return TensorValue.of(sum.add(determinant));
    }
  }

  /** Zeros with the gradient of the matrix: A - a. */
  private static Tensor change(Tensor matrix) {
    try (Tensor constant =
        Tensor.on(matrix.backend(), DType.F32).of(matrix.toFloatArray(), matrix.shape().dims())) {
      return matrix.sub(constant);
    }
  }

  /** det(A) A⁻ᵀ, from rows whose right half is the inverse. */
  private static double[][] cofactors(double[][] rows, double determinant) {
    int n = rows.length;
    double[][] cofactors = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        cofactors[i][j] = determinant * rows[j][n + i];
      }
    }
    return cofactors;
  }

  /** Each cofactor as the signed determinant of what is left without its row and column. */
  private static double[][] minors(Tensor matrix, int n, Execution execution) {
    double[][] rows = rows(matrix, n, n);
    double[][] cofactors = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double minor = eliminate(without(rows, i, j), n - 1, execution);
        cofactors[i][j] = (i + j) % 2 == 0 ? minor : -minor;
      }
    }
    return cofactors;
  }

  private static double[][] without(double[][] rows, int row, int column) {
    int left = rows.length - 1;
    double[][] minor = new double[left][left];
    for (int i = 0; i < left; i++) {
      double[] source = rows[i < row ? i : i + 1];
      System.arraycopy(source, 0, minor[i], 0, column);
      System.arraycopy(source, column + 1, minor[i], column, left - column);
    }
    return minor;
  }

  /** The rows of a square matrix, of which so many copies in double precision are allowed. */
  private static int size(Arguments a, int copies) {
    Tensor matrix = a.tensor(0);
    if (matrix.rank() != 2 || matrix.dim(0) != matrix.dim(1)) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          a.function() + ": a square matrix is needed, got " + matrix.shape());
    }
    long n = matrix.dim(0);
    long bytes = n < COUNTABLE ? Double.BYTES * n * n * copies : Long.MAX_VALUE;
    a.execution().requireBytes(a.function() + ": a copy in double precision", bytes);
    return Math.toIntExact(n);
  }

  private static double[][] besideIdentity(Tensor matrix, int n) {
    double[][] rows = rows(matrix, n, 2 * n);
    for (int i = 0; i < n; i++) {
      rows[i][n + i] = 1;
    }
    return rows;
  }

  private static double[][] rows(Tensor matrix, int n, int width) {
    float[] values = matrix.toFloatArray();
    double[][] rows = new double[n][width];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        rows[i][j] = values[i * n + j];
      }
    }
    return rows;
  }

  private static Tensor tensor(Tensor beside, double[][] rows) {
    int n = rows.length;
    float[] values = new float[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        values[i * n + j] = (float) rows[i][j];
      }
    }
    return Tensor.on(beside.backend(), DType.F32).of(values, n, n);
  }

  /** Reduces the left part to the identity; the determinant, 0 if it cannot be. */
  private static double eliminate(double[][] rows, int n, Execution execution) {
    double determinant = 1;
    for (int column = 0; column < n; column++) {
      execution.check();
      int pivot = column;
      for (int row = column + 1; row < n; row++) {
        if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) {
          pivot = row;
        }
      }
      double value = rows[pivot][column];
      if (value == 0 || Double.isNaN(value)) {
        return value;
      }
      determinant *= pivot == column ? value : -value;
      double[] swapped = rows[pivot];
      rows[pivot] = rows[column];
      rows[column] = Arrays.stream(swapped).map(v -> v / value).toArray();
      for (int row = 0; row < n; row++) {
        double factor = rows[row][column];
        if (row != column && factor != 0) {
          execution.check();
          for (int j = 0; j < rows[row].length; j++) {
            rows[row][j] -= factor * rows[column][j];
          }
        }
      }
    }
    return determinant;
  }
}
