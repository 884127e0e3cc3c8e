package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.equation.EquationForm;
import org.tensorlogic.lang.equation.EquationNames;
import org.tensorlogic.lang.equation.Occurrences;
import org.tensorlogic.lang.logic.QueryForm;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.IndexItem;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.LogicStatement.InferenceMode;
import org.tensorlogic.lang.syntax.Statement;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.VoidValue;

/** Logic statements and tensor equations to nodes. */
final class LogicCompiler implements LogicStatement.Visitor<Node>, EquationNames {
  private final Scopes scopes;
  private final Unit unit;
  private final ExpressionCompiler expressions;
  private final StatementCompiler statements;

  LogicCompiler(
      Scopes scopes, Unit unit, ExpressionCompiler expressions, StatementCompiler statements) {
    this.scopes = scopes;
    this.unit = unit;
    this.expressions = expressions;
    this.statements = statements;
  }

  @Override
  public boolean isVariable(String name) {
    return scopes.isVisible(name);
  }

  @Override
  public boolean isSymbol(String name) {
    return scopes.table().symbols().contains(name);
  }

  @Override
  public boolean isFunction(String name) {
    return unit.hasFunction(name);
  }

  @Override
  public boolean isRelation(String name) {
    return unit.isRelation(name);
  }

  /** An atom as a condition. */
  Node holds(Expression.Call call) {
    QueryForm form = QueryForm.of(call, this::isVariable);
    return new LogicNodes.Statement(call.span(), LogicNodes.holds(form, nodes(form.inputs())));
  }

  Node fact(Expression.Call call) {
    QueryForm form = QueryForm.of(call, this::isVariable);
    return new LogicNodes.Statement(call.span(), LogicNodes.fact(form, nodes(form.inputs())));
  }

  private List<Node> nodes(List<Expression> inputs) {
    List<Node> nodes = new ArrayList<>();
    inputs.forEach(input -> nodes.add(expressions.compile(input)));
    return List.copyOf(nodes);
  }

  boolean isEquation(Statement.Assign s) {
    return !isRow(s.value()) && Occurrences.isEquation(s, names(s));
  }

  /**
   * What the names in an equation mean: a symbol of a fact is a constant, but on the left only
   * where an embedding is defined, and not where the left has an index of the name.
   */
  private EquationNames names(Statement.Assign s) {
    Set<String> left = new HashSet<>();
    if (s.target() instanceof Expression.Index target
        && !(target.target() instanceof Expression.Name table
            && scopes.table().embeddings().contains(table.name()))) {
      for (IndexItem item : target.items()) {
        if (item instanceof IndexItem.At at && at.value() instanceof Expression.Name index) {
          left.add(index.name());
        }
      }
    }
    return new NamesOfEquation(this, left);
  }

  /** The names of the program, but for symbols that the left side of an equation has as indices. */
  private record NamesOfEquation(LogicCompiler program, Set<String> left) implements EquationNames {
    @Override
    public boolean isVariable(String name) {
      return program.isVariable(name);
    }

    @Override
    public boolean isSymbol(String name) {
      return program.isSymbol(name)
          || (!left.contains(name) && program.scopes.table().factSymbols().contains(name));
    }

    @Override
    public boolean isRelation(String name) {
      return program.isRelation(name);
    }

    @Override
    public boolean isFunction(String name) {
      return program.isFunction(name);
    }
  }

  /** {@code E[name]} of an embedding: one row, whatever the name. */
  private boolean isRow(Expression value) {
    return value instanceof Expression.Index index
        && index.target() instanceof Expression.Name table
        && scopes.table().embeddings().contains(table.name())
        && index.items().size() == 1
        && index.items().get(0) instanceof IndexItem.At at
        && !at.normalized();
  }

  Node equation(Statement.Assign s) {
    EquationForm form = EquationForm.read(s, names(s));
    List<Node> inputs = nodes(form.inputs());
    Scopes.Variable known = scopes.find(form.name());
    Variables.Reading old = null;
    if (known != null
        && ExpressionCompiler.read(s.span(), form.name(), known) instanceof Variables.Reading r) {
      old = r;
    }
    boolean declared = known != null && !scopes.isDefinedByEquation(form.name());
    Scopes.Variable place = known != null ? known : scopes.declareByEquation(form.name());
    int slot = scopes.progressSlot(form.name());
    return new EquationNode(
        s.span(), form, inputs, new EquationNode.Left(old, place.place(), declared, slot));
  }

  @Override
  public Node visitRelation(LogicStatement.Relation s) {
    return new LogicNodes.Statement(s.span(), LogicNodes.declare(s));
  }

  @Override
  public Node visitEntity(LogicStatement.Entity s) {
    return new LogicNodes.Statement(s.span(), LogicNodes.declare(s));
  }

  /** The variable that gives the dimension of an embedding; null if it is a number. */
  private @Nullable Node dimension(LogicStatement.Embedding s) {
    for (LogicStatement.EmbeddingEntry entry : s.entries()) {
      if (entry.name().name().equals("dimension")
          && entry.value() instanceof LogicStatement.EmbeddingValue.Word word) {
        return expressions.compile(new Expression.Name(word.name().span(), word.name().name()));
      }
    }
    return null;
  }

  @Override
  public Node visitEmbedding(LogicStatement.Embedding s) {
    String name = s.name().name();
    Node value = new EmbeddingNode(s, dimension(s));
    return new Stores.Declare(s.span(), scopes.declare(name).place(), value, null, name) {
      @Override
      public Datum evaluate(Frame frame) {
        super.evaluate(frame);
        return VoidValue.VOID;
      }
    };
  }

  @Override
  public Node visitRule(LogicStatement.Rule s) {
    return new LogicNodes.Statement(s.span(), LogicNodes.add(s));
  }

  @Override
  public Node visitQuery(LogicStatement.Query s) {
    return query(s.span(), s, InferenceMode.SYMBOLIC);
  }

  private Node query(Span span, LogicStatement.Query s, InferenceMode mode) {
    QueryForm form = QueryForm.of(s, this::isVariable);
    List<Node> inputs = nodes(form.inputs());
    return new LogicNodes.Statement(
        span,
        mode == InferenceMode.GRADIENT
            ? LogicNodes.scores(form, inputs)
            : LogicNodes.query(form, inputs, mode));
  }

  @Override
  public Node visitTensorQuery(LogicStatement.TensorQuery s) {
    Node value = expressions.compile(whole(s.tensor()));
    return new LogicNodes.Statement(
        s.span(),
        (frame, logic) -> {
          frame.execution().print(value.evaluate(frame) + "\n");
          return VoidValue.VOID;
        });
  }

  /** In {@code T[i, 0]?} an index that is no variable stands for the whole dimension. */
  private Expression whole(Expression tensor) {
    if (!(tensor instanceof Expression.Index index)) {
      return tensor;
    }
    List<IndexItem> items = new ArrayList<>();
    for (IndexItem item : index.items()) {
      boolean free =
          item instanceof IndexItem.At at
              && at.value() instanceof Expression.Name name
              && !isVariable(name.name())
              && !isSymbol(name.name());
      items.add(free ? new IndexItem.Slice(item.span(), null, null) : item);
    }
    return new Expression.Index(index.span(), index.target(), items);
  }

  @Override
  public Node visitInfer(LogicStatement.Infer s) {
    Node[] nodes =
        s.inferences().stream()
            .map(inference -> query(inference.span(), inference.query(), inference.mode()))
            .toArray(Node[]::new);
    return new ControlNodes.Block(s.span(), nodes, 0, 0);
  }

  @Override
  public Node visitWith(LogicStatement.With s) {
    Node body = statements.block(s.body());
    String type = s.type().name();
    return new LogicNodes.Statement(s.span(), LogicNodes.within(type, s.type().span(), body));
  }
}
