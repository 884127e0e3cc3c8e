package org.tensorlogic.lang.equation;

import java.util.List;
import java.util.function.Predicate;
import org.tensorlogic.lang.syntax.Argument;
import org.tensorlogic.lang.syntax.AssignOperator;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.IndexItem;
import org.tensorlogic.lang.syntax.Statement;

/** Finds out whether an assignment is an equation, and which parts of it have no index. */
public final class Occurrences {
  private Occurrences() {}

  /**
   * Whether an assignment is a tensor equation: an index on either side that is no variable, a
   * join, or one of the operators that only equations have.
   */
  public static boolean isEquation(Statement.Assign assign, EquationNames names) {
    boolean ownOperator =
        switch (assign.operator()) {
          case MAX, MIN, AVERAGE -> true;
          case SET, ADD -> false;
        };
    return ownOperator
        || (assign.target() instanceof Expression.Index target
            && target.target() instanceof Expression.Name
            && hasFreeName(target.items(), names))
        || (!(assign.target() instanceof Expression.Property) && !isFixed(assign.value(), names));
  }

  /** Whether an expression has neither free indices nor joins: the program can evaluate it. */
  static boolean isFixed(Expression e, EquationNames names) {
    return !any(
        e,
        part ->
            part instanceof Expression.Join
                || (part instanceof Expression.Index index && hasFreeName(index.items(), names))
                || (part instanceof Expression.Call call && isFreeAtom(call, names)));
  }

  /** Whether an expression in an index has no name that only an index can be. */
  static boolean isConstant(Expression e, EquationNames names) {
    return isFixed(e, names) && !any(e, part -> isFree(part, names));
  }

  /** An atom of a relation with an argument that only an index can be. */
  private static boolean isFreeAtom(Expression.Call call, EquationNames names) {
    return isAtom(call, names)
        && call.arguments().stream()
            .anyMatch(
                argument ->
                    argument.value() instanceof Expression.Name name
                        && isFreeName(name.name(), names));
  }

  static boolean isAtom(Expression.Call call, EquationNames names) {
    String name = call.function().name();
    return names.isRelation(name) && !names.isFunction(name);
  }

  private static boolean hasFreeName(List<IndexItem> items, EquationNames names) {
    return items.stream()
        .anyMatch(
            item ->
                item instanceof IndexItem.Virtual
                    || (item instanceof IndexItem.At at
                        && (at.normalized() || any(at.value(), e -> isFree(e, names)))));
  }

  private static boolean isFree(Expression e, EquationNames names) {
    return e instanceof Expression.Name name && isFreeName(name.name(), names);
  }

  private static boolean isFreeName(String name, EquationNames names) {
    return !names.isVariable(name) && !names.isSymbol(name);
  }

  /** Whether an expression or a part of it satisfies a condition. */
  private static boolean any(Expression e, Predicate<Expression> condition) {
    if (condition.test(e)) {
      return true;
    }
    if (e instanceof Expression.Unary unary) {
      return any(unary.operand(), condition);
    } else if (e instanceof Expression.Binary binary) {
      return any(binary.left(), condition) || any(binary.right(), condition);
    } else if (e instanceof Expression.Join join) {
      return join.factors().stream().anyMatch(factor -> any(factor, condition));
    } else if (e instanceof Expression.Cast cast) {
      return any(cast.operand(), condition);
    } else if (e instanceof Expression.Call call) {
      return anyArgument(call.arguments(), condition);
    } else if (e instanceof Expression.MethodCall call) {
      return any(call.receiver(), condition) || anyArgument(call.arguments(), condition);
    } else if (e instanceof Expression.Property property) {
      return any(property.target(), condition);
    } else if (e instanceof Expression.Index index) {
      return any(index.target(), condition)
          || index.items().stream()
              .anyMatch(item -> item instanceof IndexItem.At at && any(at.value(), condition));
    } else if (e instanceof Expression.ArrayLiteral array) {
      return array.elements().stream().anyMatch(element -> any(element, condition));
    }
    return false;
  }

  private static boolean anyArgument(List<Argument> arguments, Predicate<Expression> condition) {
    return arguments.stream().anyMatch(argument -> any(argument.value(), condition));
  }

  static boolean reduces(AssignOperator operator) {
    return operator != AssignOperator.SET && operator != AssignOperator.ADD;
  }
}
