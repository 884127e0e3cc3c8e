package org.tensorlogic.lang.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.DType;
import org.tensorlogic.lang.Diagnostic;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.HostFunction;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.builtin.Builtin;
import org.tensorlogic.lang.builtin.Registry;
import org.tensorlogic.lang.syntax.Argument;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.IndexItem;
import org.tensorlogic.lang.value.ArrayLiterals;
import org.tensorlogic.lang.value.ArrayValue;
import org.tensorlogic.lang.value.BoolValue;
import org.tensorlogic.lang.value.DTypes;
import org.tensorlogic.lang.value.Datum;
import org.tensorlogic.lang.value.Fault;
import org.tensorlogic.lang.value.FloatValue;
import org.tensorlogic.lang.value.IntValue;
import org.tensorlogic.lang.value.ScalarType;
import org.tensorlogic.lang.value.StringValue;

/** Expressions to nodes. */
final class ExpressionCompiler implements Expression.Visitor<Node> {
  private static final String[] POSITIONAL = {};

  private final StatementCompiler statements;
  private final Scopes scopes;
  private final Unit unit;

  ExpressionCompiler(StatementCompiler statements, Scopes scopes, Unit unit) {
    this.statements = statements;
    this.scopes = scopes;
    this.unit = unit;
  }

  Node compile(Expression e) {
    return e.accept(this);
  }

  @Nullable Node compileOrNull(@Nullable Expression e) {
    return e == null ? null : compile(e);
  }

  @Override
  public Node visitInt(Expression.IntLiteral e) {
    return new Variables.Constant(e.span(), IntValue.of(e.value()));
  }

  @Override
  public Node visitFloat(Expression.FloatLiteral e) {
    return new Variables.Constant(e.span(), FloatValue.of(e.value()));
  }

  @Override
  public Node visitString(Expression.StringLiteral e) {
    return new Variables.Constant(e.span(), StringValue.of(e.value()));
  }

  @Override
  public Node visitBoolean(Expression.BooleanLiteral e) {
    return new Variables.Constant(e.span(), BoolValue.of(e.value()));
  }

  @Override
  public Node visitName(Expression.Name e) {
    Scopes.Variable variable = scopes.find(e.name());
    if (variable == null) {
      int index = scopes.table().variables().index(e.name());
      return new Variables.Unbound(e.span(), index, e.name(), scopes.visible());
    }
    return read(e.span(), e.name(), variable);
  }

  /** The variable of this name if one is visible. */
  @Nullable Node variableOrNull(Span span, String name) {
    Scopes.Variable variable = scopes.find(name);
    return variable == null ? null : read(span, name, variable);
  }

  static Node read(Span span, String name, Scopes.Variable variable) {
    return variable.global()
        ? new Variables.Global(span, variable.index(), name)
        : new Variables.Local(span, variable.index(), name);
  }

  @Override
  public Node visitArray(Expression.ArrayLiteral e) {
    Node[] elements = compile(e.elements());
    Node array = new DataNodes.Array(e.span(), elements);
    boolean constant =
        elements.length > 0
            && Arrays.stream(elements).allMatch(n -> n instanceof Variables.Constant);
    return constant ? folded(e.span(), elements, array) : array;
  }

  /** Literals of numbers are built once. */
  private static Node folded(Span span, Node[] elements, Node array) {
    List<Datum> values = new ArrayList<>();
    for (Node element : elements) {
      if (element instanceof Variables.Constant constant) {
        values.add(constant.value());
      }
    }
    try {
      Datum value = ArrayLiterals.gather(values);
      boolean immutable = value instanceof ArrayValue;
      return immutable ? new Variables.Constant(span, value) : array;
    } catch (Fault e) {
      return array; // reported when it is reached
    }
  }

  @Override
  public Node visitRepeat(Expression.RepeatLiteral e) {
    return new DataNodes.Repeat(e.span(), compile(e.value()), compile(e.count()));
  }

  @Override
  public Node visitUnary(Expression.Unary e) {
    Node operand = compile(e.operand());
    if (operand instanceof Variables.Constant constant) {
      try {
        return new Variables.Constant(e.span(), Operators.unary(e.operator(), constant.value()));
      } catch (Fault fault) {
        return new OperatorNodes.Unary(e.span(), e.operator(), operand);
      }
    }
    return new OperatorNodes.Unary(e.span(), e.operator(), operand);
  }

  @Override
  public Node visitBinary(Expression.Binary e) {
    Node left = compile(e.left());
    Node right = compile(e.right());
    if (e.operator() == BinaryOperator.AND || e.operator() == BinaryOperator.OR) {
      String sign = e.operatorSpan().text();
      return new OperatorNodes.Logical(
          e.span(), e.operator() == BinaryOperator.OR, sign, left, right);
    }
    return new OperatorNodes.Binary(e.span(), e.operator(), left, right);
  }

  @Override
  public Node visitJoin(Expression.Join e) {
    throw new Fault(
            DiagnosticCode.INVALID_EQUATION,
            "factors side by side are a join, which needs index names",
            "write '*' to multiply")
        .at(e.span());
  }

  @Override
  public Node visitCast(Expression.Cast e) {
    return new OperatorNodes.Cast(e.span(), compile(e.operand()), e.type().name());
  }

  @Override
  public Node visitCall(Expression.Call e) {
    String name = e.function().name();
    HostFunction hosted = unit.hostFunctions().get(name);
    boolean user = unit.isFunction(name);
    if (!user && hosted != null) {
      requirePositional(name, e.arguments());
      return new CallNodes.Hosted(e.span(), name, hosted, values(e.arguments()));
    }
    boolean relation = !user && unit.declaresRelation(name);
    Builtin builtin = user || relation ? null : Registry.function(name);
    if (builtin != null) {
      return builtin(e.span(), builtin, e.arguments(), null);
    }
    if (!user && statements.logic().isRelation(name)) {
      return statements.logic().holds(e);
    }
    int index = scopes.table().functions().index(name);
    return new CallNodes.User(e.span(), index, name, values(e.arguments()), names(e.arguments()));
  }

  private static void requirePositional(String name, List<Argument> arguments) {
    for (Argument argument : arguments) {
      if (argument.name() != null) {
        throw new Fault(
                DiagnosticCode.UNKNOWN_PARAMETER,
                "'" + name + "' is a host function: its parameters have no names")
            .at(argument.name().span());
      }
    }
  }

  /** A call with the arguments at their parameters' places. */
  private Node builtin(Span span, Builtin builtin, List<Argument> arguments, @Nullable DType type) {
    String[] names = names(arguments);
    int[] places;
    try {
      places = ArgumentPlaces.of(builtin.signature(), arguments.size(), names);
    } catch (Fault e) {
      return new Failing(span, e.at(span).diagnostic());
    }
    @Nullable Node[] values = new @Nullable Node[ArgumentPlaces.size(places)];
    for (int i = 0; i < places.length; i++) {
      values[places[i]] = argument(arguments.get(i), builtin.signature().parameter(places[i]));
    }
    return new CallNodes.BuiltIn(span, builtin, values, type);
  }

  /** {@code device: gpu} and element types: words that are no variables are given as strings. */
  private Node argument(Argument argument, String parameter) {
    if (argument.value() instanceof Expression.Name name && !scopes.isVisible(name.name())) {
      boolean device = argument.name() != null && parameter.equals("device");
      if (device || (parameter.equals("type") && DTypes.named(name.name()) != null)) {
        return new Variables.Constant(argument.span(), StringValue.of(name.name()));
      }
    }
    return compile(argument.value());
  }

  /** Fails when it is reached: a mistake that was found while compiling. */
  static final class Failing extends Node {
    private final Diagnostic diagnostic;

    Failing(Span span, Diagnostic diagnostic) {
      super(span);
      this.diagnostic = diagnostic;
    }

    @Override
    public Datum evaluate(Frame frame) {
      throw new Fault(diagnostic, null);
    }
  }

  @Override
  public Node visitMethodCall(Expression.MethodCall e) {
    return new MemberNodes.Method(
        e.span(),
        compile(e.receiver()),
        e.method().name(),
        values(e.arguments()),
        names(e.arguments()));
  }

  @Override
  public Node visitAssociatedCall(Expression.AssociatedCall e) {
    String type = e.type().name().name();
    String function = e.function().name();
    DType dtype = DTypes.named(type);
    Builtin builtin =
        dtype != null ? Registry.function(function) : Registry.function(type + "::" + function);
    if (builtin != null) {
      return builtin(e.span(), builtin, e.arguments(), dtype);
    }
    return new MemberNodes.Associated(
        e.span(), type, function, values(e.arguments()), names(e.arguments()));
  }

  @Override
  public Node visitTypedTensor(Expression.TypedTensor e) {
    Builtin builtin = Registry.function("tensor");
    String type = e.type().name().name();
    DType dtype = DTypes.named(type);
    if (builtin == null || (dtype == null && ScalarType.named(type) != ScalarType.INT)) {
      Diagnostic unknown =
          Diagnostic.error(
                  DiagnosticCode.UNKNOWN_TYPE,
                  e.type().span(),
                  "unknown element type '" + type + "'")
              .withHelp("tensors hold float16 or float32; tensor<int>(…) is an integer array");
      return new Failing(e.span(), unknown);
    }
    if (dtype == null) {
      Builtin integers = Registry.function("int_array");
      return integers == null
          ? new Failing(e.span(), Diagnostic.error(DiagnosticCode.UNKNOWN_TYPE, e.span(), type))
          : builtin(e.span(), integers, e.arguments(), null);
    }
    return builtin(e.span(), builtin, e.arguments(), dtype);
  }

  @Override
  public Node visitProperty(Expression.Property e) {
    return new MemberNodes.Property(e.span(), compile(e.target()), e.name().name());
  }

  @Override
  public Node visitIndex(Expression.Index e) {
    return new DataNodes.Index(e.span(), compile(e.target()), selectors(e));
  }

  List<SelectorNode> selectors(Expression.Index e) {
    List<SelectorNode> selectors = new ArrayList<>();
    for (IndexItem item : e.items()) {
      selectors.add(selector(item));
    }
    return List.copyOf(selectors);
  }

  private SelectorNode selector(IndexItem item) {
    if (item instanceof IndexItem.Slice slice) {
      return SelectorNode.slice(
          item.span(), compileOrNull(slice.from()), compileOrNull(slice.to()));
    }
    if (!(item instanceof IndexItem.At at) || at.normalized()) {
      Diagnostic misplaced =
          Diagnostic.error(
                  DiagnosticCode.INVALID_EQUATION,
                  item.span(),
                  "'" + item.span().text() + "' marks an index of a tensor equation")
              .withHelp("name the index on the left side of an assignment: Y[i] = …");
      return SelectorNode.index(item.span(), new Failing(item.span(), misplaced));
    }
    if (at.value() instanceof Expression.Binary binary && binary.operator().isComparison()) {
      Diagnostic mask =
          Diagnostic.error(
                  DiagnosticCode.UNSUPPORTED_INDEXING,
                  item.span(),
                  "indexing by a mask is not supported")
              .withHelp("multiply by the mask, or use where(mask, x, y)");
      return SelectorNode.index(item.span(), new Failing(item.span(), mask));
    }
    if (at.value() instanceof Expression.Name name && !scopes.isVisible(name.name())) {
      return SelectorNode.symbol(item.span(), name.name(), scopes.visible());
    }
    return SelectorNode.index(item.span(), compile(at.value()));
  }

  @Override
  public Node visitStruct(Expression.StructLiteral e) {
    List<String> fields = new ArrayList<>();
    List<Span> spans = new ArrayList<>();
    for (Argument field : e.fields()) {
      fields.add(field.name() == null ? "" : field.name().name());
      spans.add(field.span());
    }
    return new DataNodes.Struct(
        e.span(),
        e.type().name().name(),
        e.type().arguments().size(),
        List.copyOf(fields),
        List.copyOf(spans),
        values(e.fields()));
  }

  @Override
  public Node visitIf(Expression.If e) {
    Node condition = compile(e.condition());
    Node then = statements.block(e.then());
    Node otherwise = e.otherwise() == null ? null : statements.block(e.otherwise());
    return new ControlNodes.If(e.span(), condition, then, otherwise);
  }

  @Override
  public Node visitMatch(Expression.Match e) {
    Node subject = compile(e.subject());
    List<MatchNode.Arm> arms = new ArrayList<>();
    for (Expression.Arm arm : e.arms()) {
      scopes.push();
      PatternCompiler patterns = new PatternCompiler(this, scopes);
      MatchNode.Test test = patterns.compile(arm.pattern());
      int to = scopes.next();
      Node guard = compileOrNull(arm.guard());
      Node body = statements.block(arm.body());
      int from = scopes.pop();
      arms.add(new MatchNode.Arm(test, guard, body, from, to));
    }
    return new MatchNode(e.span(), subject, List.copyOf(arms));
  }

  Node[] compile(List<Expression> expressions) {
    return expressions.stream().map(this::compile).toArray(Node[]::new);
  }

  private Node[] values(List<Argument> arguments) {
    return arguments.stream().map(a -> compile(a.value())).toArray(Node[]::new);
  }

  /** The names of arguments, empty for positional ones; no array at all if none is named. */
  private static String[] names(List<Argument> arguments) {
    if (arguments.stream().allMatch(a -> a.name() == null)) {
      return POSITIONAL;
    }
    return arguments.stream()
        .map(a -> a.name() == null ? "" : a.name().name())
        .toArray(String[]::new);
  }
}
