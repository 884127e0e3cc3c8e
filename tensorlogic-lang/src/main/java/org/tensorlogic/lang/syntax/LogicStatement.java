package org.tensorlogic.lang.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/** Relations, rules, queries and embeddings. A fact is an expression statement that is a call. */
public sealed interface LogicStatement extends Statement {
  <R extends @Nullable Object> R accept(Visitor<R> visitor);

  /** {@code relation R(a: T, …) embed type learnable}. */
  record Relation(
      Span span,
      Identifier name,
      List<RelationParameter> parameters,
      @Nullable TypeReference embedding,
      boolean learnable)
      implements LogicStatement {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitRelation(this);
    }
  }

  record RelationParameter(Identifier name, @Nullable TypeReference type) {}

  /** {@code entity T = {a, b}}; {@code symbols} is null for an open type. */
  record Entity(Span span, Identifier name, @Nullable List<Identifier> symbols)
      implements LogicStatement {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitEntity(this);
    }
  }

  /** {@code embedding E { entities: …, dimension: …, init: … } learnable}. */
  record Embedding(
      Span span,
      Identifier name,
      boolean ofRelations,
      List<EmbeddingEntry> entries,
      boolean learnable)
      implements LogicStatement {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitEmbedding(this);
    }
  }

  record EmbeddingEntry(Identifier name, EmbeddingValue value) {}

  /** The value of an entry of an embedding. */
  sealed interface EmbeddingValue {
    record Symbols(List<Identifier> names) implements EmbeddingValue {}

    record Size(Span span, long value) implements EmbeddingValue {}

    record Word(Identifier name) implements EmbeddingValue {}
  }

  /** {@code head <- body, …}. */
  record Rule(Span span, Atom head, List<BodyTerm> body) implements LogicStatement {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitRule(this);
    }
  }

  /** A relation applied to arguments. */
  record Atom(Span span, Identifier relation, List<Expression> arguments) {}

  /** One term of a rule's body. */
  sealed interface BodyTerm {
    Span span();

    /** An atom, perhaps negated. */
    record Literal(Span span, Atom atom, boolean negated) implements BodyTerm {}

    /** A comparison. */
    record Guard(Expression condition) implements BodyTerm {
      @Override
      public Span span() {
        return condition.span();
      }
    }
  }

  /** {@code R(a, X)? where X != b}. */
  record Query(Span span, Atom atom, List<Expression> conditions) implements LogicStatement {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitQuery(this);
    }
  }

  /** {@code T?}: print a tensor, a Name or an Index. */
  record TensorQuery(Span span, Expression tensor) implements LogicStatement {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitTensorQuery(this);
    }
  }

  record Infer(Span span, List<Inference> inferences) implements LogicStatement {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitInfer(this);
    }
  }

  record Inference(Span span, InferenceMode mode, Query query) {}

  enum InferenceMode {
    FORWARD,
    BACKWARD,
    GRADIENT,
    SYMBOLIC
  }

  /** {@code with T { … }}. */
  record With(Span span, Identifier type, Block body) implements LogicStatement {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitWith(this);
    }
  }

  /** One method per kind of logic statement. */
  interface Visitor<R extends @Nullable Object> {
    R visitRelation(Relation s);

    R visitEntity(Entity s);

    R visitEmbedding(Embedding s);

    R visitRule(Rule s);

    R visitQuery(Query s);

    R visitTensorQuery(TensorQuery s);

    R visitInfer(Infer s);

    R visitWith(With s);
  }
}
