package org.tensorlogic.lang.builtin;

import java.util.Arrays;
import java.util.List;
import org.tensorlogic.Indices;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.runtime.Indexing;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.CacheValue;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ListValue;
import org.tensorlogic.lang.value.SequenceValue;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.TensorValue;
import org.tensorlogic.lang.value.VoidValue;

/** Section 14.2: shapes, views and moving elements. */
final class Shapes {
  /** About what a view and the value that stands for it take of Java's heap. */
  private static final long PART_BYTES = 256;

  private Shapes() {}

  static void define(Registry registry) {
    registry.add("shape(x…)", Shapes::shape);
    registry.add("dims(x)", a -> ArrayValue.of(shapeOf(a, 0)));
    registry.add("rank(x)", a -> IntValue.of(shapeOf(a, 0).rank()));
    registry.add("numel(x)", a -> IntValue.of(shapeOf(a, 0).size()));
    registry.add("reshape(x, shape…)", Shapes::reshape);
    registry.add("broadcast_to(x, shape…)", Shapes::broadcast);
    registry.add("transpose(x, a?, b?)", Shapes::transpose);
    registry.add("permute(x, dims…)", Shapes::permute);
    registry.add("flatten(x)", a -> a.result(a.tensor(0).flatten()));
    registry.add("squeeze(x, dim?)", Shapes::squeeze);
    registry.add("unsqueeze(x, dim)", a -> a.result(a.tensor(0).unsqueeze(a.intValue(1))));
    registry.add("concat(tensors…; dim?)", Shapes::concat);
    registry.alias("cat", "concat");
    registry.add("stack(tensors|list, dim?)", Shapes::stack);
    registry.add("split(x, size, dim?)", Shapes::split);
    registry.add("chunk(x, n, dim?)", Shapes::chunk);
    registry.add("slice(x|matrix, start|row, end|c0, last|c1?)", Shapes::slice);
    registry.add("slice_last(x, dim?)", Shapes::sliceLast);
    registry.add("gather(x, dim, indices|idx)", Shapes::gather);
    registry.add("index_select(x, dim, indices|idx)", Shapes::indexSelect);
    registry.add("scatter(x, dim, indices|idx, source|src)", Shapes::scatter);
    registry.add("len(v)", Shapes::len);
    registry.add("get(v, i)", Shapes::get);
    registry.add("append(v, x|layer, k?, values?)", Shapes::append);
    registry.add("push(v, x|layer, k?, values?)", Shapes::push);
    registry.add("pop(v)", Shapes::pop);
    registry.addMethod("set(v, i|layer, x|k, values?)", Shapes::set);
    registry.addMethod("clear(v)", Shapes::clear);
    registry.addMethod("is_empty(v)", a -> BoolValue.of(length(a) == 0));
  }

  private static int dim(Arguments a, int index, int otherwise) {
    return a.intValue(index, otherwise);
  }

  private static Shape shapeOf(Arguments a, int index) {
    Datum x = a.get(index);
    return x instanceof ArrayValue array ? array.shape() : a.tensor(index).shape();
  }

  private static Datum shape(Arguments a) {
    boolean builds = a.count() > 1 || (a.count() == 1 && a.get(0) instanceof IntValue);
    if (builds) {
      return ArrayValue.ofLongs(a.shape(0));
    }
    Datum x = a.get(0);
    if (x instanceof SequenceValue) {
      return ArrayValue.ofLongs(new long[] {length(a)});
    }
    return ArrayValue.of(shapeOf(a, 0));
  }

  private static Datum reshape(Arguments a) {
    long[] shape = a.count() == 2 ? a.integers(1) : separate(a);
    Datum x = a.get(0);
    if (x instanceof ArrayValue array) {
      long[] resolved = resolved("reshape", array.shape(), shape);
      return array.reshaped(Arrays.stream(resolved).mapToInt(Math::toIntExact).toArray());
    }
    Tensor tensor = a.tensor(0);
    return a.result(tensor.reshape(resolved("reshape", tensor.shape(), shape)));
  }

  private static long[] separate(Arguments a) {
    long[] dims = new long[a.count() - 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = a.integer(i + 1);
    }
    return dims;
  }

  /** The shape with -1 inferred; the number of elements must agree. */
  static long[] resolved(String function, Shape from, long[] shape) {
    long known = 1;
    int open = -1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] == -1 && open < 0) {
        open = i;
      } else if (shape[i] < 0) {
        throw new Fault(
            DiagnosticCode.SHAPE_MISMATCH,
            function + ": invalid size " + shape[i] + " in " + Arrays.toString(shape));
      } else {
        known = Math.multiplyExact(known, shape[i]);
      }
    }
    boolean fits = open < 0 ? known == from.size() : known > 0 && from.size() % known == 0;
    if (!fits) {
      String count = open < 0 ? " (" + known + " elements)" : "";
      throw new Fault(
          DiagnosticCode.SHAPE_MISMATCH,
          function
              + ": cannot reshape "
              + from
              + " ("
              + from.size()
              + " elements) to "
              + Arrays.toString(shape)
              + count);
    }
    long[] resolved = shape.clone();
    if (open >= 0) {
      resolved[open] = from.size() / known;
    }
    return resolved;
  }

  private static Datum transpose(Arguments a) {
    Tensor x = a.tensor(0);
    return a.result(a.has(1) ? x.transpose(a.intValue(1), a.intValue(2)) : x.transpose());
  }

  private static Datum permute(Arguments a) {
    long[] order = a.count() == 2 ? a.integers(1) : separate(a);
    return a.result(a.tensor(0).permute(Arrays.stream(order).mapToInt(Math::toIntExact).toArray()));
  }

  private static Datum squeeze(Arguments a) {
    Tensor x = a.tensor(0);
    return a.result(a.has(1) ? x.squeeze(a.intValue(1)) : x.squeeze());
  }

  private static Datum concat(Arguments a) {
    int last = a.count() - 1;
    boolean hasDim = last > 0 && isNumber(a.get(last)); // an array of one number is a part
    int dim = hasDim ? a.intValue(last) : 0;
    int count = hasDim ? last : last + 1;
    boolean stacked = count == 1 && a.get(0) instanceof TensorValue;
    Tensor[] parts = stacked ? rows(a) : a.tensors(0, count);
    return a.result(Tensor.concat(dim, parts));
  }

  private static boolean isNumber(Datum value) {
    return value instanceof IntValue || value instanceof FloatValue;
  }

  /** A literal of tensors of one shape is one tensor already: its parts again. */
  private static Tensor[] rows(Arguments a) {
    Tensor stacked = a.tensor(0);
    requireParts(a, stacked.dim(0));
    Tensor[] rows = new Tensor[Math.toIntExact(stacked.dim(0))];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = a.temporary(stacked.select(0, i));
    }
    return rows;
  }

  private static Datum stack(Arguments a) {
    Datum items = a.get(0);
    if (items instanceof TensorValue && dim(a, 1, 0) == 0) {
      return items; // a literal of tensors of one shape is stacked already
    }
    Tensor[] parts = items instanceof TensorValue ? rows(a) : a.tensors(0, 1);
    return a.result(Tensor.stack(dim(a, 1, 0), parts));
  }

  private static Datum split(Arguments a) {
    int dim = dim(a, 2, 0);
    if (!(a.get(1) instanceof IntValue)) {
      return list(a.tensor(0).split(a.integers(1), dim));
    }
    long size = a.integer(1);
    requireParts(a, size < 1 ? 0 : extent(a, dim) / size);
    return list(a.tensor(0).split(size, dim));
  }

  private static Datum chunk(Arguments a) {
    int dim = dim(a, 2, 0);
    int parts = a.intValue(1);
    requireParts(a, Math.min(parts, extent(a, dim)));
    return list(a.tensor(0).chunk(parts, dim));
  }

  private static long extent(Arguments a, int dim) {
    Shape shape = a.tensor(0).shape();
    return shape.dim(shape.axis(a.function(), dim));
  }

  /** Parts share the memory of the whole, but each is an object. */
  private static void requireParts(Arguments a, long count) {
    a.execution().requireBytes(a.function() + ": " + count + " parts", PART_BYTES * count);
  }

  static Datum list(List<Tensor> tensors) {
    return new ListValue(tensors.stream().map(TensorValue::of).toList());
  }

  private static Datum slice(Arguments a) {
    Tensor x = a.tensor(0);
    if (!a.has(3)) {
      return a.result(x.slice(Slice.of(a.integer(1), a.integer(2))));
    }
    try (Tensor row = x.select(0, a.integer(1))) {
      return TensorValue.of(row.slice(Slice.of(a.integer(2), a.integer(3))));
    }
  }

  private static Datum sliceLast(Arguments a) {
    Tensor x = a.tensor(0);
    return a.result(x.select(dim(a, 1, 0), -1));
  }

  private static Datum gather(Arguments a) {
    Tensor x = a.tensor(0);
    Indices indices = a.indices(2);
    int dim = a.intValue(1);
    return a.result(
        indices.shape().rank() == x.rank() && x.rank() > 1
            ? x.gather(dim, indices)
            : x.indexSelect(dim, indices));
  }

  private static Datum indexSelect(Arguments a) {
    return a.result(a.tensor(0).indexSelect(a.intValue(1), a.indices(2)));
  }

  /**
   * A view costs no memory, but what is computed from it takes as long as its size: limited too.
   */
  private static Datum broadcast(Arguments a) {
    Tensor view = a.tensor(0).broadcastTo(a.shape(1));
    a.execution().requireTensorBytes("broadcast_to: a view", 2 * view.size());
    return a.result(view);
  }

  private static Datum scatter(Arguments a) {
    return a.result(a.tensor(0).scatter(a.intValue(1), a.indices(2), a.tensor(3)));
  }

  private static int length(Arguments a) {
    Datum v = a.get(0);
    if (v instanceof StringValue string) {
      return string.value().codePointCount(0, string.value().length());
    } else if (v instanceof SequenceValue sequence) {
      return sequence.size();
    } else if (v instanceof ArrayValue array && array.rank() > 0) {
      return array.dim(0);
    } else if (v instanceof TensorValue tensor && tensor.tensor().rank() > 0) {
      return Math.toIntExact(tensor.tensor().dim(0));
    }
    throw a.wrong(0, "a string, list, vector, array or tensor");
  }

  private static Datum len(Arguments a) {
    return IntValue.of(length(a));
  }

  private static Datum get(Arguments a) {
    Datum v = a.get(0);
    int i = (int) Indexing.checked(a.integer(1), 0, length(a));
    if (v instanceof SequenceValue sequence) {
      return sequence.get(i);
    } else if (v instanceof ArrayValue array) {
      return array.row(i);
    } else if (v instanceof TensorValue tensor) {
      return tensor.tensor().rank() == 1 && !a.isTracking(0)
          ? FloatValue.of(tensor.tensor().get(i))
          : TensorValue.of(tensor.tensor().select(0, i));
    }
    String text = a.string(0);
    int at = text.offsetByCodePoints(0, i);
    return StringValue.of(Character.toString(text.codePointAt(at)));
  }

  /** In place, for lists and vectors. */
  private static Datum push(Arguments a) {
    Datum v = a.get(0);
    if (v instanceof CacheValue) {
      return AttentionFunctions.store(a, true);
    } else if (v instanceof SequenceValue sequence) {
      sequence.add(a.get(1));
      return sequence;
    }
    Fault fault = a.wrong(0, "a list or vector");
    if (v instanceof ArrayValue || v instanceof TensorValue) {
      fault.withHelp("an array does not grow in place: write v = append(v, x)");
    }
    throw fault;
  }

  /** In place for lists and vectors; a longer value for number arrays and rank-1 tensors. */
  private static Datum append(Arguments a) {
    Datum v = a.get(0);
    if (v instanceof CacheValue || v instanceof SequenceValue || a.isStatement()) {
      return push(a);
    } else if (v instanceof ArrayValue array && array.rank() == 1 && !a.isTracking(1)) {
      return appended(array, a);
    } else if ((v instanceof ArrayValue || v instanceof TensorValue) && a.tensor(0).rank() == 1) {
      a.number(1);
      try (Tensor last = a.tensor(1).reshape(1)) {
        return TensorValue.of(Tensor.concat(0, a.tensor(0), last));
      }
    }
    throw a.wrong(0, "a list, vector, array or tensor of one dimension");
  }

  private static Datum appended(ArrayValue array, Arguments a) {
    int n = array.size();
    if (array.isInteger() && a.get(1) instanceof IntValue value) {
      long[] longs = Arrays.copyOf(array.toLongs(), n + 1);
      longs[n] = value.value();
      return ArrayValue.ofLongs(longs);
    }
    double[] doubles = Arrays.copyOf(array.toDoubles(), n + 1);
    doubles[n] = a.number(1);
    return ArrayValue.ofDoubles(doubles);
  }

  private static Datum pop(Arguments a) {
    if (length(a) == 0) {
      throw new Fault(DiagnosticCode.EMPTY_SEQUENCE, "pop: the list is empty");
    }
    return sequence(a).removeLast();
  }

  private static Datum set(Arguments a) {
    if (a.get(0) instanceof CacheValue) {
      return AttentionFunctions.store(a, false);
    }
    int i = (int) Indexing.checked(a.integer(1), 0, length(a));
    sequence(a).set(i, a.get(2));
    return VoidValue.VOID;
  }

  private static Datum clear(Arguments a) {
    sequence(a).clear();
    return VoidValue.VOID;
  }

  private static SequenceValue sequence(Arguments a) {
    if (a.get(0) instanceof SequenceValue sequence) {
      return sequence;
    }
    throw a.wrong(0, "a list or vector");
  }
}
