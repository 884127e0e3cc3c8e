package org.tensorlogic.lang.runtime;

import java.util.Arrays;
import java.util.List;
import org.tensorlogic.Indices;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Conversions;
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
    int[] places = new int[size(positions)];
    Arrays.setAll(places, i -> Indexing.position(shape, positions, i));
    try (Scope scope = Scope.open()) {
      Tensor source = source(tensor, value, places.length);
      Tensor flat = tensor.reshape(tensor.size());
      Tensor replaced = flat.scatter(0, Indices.of(places), source);
      return scope.keep(replaced.reshape(tensor.shape().dims()));
    }
  }

  /** The value as a vector of {@code size} elements in the type of {@code tensor}. */
  private static Tensor source(Tensor tensor, Datum value, int size) {
    TensorFactory factory = Tensor.on(tensor.backend(), tensor.dtype());
    Tensor given;
    if (value instanceof TensorValue other) {
      given = other.tensor().to(tensor.dtype());
    } else if (value instanceof ArrayValue array) {
      given = Conversions.tensor(array, factory);
    } else {
      given = factory.full(value.toDouble());
    }
    if (given.size() == 1) {
      return given.reshape(1).broadcastTo(size);
    }
    checkSize(given.size(), size);
    return given.reshape(size);
  }

  /** As for tensors; the array stays an integer array if the value is one. */
  static ArrayValue in(ArrayValue array, List<Selector> selectors, Datum value) {
    int[][] positions = positions(array, selectors);
    int size = size(positions);
    boolean integer =
        array.isInteger()
            && (value instanceof IntValue || (value instanceof ArrayValue a && a.isInteger()));
    double[] source =
        value instanceof ArrayValue a ? a.toDoubles() : new double[] {value.toDouble()};
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

  private static void checkSize(long got, int size) {
    if (got != 1 && got != size) {
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          "the selection has " + size + " elements, the value " + got);
    }
  }
}
