package org.tensorlogic.reference;

import org.jspecify.annotations.Nullable;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.Storage;
import org.tensorlogic.backend.UnaryOp;

/**
 * The matrix product in tiles: columns of b become a float panel, rows of a are added into float
 * accumulators beside it. The inner loop runs along a tile's columns, which C2 vectorizes.
 */
final class ReferenceMatmul {
  private static final int ROWS = 64;
  private static final int COLUMNS = 64;
  private static final int DEPTH = 512;

  private ReferenceMatmul() {}

  static void matmul(
      Tensor a, Tensor b, @Nullable Tensor bias, @Nullable UnaryOp activation, Tensor out) {
    long m = a.dim(-2);
    long n = b.dim(-1);
    if (out.size() == 0) {
      return;
    }
    long rowTiles = (m + ROWS - 1) / ROWS;
    long columnTiles = (n + COLUMNS - 1) / COLUMNS;
    long batches = out.size() / (m * n);
    Runs.parallel(
        batches * rowTiles * columnTiles,
        out.size() * Math.max(1, a.dim(-1)),
        tile -> {
          long batch = tile / (rowTiles * columnTiles);
          long i = tile / columnTiles % rowTiles * ROWS;
          long j = tile % columnTiles * COLUMNS;
          int rows = (int) Math.min(ROWS, m - i);
          int columns = (int) Math.min(COLUMNS, n - j);
          float[][] sums = product(a, b, batch, i, j, rows, columns);
          float[] added = new float[columns];
          if (bias != null) {
            Layout layout = bias.layout();
            bias.storage()
                .read(layout.offset() + j * layout.stride(0), layout.stride(0), added, 0, columns);
          }
          for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
              sums[r][c] += added[c];
            }
            if (activation != null) {
              Formulas.activate(activation, sums[r], columns);
            }
            out.storage().write((batch * m + i + r) * n + j, sums[r], 0, columns);
          }
        });
  }

  private static float[][] product(
      Tensor a, Tensor b, long batch, long i, long j, int rows, int columns) {
    Layout al = a.layout();
    Layout bl = b.layout();
    int last = al.shape().rank() - 1;
    long depth = a.dim(-1);
    long aAt = Runs.rowPosition(al, last - 1, batch) + i * al.stride(last - 1);
    long bAt = Runs.rowPosition(bl, last - 1, batch) + j * bl.stride(last);
    float[][] sums = new float[rows][columns];
    float[][] panel = new float[(int) Math.min(DEPTH, depth)][columns];
    float[] left = new float[panel.length];
    for (long k = 0; k < depth; k += DEPTH) {
      int deep = (int) Math.min(DEPTH, depth - k);
      readPanel(
          b.storage(),
          bAt + k * bl.stride(last - 1),
          bl.stride(last - 1),
          bl.stride(last),
          panel,
          deep,
          columns);
      for (int r = 0; r < rows; r++) {
        a.storage()
            .read(
                aAt + r * al.stride(last - 1) + k * al.stride(last),
                al.stride(last),
                left,
                0,
                deep);
        for (int d = 0; d < deep; d++) {
          multiplyAdd(left[d], panel[d], sums[r], columns);
        }
      }
    }
    return sums;
  }

  private static void multiplyAdd(float factor, float[] row, float[] sum, int n) {
    for (int c = 0; c < n; c++) {
      sum[c] += factor * row[c];
    }
  }

  /** Reads along whichever axis is contiguous; packed weights are so along the depth. */
  private static void readPanel(
      Storage b,
      long at,
      long depthStride,
      long columnStride,
      float[][] panel,
      int deep,
      int columns) {
    if (columnStride == 1 && !b.encoding().isPacked()) {
      for (int d = 0; d < deep; d++) {
        b.read(at + d * depthStride, panel[d], 0, columns);
      }
      return;
    }
    float[] column = new float[deep];
    for (int c = 0; c < columns; c++) {
      b.read(at + c * columnStride, depthStride, column, 0, deep);
      for (int d = 0; d < deep; d++) {
        panel[d][c] = column[d];
      }
    }
  }
}
