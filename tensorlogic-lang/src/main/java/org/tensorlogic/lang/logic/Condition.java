package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.Span;
import org.tensorlogic.lang.syntax.BinaryOperator;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.UnaryOperator;
import org.tensorlogic.lang.value.Fault;

/** A comparison over the variables of a rule or query, as read from the text. */
sealed interface Condition {
  Span span();

  record Constant(Span span, Object value) implements Condition {}

  /** A variable of the rule, else a variable of the program (if it has an input), else a symbol. */
  record Name(Span span, String name, int input) implements Condition {}

  record Unary(Span span, UnaryOperator operator, Condition operand) implements Condition {}

  record Binary(Span span, BinaryOperator operator, Condition left, Condition right)
      implements Condition {}

  /**
   * Reads an expression.
   *
   * @param isVariable whether the program has a variable of a name; its value becomes an input
   */
  static Condition read(Expression e, Predicate<String> isVariable, List<Expression> inputs) {
    if (e instanceof Expression.IntLiteral number) {
      return new Constant(e.span(), number.value());
    } else if (e instanceof Expression.FloatLiteral number) {
      return new Constant(e.span(), number.value());
    } else if (e instanceof Expression.StringLiteral text) {
      return new Constant(e.span(), text.value());
    } else if (e instanceof Expression.BooleanLiteral truth) {
      return new Constant(e.span(), truth.value());
    } else if (e instanceof Expression.Name name) {
      return new Name(e.span(), name.name(), isVariable.test(name.name()) ? input(inputs, e) : -1);
    } else if (e instanceof Expression.Unary unary) {
      return new Unary(e.span(), unary.operator(), read(unary.operand(), isVariable, inputs));
    } else if (e instanceof Expression.Binary binary) {
      return new Binary(
          e.span(),
          binary.operator(),
          read(binary.left(), isVariable, inputs),
          read(binary.right(), isVariable, inputs));
    }
    throw new Fault(
            DiagnosticCode.INVALID_LOGIC,
            "a condition compares variables, numbers and symbols",
            "give the value a name with 'let' before and compare with that")
        .at(e.span());
  }

  private static int input(List<Expression> inputs, Expression e) {
    inputs.add(e);
    return inputs.size() - 1;
  }

  /**
   * The condition for given variables and inputs.
   *
   * @param slots the numbers of the variables
   * @param values the values of the inputs; null is none
   */
  static Guard bind(
      Condition condition,
      Map<String, Integer> slots,
      List<@Nullable Object> values,
      Constants constants) {
    List<Integer> used = new ArrayList<>();
    Condition bound = resolve(condition, slots, values, used);
    int[] variables = used.stream().distinct().mapToInt(Integer::intValue).toArray();
    return new Guard() {
      @Override
      public int[] variables() {
        return variables.clone();
      }

      @Override
      public boolean holds(int[] binding) {
        Object value =
            ConditionValues.value(bound, name -> constants.value(binding[slot(slots, name)]));
        if (value instanceof Boolean truth) {
          return truth;
        }
        throw new Fault(
                DiagnosticCode.CONDITION_NOT_BOOL,
                "a condition must be a comparison, got " + ConditionValues.type(value))
            .at(condition.span());
      }
    };
  }

  private static int slot(Map<String, Integer> slots, String name) {
    Integer slot = slots.get(name);
    if (slot == null) {
      throw new IllegalStateException("no variable " + name);
    }
    return slot;
  }

  /** With names that are no variables of the rule replaced by their values. */
  private static Condition resolve(
      Condition condition,
      Map<String, Integer> slots,
      List<@Nullable Object> values,
      List<Integer> used) {
    if (condition instanceof Name name) {
      Integer slot = slots.get(name.name());
      if (slot != null) {
        used.add(slot);
        return name;
      }
      Object value = name.input() < 0 ? null : values.get(name.input());
      if (value == null && Names.isVariable(name.name())) {
        throw new Fault(
                DiagnosticCode.UNSAFE_RULE,
                "variable '" + name.name() + "' of a comparison occurs in no positive atom")
            .at(name.span());
      }
      return new Constant(name.span(), value == null ? name.name() : value);
    } else if (condition instanceof Unary unary) {
      return new Unary(
          unary.span(), unary.operator(), resolve(unary.operand(), slots, values, used));
    } else if (condition instanceof Binary binary) {
      return new Binary(
          binary.span(),
          binary.operator(),
          resolve(binary.left(), slots, values, used),
          resolve(binary.right(), slots, values, used));
    }
    return condition;
  }
}
