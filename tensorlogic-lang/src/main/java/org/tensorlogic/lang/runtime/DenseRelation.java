package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.tensorlogic.MemoryBudget;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.logic.KnowledgeBase;
import org.tensorlogic.lang.value.Fault;

/**
 * A relation as a tensor of 0 and 1. Its axes run over the integers from 0 on if all arguments are
 * integers, else each over the symbols of the argument's entity type, or over all symbols.
 *
 * @param version of the knowledge that it shows
 * @param axes per axis the positions of the constants; empty for integers
 */
record DenseRelation(
    String relation, long version, List<Map<Object, Integer>> axes, Tensor tensor) {
  private static final long MAX_SIZE = 1L << 28;

  static DenseRelation of(KnowledgeBase knowledge, String relation, TensorFactory floats) {
    List<List<Object>> tuples = knowledge.tuples(relation);
    int arity = knowledge.arity(relation);
    List<Map<Object, Integer>> axes = new ArrayList<>();
    long[] dims = new long[arity];
    if (isNumeric(tuples)) {
      for (int axis = 0; axis < arity; axis++) {
        dims[axis] = extent(tuples, axis);
      }
      if (arity == 2) {
        dims[0] = dims[1] = Math.max(dims[0], dims[1]);
      }
    } else {
      for (int axis = 0; axis < arity; axis++) {
        axes.add(symbols(knowledge, relation, tuples, axis));
        dims[axis] = axes.get(axis).size();
      }
    }
    float[] values = values(relation, tuples, axes, dims);
    Tensor tensor = Tensor.detached(() -> floats.of(values, dims));
    return new DenseRelation(relation, knowledge.version(), axes, tensor);
  }

  private static boolean isNumeric(List<List<Object>> tuples) {
    return !tuples.isEmpty()
        && tuples.stream()
            .flatMap(List::stream)
            .allMatch(c -> c instanceof Long number && number >= 0);
  }

  private static long extent(List<List<Object>> tuples, int axis) {
    long last = tuples.stream().mapToLong(tuple -> (Long) tuple.get(axis)).max().orElse(-1);
    return last == Long.MAX_VALUE ? last : last + 1;
  }

  private static Map<Object, Integer> symbols(
      KnowledgeBase knowledge, String relation, List<List<Object>> tuples, int axis) {
    Map<Object, Integer> typed = numbered(knowledge.typedConstants(relation, axis));
    if (!typed.isEmpty() && tuples.stream().allMatch(t -> typed.containsKey(t.get(axis)))) {
      return typed;
    }
    Map<Object, Integer> all = numbered(knowledge.constants());
    tuples.forEach(tuple -> tuple.forEach(c -> all.putIfAbsent(c, all.size())));
    return all;
  }

  private static Map<Object, Integer> numbered(List<?> constants) {
    Map<Object, Integer> positions = new LinkedHashMap<>();
    constants.forEach(constant -> positions.putIfAbsent(constant, positions.size()));
    return positions;
  }

  private static float[] values(
      String relation, List<List<Object>> tuples, List<Map<Object, Integer>> axes, long... dims) {
    double size = LongStream.of(dims).mapToDouble(dim -> dim).reduce(1, (a, b) -> a * b);
    if (size > MAX_SIZE) {
      throw new Fault(
          DiagnosticCode.MEMORY_LIMIT,
          "relation '"
              + relation
              + "' as a tensor "
              + Arrays.toString(dims)
              + " would be too large",
          "write a rule instead of an equation: rules keep only what is true");
    }
    MemoryBudget.require(Float.BYTES * (long) size);
    float[] values = new float[(int) size];
    for (List<Object> tuple : tuples) {
      long element = 0;
      for (int axis = 0; axis < dims.length; axis++) {
        Object constant = tuple.get(axis);
        long position = axes.isEmpty() ? (Long) constant : axes.get(axis).getOrDefault(constant, 0);
        element = element * dims[axis] + position;
      }
      values[(int) element] = 1;
    }
    return values;
  }

  /** The position of a symbol along an axis. */
  long position(int axis, String symbol) {
    Map<Object, Integer> positions = axes.isEmpty() ? Map.of() : axes.get(axis);
    Integer position = positions.get(symbol);
    if (position == null) {
      throw new Fault(
              DiagnosticCode.UNKNOWN_ENTITY,
              "'" + symbol + "' is not an argument of relation '" + relation + "'")
          .suggesting("symbol", symbol, positions.keySet().stream().map(Object::toString).toList());
    }
    return position;
  }
}
