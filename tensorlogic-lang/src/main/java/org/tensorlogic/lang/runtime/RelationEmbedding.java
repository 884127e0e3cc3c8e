package org.tensorlogic.lang.runtime;

import java.util.HashMap;
import java.util.Map;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;

/** The vectors of a relation declared with {@code embed}: one of its own, one per symbol. */
final class RelationEmbedding {
  private static final double SPREAD = 0.1;

  private final Execution execution;
  private final DType dtype;
  private final long dimension;
  private final Tensor relation;
  private final Map<Object, Tensor> symbols = new HashMap<>();

  RelationEmbedding(Execution execution, DType dtype, long dimension) {
    this.execution = execution;
    this.dtype = dtype;
    this.dimension = dimension;
    this.relation = random();
  }

  private Tensor random() {
    long seed = execution.random().nextLong();
    return execution.factory(dtype).uniform(seed, -SPREAD, SPREAD, dimension);
  }

  private Tensor symbol(Object name) {
    return symbols.computeIfAbsent(name, unused -> random());
  }

  /** Σ h r t (DistMult). */
  double score(Object head, Object tail) {
    try (Tensor product = symbol(head).mul(relation);
        Tensor all = product.mul(symbol(tail));
        Tensor score = all.to(DType.F32).sum()) {
      return score.item();
    }
  }
}
