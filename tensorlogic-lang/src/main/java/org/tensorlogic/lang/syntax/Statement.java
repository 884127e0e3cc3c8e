package org.tensorlogic.lang.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/** What is executed: control flow and assignments here, the rest in the two sub-hierarchies. */
public sealed interface Statement permits Statement.Simple, Declaration, LogicStatement {
  Span span();

  /** Statements that are neither declarations of functions and types nor logic. */
  sealed interface Simple extends Statement {
    <R extends @Nullable Object> R accept(Visitor<R> visitor);
  }

  /** {@code let name: type = value}; type or value may be missing, not both. */
  record Let(Span span, Identifier name, @Nullable TypeReference type, @Nullable Expression value)
      implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitLet(this);
    }
  }

  /** {@code tensor name: type = value}. */
  record TensorDeclaration(
      Span span, Identifier name, TypeReference type, @Nullable Expression value)
      implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitTensor(this);
    }
  }

  /** An assignment or tensor equation; the target is a Name, Property or Index. */
  record Assign(Span span, Expression target, AssignOperator operator, Expression value)
      implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitAssign(this);
    }
  }

  /** {@code left ~ right}: inside learn the mean squared difference joins the objective. */
  record Fit(Span span, Expression left, Expression right) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitFit(this);
    }
  }

  record For(Span span, Identifier variable, Domain domain, Block body) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitFor(this);
    }
  }

  record While(Span span, Expression condition, Block body) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitWhile(this);
    }
  }

  record Loop(Span span, Block body) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitLoop(this);
    }
  }

  record Break(Span span) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitBreak(this);
    }
  }

  record Continue(Span span) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitContinue(this);
    }
  }

  record Return(Span span, @Nullable Expression value) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitReturn(this);
    }
  }

  record Nested(Span span, Block block) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitNested(this);
    }
  }

  record Learn(Span span, List<Header> headers, Block body) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitLearn(this);
    }
  }

  /** {@code name: value} inside learn. */
  record Header(Identifier name, Expression value) {}

  record ExpressionStatement(Span span, Expression expression) implements Simple {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitExpression(this);
    }
  }

  /** What a {@code for} runs over. */
  sealed interface Domain {
    /** The elements of a value. */
    record Elements(Expression value) implements Domain {}

    /** {@code from..to}, the end excluded. */
    record Range(Expression from, Expression to) implements Domain {}

    /** {@code {a, b, c}}. */
    record Symbols(List<Identifier> names) implements Domain {}
  }

  /** One method per kind of simple statement. */
  interface Visitor<R extends @Nullable Object> {
    R visitLet(Let s);

    R visitTensor(TensorDeclaration s);

    R visitAssign(Assign s);

    R visitFit(Fit s);

    R visitFor(For s);

    R visitWhile(While s);

    R visitLoop(Loop s);

    R visitBreak(Break s);

    R visitContinue(Continue s);

    R visitReturn(Return s);

    R visitNested(Nested s);

    R visitLearn(Learn s);

    R visitExpression(ExpressionStatement s);
  }
}
