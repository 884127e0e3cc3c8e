package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.AssignOperator;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.syntax.Block;
import org.tensorlogic.lang.syntax.Declaration;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.Identifier;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.StringValue;
import org.tensorlogic.lang.value.VoidValue;

/** Statements of one body to nodes. */
final class StatementCompiler implements Statement.Visitor<Node> {
  private final Scopes scopes;
  private final Unit unit;
  private final ExpressionCompiler expressions;
  private final LogicCompiler logic;

  StatementCompiler(Scopes scopes, Unit unit) {
    this.scopes = scopes;
    this.unit = unit;
    this.expressions = new ExpressionCompiler(this, scopes, unit);
    this.logic = new LogicCompiler(scopes, unit, expressions, this);
  }

  LogicCompiler logic() {
    return logic;
  }

  ExpressionCompiler expressions() {
    return expressions;
  }

  Node compile(Statement statement) {
    if (statement instanceof Statement.Simple simple) {
      return simple.accept(this);
    } else if (statement instanceof LogicStatement logical) {
      return logical.accept(logic);
    } else if (statement instanceof Declaration.Function) {
      return new Variables.Constant(statement.span(), VoidValue.VOID); // hoisted
    }
    throw new Fault(
            DiagnosticCode.MISPLACED_STATEMENT, "this stands only at the top level of a file")
        .at(statement.span());
  }

  /** A block with a scope of its own. */
  Node block(Block block) {
    scopes.push();
    Node[] nodes = compile(block.statements());
    int to = scopes.next();
    int from = scopes.pop();
    return new ControlNodes.Block(block.span(), nodes, from, to);
  }

  /** The statements of a block in the innermost scope that is open. */
  Node statements(Block block) {
    return new ControlNodes.Block(block.span(), compile(block.statements()), 0, 0);
  }

  private Node[] compile(List<Statement> statements) {
    Node[] nodes = new Node[statements.size()];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = compile(statements.get(i));
    }
    return nodes;
  }

  @Override
  public Node visitLet(Statement.Let s) {
    String name = s.name().name();
    if (s.value() == null) {
      Scopes.Variable variable = declare(s.name());
      return new Stores.Unset(s.span(), variable.place());
    }
    Node value = expressions.compile(s.value());
    if (s.type() != null && s.type().dimensions() != null) {
      Node declared = TensorDeclarations.node(s.span(), s.type(), value, expressions);
      return new Stores.Declare(s.span(), declare(s.name()).place(), declared, null, name);
    }
    TypeCheck check = s.type() == null ? null : TypeCheck.of(s.type(), null);
    return new Stores.Declare(s.span(), declare(s.name()).place(), value, check, name);
  }

  private Scopes.Variable declare(Identifier name) {
    boolean again = scopes.declaresHere(name.name()) && !name.name().equals("_");
    if (again && !unit.isFromHost(name.name())) {
      unit.warn(
          Diagnostic.warning(
              DiagnosticCode.REDECLARED,
              name.span(),
              "variable '" + name.name() + "' is declared again in this scope"));
    }
    return scopes.declare(name.name());
  }

  @Override
  public Node visitTensor(Statement.TensorDeclaration s) {
    Node value =
        TensorDeclarations.node(
            s.span(), s.type(), expressions.compileOrNull(s.value()), expressions);
    Scopes.Variable variable = declare(s.name());
    return new Stores.Declare(s.span(), variable.place(), value, null, s.name().name());
  }

  @Override
  public Node visitAssign(Statement.Assign s) {
    if (logic.isEquation(s)) {
      return logic.equation(s);
    }
    Expression target = s.target();
    if (target instanceof Expression.Name name) {
      return assignName(s, name);
    } else if (target instanceof Expression.Property property) {
      Node owner = expressions.compile(property.target());
      return new Stores.AssignField(s.span(), owner, property.name().name(), value(s));
    } else if (target instanceof Expression.Index index) {
      return assignElement(s, index);
    }
    throw new Fault(DiagnosticCode.INVALID_TARGET, "cannot assign to this expression")
        .at(target.span());
  }

  /** The right side; for {@code +=} added to the old value. */
  private Node value(Statement.Assign s) {
    Node value = expressions.compile(s.value());
    return s.operator() == AssignOperator.ADD
        ? new OperatorNodes.Binary(
            s.span(), BinaryOperator.ADD, expressions.compile(s.target()), value)
        : value;
  }

  private Node assignName(Statement.Assign s, Expression.Name name) {
    Node value = value(s);
    Scopes.Variable variable = scopes.find(name.name());
    if (variable == null) {
      Scopes.Variable declared = scopes.declare(name.name());
      return new Stores.Declare(s.span(), declared.place(), value, null, name.name());
    }
    return variable.global()
        ? new Stores.AssignGlobal(s.span(), variable.index(), value)
        : new Stores.AssignLocal(s.span(), variable.index(), value);
  }

  private Node assignElement(Statement.Assign s, Expression.Index index) {
    Node container = expressions.compile(index.target());
    Node value = value(s);
    return new Stores.AssignElement(
        s.span(), container, expressions.selectors(index), value, place(index.target()));
  }

  /** Where a changed copy of {@code target} goes; null if nowhere. */
  private Stores.@Nullable Place place(Expression target) {
    if (target instanceof Expression.Name name) {
      Scopes.Variable variable = scopes.find(name.name());
      return variable == null ? null : variable.place();
    } else if (target instanceof Expression.Property property) {
      Node owner = expressions.compile(property.target());
      String field = property.name().name();
      return (frame, value) -> {
        if (value != null) {
          Stores.AssignField.store(frame, owner.evaluate(frame), field, value);
        }
      };
    }
    return null;
  }

  @Override
  public Node visitFit(Statement.Fit s) {
    return new LearnNodes.Fit(
        s.span(), expressions.compile(s.left()), expressions.compile(s.right()));
  }

  @Override
  public Node visitFor(Statement.For s) {
    if (s.domain() instanceof Statement.Domain.Range range) {
      Node from = expressions.compile(range.from());
      Node to = expressions.compile(range.to());
      scopes.push();
      int slot = scopes.declare(s.variable().name()).index();
      Node body = block(s.body());
      scopes.pop();
      return new LoopNodes.Range(s.span(), slot, from, to, body);
    }
    Node domain = domain(s.span(), s.domain());
    scopes.push();
    int slot = scopes.declare(s.variable().name()).index();
    Node body = block(s.body());
    scopes.pop();
    return new LoopNodes.Each(s.span(), slot, domain, body);
  }

  private Node domain(Span span, Statement.Domain domain) {
    if (domain instanceof Statement.Domain.Symbols symbols) {
      List<Datum> names = new ArrayList<>();
      symbols.names().forEach(name -> names.add(StringValue.of(name.name())));
      return new LoopNodes.Symbols(span, names);
    } else if (domain instanceof Statement.Domain.Elements elements) {
      return expressions.compile(elements.value());
    }
    throw new IllegalStateException("ranges are compiled by themselves");
  }

  @Override
  public Node visitWhile(Statement.While s) {
    return new LoopNodes.While(s.span(), expressions.compile(s.condition()), block(s.body()));
  }

  @Override
  public Node visitLoop(Statement.Loop s) {
    return new LoopNodes.While(s.span(), null, block(s.body()));
  }

  @Override
  public Node visitBreak(Statement.Break s) {
    return new ControlNodes.Jump(s.span(), Completion.BREAK);
  }

  @Override
  public Node visitContinue(Statement.Continue s) {
    return new ControlNodes.Jump(s.span(), Completion.CONTINUE);
  }

  @Override
  public Node visitReturn(Statement.Return s) {
    return new ControlNodes.Return(s.span(), expressions.compileOrNull(s.value()));
  }

  @Override
  public Node visitNested(Statement.Nested s) {
    return block(s.block());
  }

  @Override
  public Node visitLearn(Statement.Learn s) {
    return new LearnCompiler(this, scopes).compile(s);
  }

  @Override
  public Node visitExpression(Statement.ExpressionStatement s) {
    if (s.expression() instanceof Expression.Call call && unit.isFact(call)) {
      return logic.fact(call);
    }
    return expressions.compile(s.expression());
  }
}
