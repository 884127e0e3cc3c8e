package org.tensorlogic;

import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.Storage;

/** Reading values out of tensors. */
final class Values {
  private Values() {}

  static float[] toFloatArray(Tensor tensor) {
    float[] values = new float[count("toFloatArray", tensor)];
    Tensor dense = tensor.contiguous();
    Storage storage = dense.storage();
    Call.run(() -> storage.read(dense.layout().offset(), values, 0, values.length), dense);
    closeCopy(tensor, dense);
    return values;
  }

  static short[] toHalfArray(Tensor tensor) {
    short[] halves = new short[count("toHalfArray", tensor)];
    Tensor half = tensor.to(DType.F16);
    Tensor dense = half.contiguous();
    Storage storage = dense.storage();
    long from = storage.byteOffset() + 2 * dense.layout().offset();
    Call.run(() -> storage.memory().get(from, halves, 0, halves.length), dense);
    closeCopy(half, dense);
    closeCopy(tensor, half);
    return halves;
  }

  private static int count(String operation, Tensor tensor) {
    if (tensor.size() > Integer.MAX_VALUE - 8) {
      throw new ShapeException(
          operation + ": " + tensor.shape() + " has more elements than a Java array; slice it");
    }
    return (int) tensor.size();
  }

  private static void closeCopy(Tensor original, Tensor copy) {
    if (copy != original) {
      copy.close();
    }
  }

  static float get(Tensor tensor, long... indices) {
    Shape shape = tensor.shape();
    if (indices.length != shape.rank()) {
      throw new ShapeException(
          "get: " + shape.rank() + " indices are needed for " + shape + ", got " + indices.length);
    }
    long[] positive = indices.clone();
    for (int axis = 0; axis < positive.length; axis++) {
      long extent = shape.dim(axis);
      positive[axis] += positive[axis] < 0 ? extent : 0;
      if (positive[axis] < 0 || positive[axis] >= extent) {
        throw new IndexOutOfBoundsException(
            "get: index "
                + indices[axis]
                + " is out of range for axis "
                + axis
                + " of extent "
                + extent);
      }
    }
    float[] value = new float[1];
    Layout layout = tensor.layout();
    Storage storage = tensor.storage();
    Call.run(() -> value[0] = storage.get(layout.position(positive)), tensor);
    return value[0];
  }

  static boolean isClose(Tensor a, Tensor b, double relative, double absolute) {
    if (!a.shape().equals(b.shape())) {
      return false;
    }
    float[] x = a.toFloatArray();
    float[] y = b.toFloatArray();
    for (int i = 0; i < x.length; i++) {
      boolean same = Float.compare(x[i], y[i]) == 0 || x[i] == y[i];
      double distance = Math.abs((double) x[i] - y[i]);
      boolean close =
          distance < Double.POSITIVE_INFINITY && distance <= absolute + relative * Math.abs(y[i]);
      if (!same && !close) {
        return false;
      }
    }
    return true;
  }

  static Tensor move(Tensor tensor, Backend other) {
    if (tensor.backend() == other) {
      return tensor;
    }
    Tensor source = tensor.contiguous();
    Tensor moved = Call.allocate(other, source.dtype(), source.shape());
    Storage from = source.storage();
    Storage to = moved.storage();
    Call.run(
        () -> {
          float[] chunk = new float[(int) Math.min(source.size(), 1 << 16)];
          for (long at = 0; at < source.size(); at += chunk.length) {
            int n = (int) Math.min(chunk.length, source.size() - at);
            from.read(source.layout().offset() + at, chunk, 0, n);
            to.write(at, chunk, 0, n);
          }
        },
        source,
        moved);
    closeCopy(tensor, source);
    return moved;
  }
}
