package org.tensorlogic.lang.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;

/** What has a value. */
public sealed interface Expression {
  Span span();

  <R extends @Nullable Object> R accept(Visitor<R> visitor);

  record IntLiteral(Span span, long value) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitInt(this);
    }
  }

  record FloatLiteral(Span span, double value) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitFloat(this);
    }
  }

  record StringLiteral(Span span, String value) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitString(this);
    }
  }

  record BooleanLiteral(Span span, boolean value) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitBoolean(this);
    }
  }

  /** A variable; in equations also an index, in atoms also a symbol. */
  record Name(Span span, String name) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitName(this);
    }
  }

  record ArrayLiteral(Span span, List<Expression> elements) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitArray(this);
    }
  }

  /** {@code [value; count]}. */
  record RepeatLiteral(Span span, Expression value, Expression count) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitRepeat(this);
    }
  }

  record Unary(Span span, UnaryOperator operator, Expression operand) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitUnary(this);
    }
  }

  /** {@code operatorSpan} covers the sign alone. */
  record Binary(
      Span span, BinaryOperator operator, Span operatorSpan, Expression left, Expression right)
      implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitBinary(this);
    }
  }

  /** Factors side by side, {@code W[i, j] X[j]}: the join of a tensor equation. At least two. */
  record Join(Span span, List<Expression> factors) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitJoin(this);
    }
  }

  /** {@code operand as type}. */
  record Cast(Span span, Expression operand, Identifier type) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitCast(this);
    }
  }

  /** {@code name(…)}: a function, or a relation's atom. */
  record Call(Span span, Identifier function, List<Argument> arguments) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitCall(this);
    }
  }

  record MethodCall(Span span, Expression receiver, Identifier method, List<Argument> arguments)
      implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitMethodCall(this);
    }
  }

  /** {@code Type::function(…)}. */
  record AssociatedCall(
      Span span, TypeReference type, Identifier function, List<Argument> arguments)
      implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitAssociatedCall(this);
    }
  }

  /** {@code tensor<float16>(…)}. */
  record TypedTensor(Span span, TypeReference type, List<Argument> arguments)
      implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitTypedTensor(this);
    }
  }

  /** {@code target.name}; the name may be a number, as in {@code model.blk.0}. */
  record Property(Span span, Expression target, Identifier name) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitProperty(this);
    }
  }

  record Index(Span span, Expression target, List<IndexItem> items) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitIndex(this);
    }
  }

  record StructLiteral(Span span, TypeReference type, List<Argument> fields) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitStruct(this);
    }
  }

  /** {@code otherwise} is the block of {@code else}, holding one {@code If} for {@code else if}. */
  record If(Span span, Expression condition, Block then, @Nullable Block otherwise)
      implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitIf(this);
    }
  }

  record Match(Span span, Expression subject, List<Arm> arms) implements Expression {
    @Override
    public <R extends @Nullable Object> R accept(Visitor<R> visitor) {
      return visitor.visitMatch(this);
    }
  }

  /** One arm of a match; an expression body is a block of one statement. */
  record Arm(Pattern pattern, @Nullable Expression guard, Block body) {}

  /** One method per kind of expression. */
  interface Visitor<R extends @Nullable Object> {
    R visitInt(IntLiteral e);

    R visitFloat(FloatLiteral e);

    R visitString(StringLiteral e);

    R visitBoolean(BooleanLiteral e);

    R visitName(Name e);

    R visitArray(ArrayLiteral e);

    R visitRepeat(RepeatLiteral e);

    R visitUnary(Unary e);

    R visitBinary(Binary e);

    R visitJoin(Join e);

    R visitCast(Cast e);

    R visitCall(Call e);

    R visitMethodCall(MethodCall e);

    R visitAssociatedCall(AssociatedCall e);

    R visitTypedTensor(TypedTensor e);

    R visitProperty(Property e);

    R visitIndex(Index e);

    R visitStruct(StructLiteral e);

    R visitIf(If e);

    R visitMatch(Match e);
  }
}
