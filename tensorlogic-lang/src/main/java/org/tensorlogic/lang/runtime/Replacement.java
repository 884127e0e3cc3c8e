package org.tensorlogic.lang.runtime;

import java.util.Arrays;
import java.util.List;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.TensorValue;

/** A copy with some elements replaced: {@code x[i, :] = row}. */
final class Replacement {
  private Replacement() {}

  /** A tensor of the type of {@code tensor}; a value of one element fills the selection. */
  static Tensor in(Tensor tensor, List<Selector> selectors, Datum value) {
    int[] dims = Arrays.stream(tensor.shape().dims()).mapToInt(Math::toIntExact).toArray();
    ArrayValue shape = ArrayValue.ofDoubles(new double[0]).reshaped(dims);
    int[][] positions = positions(shape, selectors);
    int size = size(positions);
    float[] source = floats(value, size);
    float[] values = tensor.toFloatArray();
    for (int i = 0; i < size; i++) {
      values[Indexing.position(shape, positions, i)] = source[source.length == 1 ? 0 : i];
    }
    DType dtype = tensor.dtype();
    return Tensor.on(tensor.backend(), dtype).of(values, tensor.shape().dims());
  }

  /** As for tensors; the array stays an integer array if the value is one. */
  static ArrayValue in(ArrayValue array, List<Selector> selectors, Datum value) {
    int[][] positions = positions(array, selectors);
    int size = size(positions);
    boolean integer =
        array.isInteger()
            && (value instanceof IntValue || (value instanceof ArrayValue a && a.isInteger()));
    double[] source =
        value instanceof ArrayValue a ? a.toDoubles() : new double[] {value.asDouble()};
    checkSize(source.length, size);
    double[] values = array.toDoubles();
    for (int i = 0; i < size; i++) {
      values[Indexing.position(array, positions, i)] = source[source.length == 1 ? 0 : i];
    }
    return integer
        ? ArrayValue.ofLongs(Arrays.stream(values).mapToLong(v -> (long) v).toArray())
            .reshaped(array.dims())
        : ArrayValue.ofDoubles(values).reshaped(array.dims());
  }

  private static int[][] positions(ArrayValue array, List<Selector> selectors) {
    if (selectors.size() > array.rank()) {
      throw new Fault(
          DiagnosticCode.TOO_MANY_INDICES,
          selectors.size() + " indices for " + array.rank() + " dimensions " + array.shape());
    }
    int[][] positions = new int[array.rank()][];
    for (int axis = 0; axis < positions.length; axis++) {
      Selector selector =
          axis < selectors.size() ? selectors.get(axis) : new Selector.Range(null, null);
      positions[axis] = Indexing.positions(selector, axis, array.dim(axis));
    }
    return positions;
  }

  private static int size(int[][] positions) {
    return Arrays.stream(positions).mapToInt(p -> p.length).reduce(1, Math::multiplyExact);
  }

  private static float[] floats(Datum value, int size) {
    if (value instanceof TensorValue || value instanceof ArrayValue) {
      float[] source = value.asFloatArray();
      checkSize(source.length, size);
      return source;
    }
    return new float[] {(float) value.asDouble()};
  }

  private static void checkSize(int got, int size) {
    if (got != 1 && got != size) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          "the selection has " + size + " elements, the value " + got);
    }
  }
}
