package org.tensorlogic.lang.runtime;

import java.util.regex.Pattern;
import org.tensorlogic.lang.builtin.Registry;
import org.tensorlogic.lang.syntax.Argument;
import org.tensorlogic.lang.syntax.Block;
import org.tensorlogic.lang.syntax.Declaration;
import org.tensorlogic.lang.syntax.Expression;
import org.tensorlogic.lang.syntax.LogicStatement;
import org.tensorlogic.lang.syntax.Statement;

/**
 * Finds the symbols that the facts of a file name, wherever the facts stand. Single letters,
 * perhaps with digits or primes, are left to equations as indices.
 */
final class FactSymbols {
  private static final Pattern LIKE_AN_INDEX = Pattern.compile("\\p{L}[\\p{N}'′]*");

  private final Unit unit;

  FactSymbols(Unit unit) {
    this.unit = unit;
  }

  void collect(Statement statement) {
    if (statement instanceof Declaration.Main main) {
      collect(main.body());
    } else if (statement instanceof Declaration.Test test) {
      collect(test.body());
    } else if (statement instanceof Declaration.Function function) {
      collect(function.body());
    } else if (statement instanceof Statement.Nested nested) {
      collect(nested.block());
    } else if (statement instanceof Statement.For loop) {
      collect(loop.body());
    } else if (statement instanceof Statement.While loop) {
      collect(loop.body());
    } else if (statement instanceof Statement.Loop loop) {
      collect(loop.body());
    } else if (statement instanceof LogicStatement.With with) {
      collect(with.body());
    } else if (statement instanceof Statement.ExpressionStatement single
        && single.expression() instanceof Expression.Call call
        && isFact(call.function().name())) {
      call.arguments().forEach(this::collect);
    }
  }

  private void collect(Block block) {
    block.statements().forEach(this::collect);
  }

  private boolean isFact(String name) {
    boolean callable =
        unit.isFunction(name)
            || unit.hostFunctions().containsKey(name)
            || Registry.function(name) != null;
    return !callable
        && (unit.table().relations().contains(name) || Character.isUpperCase(name.codePointAt(0)));
  }

  private void collect(Argument argument) {
    if (argument.value() instanceof Expression.Name name
        && !unit.allGlobals().contains(name.name())) {
      add(name.name());
    } else if (argument.value() instanceof Expression.StringLiteral text) {
      add(text.value());
    }
  }

  private void add(String symbol) {
    if (!LIKE_AN_INDEX.matcher(symbol).matches()) {
      unit.table().factSymbols().add(symbol);
    }
  }
}
