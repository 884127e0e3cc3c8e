package org.tensorlogic.lang.runtime;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.Tensor;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.logic.Budget;
import org.tensorlogic.lang.logic.KnowledgeBase;
import org.tensorlogic.lang.logic.ProductJoins;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.EntityValue;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.StringValue;

/** The logic of one session or run: what is known, bounded by the run's limits. */
final class Logic {
  /** The most elements of a tensor that stands for a relation during inference: 64 MiB. */
  private static final long MAX_PRODUCT = 1L << 24;

  /** Such a tensor takes no more than this part of the memory that the program may use. */
  private static final long PRODUCT_SHARE = 16;

  private final KnowledgeBase knowledge;
  private final Execution execution;
  private final Map<String, RelationEmbedding> embeddings = new LinkedHashMap<>();
  private final Map<String, DenseRelation> dense = new HashMap<>();

  Logic(Execution execution) {
    this(execution, new KnowledgeBase(products(execution)));
  }

  private static ProductJoins products(Execution execution) {
    long elements = execution.host().limits().tensorBytes() / PRODUCT_SHARE / Float.BYTES;
    return new ProductJoins(execution.factory(DType.F32), Math.min(MAX_PRODUCT, elements));
  }

  private Logic(Execution execution, KnowledgeBase knowledge) {
    this.execution = execution;
    this.knowledge = knowledge;
    knowledge.setBudget(budget());
  }

  Logic copy(Execution other) {
    Logic copy = new Logic(other, knowledge.copy());
    embeddings.forEach((name, embedding) -> copy.embeddings.put(name, embedding.copy()));
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

  /** Gives a relation vectors, unless it has them. */
  void embed(String relation, DType dtype, long dimension, boolean learnable) {
    embeddings.computeIfAbsent(
        relation, name -> new RelationEmbedding(execution, name, dtype, dimension, learnable));
  }

  /** The vectors of a relation, or null. */
  @Nullable RelationEmbedding embedding(String relation) {
    return embeddings.get(relation);
  }

  /** Adds the vectors that {@code learn} changes. */
  void addLearnables(Learnables learnables) {
    embeddings.forEach(
        (relation, embedding) -> learnables.add(relation, embedding.table(knowledge.constants())));
  }

  /**
   * What a name means that no variable has: the vectors of a relation, an entity type, a symbol; or
   * null.
   */
  @Nullable Datum named(String name) {
    RelationEmbedding embedding = embeddings.get(name);
    if (embedding != null) {
      return embedding.table(knowledge.constants());
    }
    List<String> symbols = knowledge.symbols(name);
    if (symbols != null) {
      return new EntityValue(name, symbols);
    }
    return knowledge.isSymbol(name) ? StringValue.of(name) : null;
  }

  /** The tensor of a relation as long as nothing changes. */
  private DenseRelation dense(String relation) {
    DenseRelation known = dense.get(relation);
    if (known == null || known.version() != knowledge.version()) {
      if (known != null) {
        known.tensor().close();
      }
      known = DenseRelation.of(knowledge, relation, execution.factory(DType.F32));
      dense.put(relation, known);
    }
    return known;
  }

  /** The 0/1 tensor of a relation; it stays the property of this. */
  Tensor tensor(String relation) {
    return dense(relation).tensor();
  }

  /** The position of a symbol along an axis of the tensor of a relation. */
  long position(String relation, int axis, String symbol) {
    return dense(relation).position(axis, symbol);
  }
}
