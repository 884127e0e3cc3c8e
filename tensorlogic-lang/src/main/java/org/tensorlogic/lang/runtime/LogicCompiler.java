package org.tensorlogic.lang.runtime;

import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.Statement;

/** Logic statements and tensor equations to nodes. */
final class LogicCompiler implements LogicStatement.Visitor<Node> {
  private final ExpressionCompiler expressions;
  private final StatementCompiler statements;

  LogicCompiler(ExpressionCompiler expressions, StatementCompiler statements) {
    this.expressions = expressions;
    this.statements = statements;
  }

  boolean isRelation(String name) {
    return false;
  }

  Node holds(Expression.Call call) {
    return unavailable(call.span());
  }

  boolean isFact(Expression.Call call, Unit unit) {
    return false;
  }

  Node fact(Expression.Call call) {
    return unavailable(call.span());
  }

  boolean isEquation(Statement.Assign s) {
    return false;
  }

  Node equation(Statement.Assign s) {
    return unavailable(s.span());
  }

  /** An index; a name that is no variable is a symbol. */
  Node indexOrSymbol(Expression index) {
    return expressions.compile(index);
  }

  /** What a loop runs over: a value, or the symbols of an entity type. */
  Node domain(Expression value) {
    return expressions.compile(value);
  }

  private static Node unavailable(Span span) {
    return new ExpressionCompiler.Failing(
        span, Diagnostic.error(DiagnosticCode.INVALID_LOGIC, span, "logic is not available"));
  }

  @Override
  public Node visitRelation(LogicStatement.Relation s) {
    return unavailable(s.span());
  }

  @Override
  public Node visitEntity(LogicStatement.Entity s) {
    return unavailable(s.span());
  }

  @Override
  public Node visitEmbedding(LogicStatement.Embedding s) {
    return unavailable(s.span());
  }

  @Override
  public Node visitRule(LogicStatement.Rule s) {
    return unavailable(s.span());
  }

  @Override
  public Node visitQuery(LogicStatement.Query s) {
    return unavailable(s.span());
  }

  @Override
  public Node visitTensorQuery(LogicStatement.TensorQuery s) {
    return unavailable(s.span());
  }

  @Override
  public Node visitInfer(LogicStatement.Infer s) {
    return unavailable(s.span());
  }

  @Override
  public Node visitWith(LogicStatement.With s) {
    return statements.block(s.body());
  }
}
