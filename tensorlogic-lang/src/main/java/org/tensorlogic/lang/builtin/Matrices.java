package org.tensorlogic.lang.builtin;

import java.util.Arrays;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.runtime.Execution;
import org.tensorlogic.lang.value.Fault;

/** Inverse and determinant by elimination with partial pivoting, in double precision. */
final class Matrices {
  private Matrices() {}

  static Tensor inverse(Tensor matrix, String function, Execution execution) {
    int n = size(matrix, function);
    double[][] rows = rows(matrix, n, 2L * n, function, execution);
    for (int i = 0; i < n; i++) {
      rows[i][n + i] = 1;
    }
    if (eliminate(rows, n, execution) == 0) {
      throw new Fault(DiagnosticCode.ARITHMETIC_DOMAIN, function + ": the matrix is singular");
    }
    float[] values = new float[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        values[i * n + j] = (float) rows[i][n + j];
      }
    }
    return Tensor.on(matrix.backend(), DType.F32).of(values, n, n);
  }

  static double determinant(Tensor matrix, String function, Execution execution) {
    int n = size(matrix, function);
    return eliminate(rows(matrix, n, n, function, execution), n, execution);
  }

  private static int size(Tensor matrix, String function) {
    if (matrix.rank() != 2 || matrix.dim(0) != matrix.dim(1)) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          function + ": a square matrix is needed, got " + matrix.shape());
    }
    return Math.toIntExact(matrix.dim(0));
  }

  private static double[][] rows(
      Tensor matrix, int n, long width, String function, Execution execution) {
    execution.requireBytes(function + ": a copy in double precision", 8L * n * width);
    float[] values = matrix.toFloatArray();
    double[][] rows = new double[n][(int) width];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        rows[i][j] = values[i * n + j];
      }
    }
    return rows;
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
