package org.tensorlogic.lang.runtime;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.EntityValue;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.SequenceValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TensorValue;

/** What a {@code for} sees of a value. */
final class Elements implements Iterator<Datum> {
  private final IntSupplier size;
  private final IntFunction<Datum> element;
  private int next;

  private Elements(IntSupplier size, IntFunction<Datum> element) {
    this.size = size;
    this.element = element;
  }

  static Iterator<Datum> of(Datum value, Execution execution) {
    if (value instanceof ArrayValue array && array.rank() > 0) {
      return new Elements(() -> array.dim(0), array::row);
    } else if (value instanceof SequenceValue sequence) {
      return new Elements(sequence::size, sequence::get);
    } else if (value instanceof EntityValue type) {
      return new Elements(type.symbols()::size, i -> StringValue.of(type.symbols().get(i)));
    } else if (value instanceof TensorValue holder && holder.tensor().rank() > 0) {
      return ofTensor(holder.tensor(), execution.isTracking(holder));
    }
    throw new Fault(
        DiagnosticCode.NOT_ITERABLE,
        "cannot iterate over " + value.type(),
        "'for' runs over a range a..b, an array, list, vector, tensor or entity type");
  }

  /** Numbers, or tensors of rank 0 if their gradients are recorded; slices of a higher rank. */
  private static Iterator<Datum> ofTensor(Tensor tensor, boolean tracked) {
    if (tensor.rank() == 1 && !tracked) {
      float[] values = tensor.toFloatArray();
      return new Elements(() -> values.length, i -> FloatValue.of(values[i]));
    }
    int count = Math.toIntExact(tensor.dim(0));
    return new Elements(() -> count, i -> TensorValue.of(tensor.select(0, i)));
  }

  @Override
  public boolean hasNext() {
    return next < size.getAsInt();
  }

  @Override
  public Datum next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return element.apply(next++);
  }
}
