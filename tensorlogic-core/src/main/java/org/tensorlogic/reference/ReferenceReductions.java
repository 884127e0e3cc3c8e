package org.tensorlogic.reference;

import java.util.Arrays;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.ReduceOp;
import org.tensorlogic.backend.Storage;

/** Reductions, scans and what normalises along the last axis; sums are in double. */
final class ReferenceReductions {
  private ReferenceReductions() {}

  static void reduce(ReduceOp op, Tensor x, int axes, Tensor out) {
    Layout layout = x.layout();
    int leading = layout.shape().rank() - axes;
    Shape reduced = Shape.of(Arrays.copyOfRange(layout.shape().dims(), leading, leading + axes));
    Runs.parallel(
        out.size(),
        layout.shape().size(),
        row -> {
          float[] values = new float[1];
          values[0] = (float) one(op, x.storage(), tail(layout, leading, row), reduced.size());
          out.storage().write(row, values, 0, 1);
        });
  }

  /** The layout of the trailing axes at a row of the leading ones. */
  private static Layout tail(Layout layout, int leading, long row) {
    long offset = Runs.rowPosition(layout, leading, row);
    int axes = layout.shape().rank() - leading;
    long[] dims = new long[axes];
    long[] strides = new long[axes];
    for (int i = 0; i < axes; i++) {
      dims[i] = layout.shape().dim(leading + i);
      strides[i] = layout.stride(leading + i);
    }
    return Layout.of(Shape.of(dims), strides, offset);
  }

  private static double one(ReduceOp op, Storage storage, Layout values, long count) {
    return switch (op) {
      case SUM -> sum(storage, values);
      case MEAN -> sum(storage, values) / count;
      case MAX -> fold(storage, values, Double.NEGATIVE_INFINITY, Math::max);
      case MIN -> fold(storage, values, Double.POSITIVE_INFINITY, Math::min);
      case PROD -> fold(storage, values, 1, (product, v) -> product * v);
      case NORM -> Math.sqrt(fold(storage, values, 0, (sum, v) -> sum + v * v));
      case VARIANCE -> squaredDeviations(storage, values, count) / count;
      case SAMPLE_VARIANCE -> squaredDeviations(storage, values, count) / (count - 1);
    };
  }

  private static double sum(Storage storage, Layout values) {
    return fold(storage, values, 0, (sum, v) -> sum + v);
  }

  private static double squaredDeviations(Storage storage, Layout values, long count) {
    double mean = sum(storage, values) / count;
    double sum = fold(storage, values, 0, (s, v) -> s + (v - mean) * (v - mean));
    return count == 0 ? Double.NaN : sum;
  }

  private interface Step {
    double apply(double result, double value);
  }

  private static double fold(Storage storage, Layout values, double start, Step step) {
    double result = start;
    int last = values.shape().rank() - 1;
    long length = last < 0 ? 1 : values.shape().dim(last);
    long stride = last < 0 ? 1 : values.stride(last);
    long rows = length == 0 ? 0 : values.shape().size() / length;
    float[] run = new float[(int) Math.min(length, Runs.LONGEST)];
    for (long row = 0; row < rows; row++) {
      long at = Runs.rowPosition(values, Math.max(0, last), row);
      for (long from = 0; from < length; from += run.length) {
        int n = (int) Math.min(run.length, length - from);
        storage.read(at + from * stride, stride, run, 0, n);
        for (int i = 0; i < n; i++) {
          result = step.apply(result, run[i]);
        }
      }
    }
    return result;
  }

  static void argReduce(boolean largest, Tensor x, int[] out) {
    int last = x.rank() - 1;
    int length = Math.toIntExact(x.dim(last));
    Runs.parallel(
        out.length,
        x.size(),
        row -> {
          float[] values = readRow(x, row);
          int best = 0;
          for (int i = 1; i < length && !Float.isNaN(values[best]); i++) {
            boolean better = largest ? values[i] > values[best] : values[i] < values[best];
            best = better || Float.isNaN(values[i]) ? i : best;
          }
          out[(int) row] = best;
        });
  }

  /** A whole row along the last axis. */
  static float[] readRow(Tensor x, long row) {
    int last = x.rank() - 1;
    int n = Math.toIntExact(x.dim(last));
    float[] values = new float[n];
    long at = Runs.rowPosition(x.layout(), last, row);
    x.storage().read(at, x.layout().stride(last), values, 0, n);
    return values;
  }

  private interface RowKernel {
    void run(float[] row);
  }

  private static void rows(Tensor x, Tensor out, RowKernel kernel) {
    if (x.size() == 0) {
      return;
    }
    long length = x.dim(-1);
    Runs.parallel(
        x.size() / length,
        x.size(),
        row -> {
          float[] values = readRow(x, row);
          kernel.run(values);
          out.storage().write(row * length, values, 0, values.length);
        });
  }

  static void cumsum(Tensor x, Tensor out) {
    rows(
        x,
        out,
        row -> {
          double sum = 0;
          for (int i = 0; i < row.length; i++) {
            sum += row[i];
            row[i] = (float) sum;
          }
        });
  }

  static void softmax(Tensor x, boolean logarithm, Tensor out) {
    rows(x, out, row -> softmax(row, logarithm));
  }

  static void softmax(float[] row, boolean logarithm) {
    double max = Double.NEGATIVE_INFINITY;
    for (float value : row) {
      max = Math.max(max, value);
    }
    double sum = 0;
    for (float value : row) {
      sum += Math.exp(value - max);
    }
    double logSum = Math.log(sum);
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (logarithm ? row[i] - max - logSum : Math.exp(row[i] - max) / sum);
    }
  }

  static void layerNorm(Tensor x, float[] weight, float[] bias, float epsilon, Tensor out) {
    rows(
        x,
        out,
        row -> {
          double mean = 0;
          for (float value : row) {
            mean += value;
          }
          mean /= row.length;
          double variance = 0;
          for (float value : row) {
            variance += (value - mean) * (value - mean);
          }
          double scale = 1 / Math.sqrt(variance / row.length + epsilon);
          for (int i = 0; i < row.length; i++) {
            row[i] = (float) ((row[i] - mean) * scale * weight[i] + bias[i]);
          }
        });
  }

  static void rmsNorm(Tensor x, float[] weight, float epsilon, Tensor out) {
    rows(
        x,
        out,
        row -> {
          double squares = 0;
          for (float value : row) {
            squares += (double) value * value;
          }
          double scale = 1 / Math.sqrt(squares / row.length + epsilon);
          for (int i = 0; i < row.length; i++) {
            row[i] = (float) (row[i] * scale * weight[i]);
          }
        });
  }
}
