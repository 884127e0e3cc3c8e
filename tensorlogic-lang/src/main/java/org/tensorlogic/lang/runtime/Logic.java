package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorlogic.DType;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.logic.Budget;
import org.tensorlogic.lang.logic.KnowledgeBase;
import org.tensorlogic.lang.value.Fault;

/** The logic of one session or run: what is known, bounded by the run's limits. */
final class Logic {
  private static final long MAX_DENSE = 1L << 28;

  private final KnowledgeBase knowledge;
  private final Execution execution;
  private final Map<String, RelationEmbedding> embeddings = new LinkedHashMap<>();

  Logic(Execution execution) {
    this(execution, new KnowledgeBase());
  }

  private Logic(Execution execution, KnowledgeBase knowledge) {
    this.execution = execution;
    this.knowledge = knowledge;
    knowledge.setBudget(budget());
  }

  Logic copy(Execution other) {
    Logic copy = new Logic(other, knowledge.copy());
    copy.embeddings.putAll(embeddings);
    return copy;
  }

  private Budget budget() {
    return new Budget() {
      private long kept;

      @Override
      public void steps(long count) {
        execution.steps(count);
      }

      @Override
      public void memory(long bytes) {
        kept += bytes;
        if (kept > execution.host().limits().tensorBytes()) {
          throw new Fault(
              DiagnosticCode.MEMORY_LIMIT,
              "inference needs more than "
                  + execution.host().limits().tensorBytes()
                  + " bytes for tuples");
        }
      }
    };
  }

  KnowledgeBase knowledge() {
    return knowledge;
  }

  Map<String, RelationEmbedding> embeddings() {
    return embeddings;
  }

  /** Where constants stand along the axes of a relation's tensor. */
  private record Axes(List<List<Object>> tuples, boolean numeric, Map<Object, Integer> symbols) {
    long position(Object constant) {
      if (constant instanceof Long number && numeric) {
        return number;
      }
      Integer position = symbols.get(constant);
      return position == null ? -1 : position;
    }
  }

  private Axes axes(String relation) {
    List<List<Object>> tuples = knowledge.tuples(relation);
    boolean numeric =
        !tuples.isEmpty()
            && tuples.stream()
                .flatMap(List::stream)
                .allMatch(c -> c instanceof Long number && number >= 0);
    Map<Object, Integer> symbols = new LinkedHashMap<>();
    if (!numeric) {
      knowledge.constants().forEach(c -> symbols.putIfAbsent(c, symbols.size()));
      tuples.forEach(tuple -> tuple.forEach(c -> symbols.putIfAbsent(c, symbols.size())));
    }
    return new Axes(tuples, numeric, symbols);
  }

  /** The 0/1 tensor of a relation, over integers from 0 on or over all constants. */
  Tensor tensor(String relation) {
    Axes axes = axes(relation);
    int arity = knowledge.arity(relation);
    long[] dims = new long[arity];
    for (int axis = 0; axis < arity; axis++) {
      dims[axis] = axes.numeric() ? extent(axes.tuples(), axis) : axes.symbols().size();
    }
    if (arity == 2) {
      dims[0] = dims[1] = Math.max(dims[0], dims[1]);
    }
    long size = Shape.of(dims).size();
    if (size > MAX_DENSE) {
      throw new Fault(
          DiagnosticCode.MEMORY_LIMIT,
          "relation '" + relation + "' as a tensor " + Shape.of(dims) + " would be too large");
    }
    float[] values = new float[(int) size];
    for (List<Object> tuple : axes.tuples()) {
      long position = 0;
      for (int axis = 0; axis < arity; axis++) {
        position = position * dims[axis] + axes.position(tuple.get(axis));
      }
      values[(int) position] = 1;
    }
    return execution.factory(DType.F32).of(values, dims);
  }

  private static long extent(List<List<Object>> tuples, int axis) {
    long extent = 0;
    for (List<Object> tuple : tuples) {
      if (tuple.get(axis) instanceof Long number) {
        extent = Math.max(extent, number + 1);
      }
    }
    return extent;
  }

  /** The position of a symbol along the axes of a relation. */
  long position(String relation, String symbol) {
    Axes axes = axes(relation);
    long position = axes.position(symbol);
    if (position < 0) {
      List<String> known = new ArrayList<>();
      axes.symbols().keySet().forEach(c -> known.add(c.toString()));
      throw new Fault(
              DiagnosticCode.UNKNOWN_ENTITY,
              "'" + symbol + "' is not an argument of relation '" + relation + "'")
          .suggesting("symbol", symbol, known);
    }
    return position;
  }
}
