package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorlogic.Indices;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.ModelValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VectorValue;

/** Reading by index: {@code x[i, a:b]}. */
public final class Indexing {
  private Indexing() {}

  static Datum of(Datum target, List<Selector> selectors, Execution execution) {
    if (target instanceof TensorValue tensor) {
      return ofTensor(tensor, selectors, execution.isTracking(tensor.tensor()));
    } else if (target instanceof ArrayValue array) {
      return ofArray(array, selectors);
    } else if (target instanceof ListValue list) {
      return ofList(list.elements(), selectors);
    } else if (target instanceof VectorValue vector) {
      return ofVector(vector, selectors);
    } else if (target instanceof StringValue string) {
      return ofString(string.value(), selectors);
    } else if (target instanceof ModelValue model) {
      return ofModel(model, selectors);
    }
    throw new Fault(DiagnosticCode.NOT_INDEXABLE, "cannot index " + target.type());
  }

  private static Datum ofTensor(TensorValue holder, List<Selector> named, boolean tracked) {
    List<Selector> selectors = positioned(holder, named);
    Tensor tensor = holder.tensor();
    checkCount(selectors, tensor.shape());
    if (!tracked
        && selectors.size() == tensor.rank()
        && selectors.stream().allMatch(Selector.Single.class::isInstance)) {
      long[] indices = new long[tensor.rank()];
      for (int axis = 0; axis < indices.length; axis++) {
        indices[axis] = index(selectors.get(axis), axis, tensor.dim(axis));
      }
      return FloatValue.of(tensor.get(indices));
    }
    Tensor result = null;
    for (int axis = selectors.size() - 1; axis >= 0; axis--) {
      Tensor from = result == null ? tensor : result;
      Tensor next = take(from, axis, selectors.get(axis));
      if (result != null && next != result) {
        result.close();
      }
      result = next;
    }
    return result == null || result == tensor ? holder : TensorValue.of(result);
  }

  /** Names of rows as their positions. */
  static List<Selector> positioned(TensorValue holder, List<Selector> selectors) {
    if (!selectors.isEmpty()
        && holder.names() != null
        && selectors.get(0) instanceof Selector.Named named) {
      List<Selector> positioned = new ArrayList<>(selectors);
      positioned.set(0, new Selector.Single(holder.position(named.name())));
      return positioned;
    }
    return selectors;
  }

  private static Tensor take(Tensor tensor, int axis, Selector selector) {
    long extent = tensor.dim(axis);
    if (selector instanceof Selector.Single) {
      return tensor.select(axis, index(selector, axis, extent));
    } else if (selector instanceof Selector.Many many) {
      return tensor.indexSelect(axis, Indices.of(positions(many, axis, (int) extent)));
    } else if (selector instanceof Selector.Range range) {
      Slice[] slices = new Slice[axis + 1];
      Arrays.fill(slices, Slice.all());
      slices[axis] = Slice.of(from(range, extent), to(range, extent));
      return tensor.slice(slices);
    }
    throw unnamed("tensor", selector);
  }

  private static Datum ofArray(ArrayValue array, List<Selector> selectors) {
    checkCount(selectors, array.shape());
    int[][] positions = new int[array.rank()][];
    List<Integer> dims = new ArrayList<>();
    for (int axis = 0; axis < array.rank(); axis++) {
      Selector selector =
          axis < selectors.size() ? selectors.get(axis) : new Selector.Range(null, null);
      positions[axis] = positions(selector, axis, array.dim(axis));
      if (!(selector instanceof Selector.Single)) {
        dims.add(positions[axis].length);
      }
    }
    int size = Arrays.stream(positions).mapToInt(p -> p.length).reduce(1, Math::multiplyExact);
    ArrayValue.requireRoom(size);
    double[] doubles = new double[array.isInteger() ? 0 : size];
    long[] longs = new long[array.isInteger() ? size : 0];
    for (int i = 0; i < size; i++) {
      int position = position(array, positions, i);
      if (array.isInteger()) {
        longs[i] = array.getLong(position);
      } else {
        doubles[i] = array.get(position);
      }
    }
    ArrayValue result =
        array.isInteger() ? ArrayValue.ofLongs(longs) : ArrayValue.ofDoubles(doubles);
    return dims.isEmpty()
        ? result.element(0)
        : result.reshaped(dims.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The row-major position in {@code array} of element {@code i} of a selection. */
  static int position(ArrayValue array, int[][] positions, int i) {
    int position = 0;
    int stride = 1;
    int rest = i;
    for (int axis = positions.length - 1; axis >= 0; axis--) {
      int[] along = positions[axis];
      position += along[rest % along.length] * stride;
      rest /= along.length;
      stride *= array.dim(axis);
    }
    return position;
  }

  /** The indices that a selector takes of a dimension. */
  static int[] positions(Selector selector, int axis, int extent) {
    if (selector instanceof Selector.Single) {
      return new int[] {(int) index(selector, axis, extent)};
    } else if (selector instanceof Selector.Range range) {
      int from = (int) from(range, extent);
      int count = (int) Math.max(0, to(range, extent) - from);
      int[] indices = new int[count];
      Arrays.setAll(indices, i -> from + i);
      return indices;
    } else if (selector instanceof Selector.Many many) {
      int[] indices = many.indices().toArray();
      Arrays.setAll(indices, i -> (int) checked(indices[i], axis, extent));
      return indices;
    }
    throw unnamed("number array", selector);
  }

  private static Datum ofList(List<Datum> elements, List<Selector> selectors) {
    checkCount(selectors, Shape.of(elements.size()));
    if (selectors.get(0) instanceof Selector.Single single) {
      return elements.get((int) index(single, 0, elements.size()));
    }
    if (selectors.get(0) instanceof Selector.Named) {
      throw unnamed("list", selectors.get(0));
    }
    List<Datum> chosen = new ArrayList<>();
    for (int i : positions(selectors.get(0), 0, elements.size())) {
      chosen.add(elements.get(i));
    }
    return new ListValue(chosen);
  }

  private static Datum ofVector(VectorValue vector, List<Selector> selectors) {
    checkCount(selectors, Shape.of(vector.size()));
    if (selectors.get(0) instanceof Selector.Single single) {
      return vector.get((int) index(single, 0, vector.size()));
    }
    VectorValue chosen = new VectorValue(vector.kind());
    for (int i : positions(selectors.get(0), 0, vector.size())) {
      chosen.add(vector.get(i));
    }
    return chosen;
  }

  private static Datum ofString(String text, List<Selector> selectors) {
    int[] characters = text.codePoints().toArray();
    checkCount(selectors, Shape.of(characters.length));
    int[] positions = positions(selectors.get(0), 0, characters.length);
    StringBuilder out = new StringBuilder();
    for (int position : positions) {
      out.appendCodePoint(characters[position]);
    }
    return StringValue.of(out.toString());
  }

  private static Datum ofModel(ModelValue model, List<Selector> selectors) {
    Datum part = model;
    for (Selector selector : selectors) {
      if (!(part instanceof ModelValue path)) {
        throw new Fault(DiagnosticCode.NOT_INDEXABLE, "cannot index " + part.type() + " here");
      }
      if (selector instanceof Selector.Named named) {
        part = path.child(named.name());
      } else if (selector instanceof Selector.Single single) {
        part = path.child(Long.toString(single.index()));
      } else {
        throw new Fault(DiagnosticCode.NOT_INDEXABLE, "a model is indexed by a name or number");
      }
    }
    return part;
  }

  /** The index of a single element of a list or vector. */
  static int single(List<Selector> selectors, int size) {
    checkCount(selectors, Shape.of(size));
    if (!(selectors.get(0) instanceof Selector.Single single)) {
      throw new Fault(DiagnosticCode.NOT_INDEXABLE, "only a single element can be assigned here");
    }
    return (int) index(single, 0, size);
  }

  private static void checkCount(List<Selector> selectors, Shape shape) {
    if (selectors.size() > shape.rank()) {
      throw new Fault(
          DiagnosticCode.TOO_MANY_INDICES,
          selectors.size() + " indices for " + shape.rank() + " dimensions " + shape);
    }
  }

  static long index(Selector selector, int axis, long extent) {
    if (selector instanceof Selector.Single single) {
      return checked(single.index(), axis, extent);
    }
    throw unnamed("value", selector);
  }

  /** An index from the front, in range. */
  public static long checked(long index, int axis, long extent) {
    long positive = index < 0 ? index + extent : index;
    if (positive < 0 || positive >= extent) {
      throw new Fault(
          DiagnosticCode.INDEX_OUT_OF_RANGE,
          "index " + index + " is out of range for dimension " + axis + " of size " + extent);
    }
    return positive;
  }

  private static long from(Selector.Range range, long extent) {
    return range.from() == null ? 0 : clip(range.from(), extent);
  }

  private static long to(Selector.Range range, long extent) {
    long to = range.to() == null ? extent : clip(range.to(), extent);
    return Math.max(to, from(range, extent));
  }

  private static long clip(long bound, long extent) {
    return Math.max(0, Math.min(bound < 0 ? bound + extent : bound, extent));
  }

  private static Fault unnamed(String what, Selector selector) {
    if (selector instanceof Selector.Named named && named.visible() != null) {
      return Variables.undefined(named.name(), named.visible()).at(named.span());
    }
    return new Fault(
        DiagnosticCode.NOT_INDEXABLE, "the dimensions of a " + what + " have no names");
  }
}
