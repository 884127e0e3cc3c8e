package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.Argument;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.Identifier;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.value.Fault;

/** A fact or query as read from the text; the program gives values for its inputs. */
public final class QueryForm {
  private final Span span;
  private final Identifier relation;
  private final List<Part> arguments = new ArrayList<>();
  private final List<Condition> conditions = new ArrayList<>();
  private final List<Expression> inputs = new ArrayList<>();

  /**
   * One argument: a constant, or a name whose variable may have a value, or an expression.
   *
   * @param input the number of its value, or -1
   */
  record Part(Span span, @Nullable Object constant, @Nullable String name, int input) {}

  private QueryForm(Span span, Identifier relation) {
    this.span = span;
    this.relation = relation;
  }

  /**
   * Reads a query.
   *
   * @param isVariable whether the program has a variable of a name
   */
  public static QueryForm of(LogicStatement.Query query, Predicate<String> isVariable) {
    LogicStatement.Atom atom = query.atom();
    QueryForm form = new QueryForm(query.span(), atom.relation());
    atom.arguments().forEach(argument -> form.addArgument(argument, isVariable));
    for (Expression condition : query.conditions()) {
      form.conditions.add(Condition.read(condition, isVariable, form.inputs));
    }
    return form;
  }

  /** Reads a fact, or an atom used as a condition. */
  public static QueryForm of(Expression.Call call, Predicate<String> isVariable) {
    QueryForm form = new QueryForm(call.span(), call.function());
    for (Argument argument : call.arguments()) {
      if (argument.name() != null) {
        throw new Fault(DiagnosticCode.UNKNOWN_PARAMETER, "arguments of a relation have no names")
            .at(argument.name().span());
      }
      form.addArgument(argument.value(), isVariable);
    }
    return form;
  }

  private void addArgument(Expression e, Predicate<String> isVariable) {
    if (e instanceof Expression.Name name) {
      boolean known = isVariable.test(name.name());
      arguments.add(new Part(e.span(), null, name.name(), known ? input(e) : -1));
    } else if (e instanceof Expression.StringLiteral text) {
      arguments.add(new Part(e.span(), text.value(), null, -1));
    } else if (e instanceof Expression.IntLiteral number) {
      arguments.add(new Part(e.span(), number.value(), null, -1));
    } else if (e instanceof Expression.FloatLiteral number) {
      arguments.add(new Part(e.span(), number.value(), null, -1));
    } else {
      arguments.add(new Part(e.span(), null, null, input(e)));
    }
  }

  private int input(Expression e) {
    inputs.add(e);
    return inputs.size() - 1;
  }

  public Span span() {
    return span;
  }

  public Identifier relation() {
    return relation;
  }

  /** What the program evaluates before, in this order. */
  public List<Expression> inputs() {
    return List.copyOf(inputs);
  }

  List<Part> arguments() {
    return arguments;
  }

  List<Condition> conditions() {
    return conditions;
  }
}
