package org.tensorlogic.lang.runtime;

import java.util.List;
import java.util.function.LongFunction;
import org.tensorlogic.DType;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.value.AxisNames;
import org.tensorlogic.lang.value.TensorValue;

/** The vectors of a relation declared with {@code embed}: a table with a row per symbol. */
final class RelationEmbedding {
  private static final double SPREAD = 0.1;

  private final String relation;
  private final TensorValue table;

  /** A table whose only row is the relation's own, under its name. */
  RelationEmbedding(
      Execution execution, String relation, DType dtype, long dimension, boolean learnable) {
    this.relation = relation;
    LongFunction<Tensor> rows =
        n -> {
          long seed = execution.random().nextLong();
          return execution.factory(dtype).uniform(seed, -SPREAD, SPREAD, n, dimension);
        };
    AxisNames names = new AxisNames(relation, List.of(relation), rows);
    this.table = TensorValue.embedding(Tensor.detached(() -> rows.apply(1)), names, learnable);
    table.escape();
  }

  private RelationEmbedding(String relation, TensorValue table) {
    this.relation = relation;
    this.table = table;
  }

  /** One with the same vectors, which from now on learns and grows on its own. */
  RelationEmbedding copy() {
    return new RelationEmbedding(relation, table.copy());
  }

  /** The table, with a row for each of these symbols. */
  TensorValue table(List<?> symbols) {
    symbols.forEach(symbol -> table.position(symbol.toString()));
    return table;
  }

  /** Σ h r t (DistMult) for two symbols that have rows. */
  @SuppressWarnings("try") // the scope frees
  double score(Object head, Object tail) {
    try (Scope scope = Scope.open()) {
      return row(head).mul(row(relation)).mul(row(tail)).sum().item();
    }
  }

  private Tensor row(Object name) {
    return table.tensor().select(0, table.position(name.toString())).to(DType.F32);
  }
}
