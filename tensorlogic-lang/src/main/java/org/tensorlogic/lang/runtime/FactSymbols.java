package org.tensorlogic.lang.runtime;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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
    if (statement instanceof Statement.ExpressionStatement single) {
      collect(single.expression());
    } else {
      collect(body(statement));
    }
  }

  private static @Nullable Block body(Statement statement) {
    if (statement instanceof Declaration.Main main) {
      return main.body();
    } else if (statement instanceof Declaration.Test test) {
      return test.body();
    } else if (statement instanceof Declaration.Function function) {
      return function.body();
    } else if (statement instanceof Statement.Nested nested) {
      return nested.block();
    } else if (statement instanceof Statement.For loop) {
      return loop.body();
    } else if (statement instanceof Statement.While loop) {
      return loop.body();
    } else if (statement instanceof Statement.Loop loop) {
      return loop.body();
    } else if (statement instanceof Statement.Learn learn) {
      return learn.body();
    } else if (statement instanceof LogicStatement.With with) {
      return with.body();
    }
    return null;
  }

  private void collect(Expression expression) {
    if (expression instanceof Expression.If branch) {
      collect(branch.then());
      collect(branch.otherwise());
    } else if (expression instanceof Expression.Match match) {
      match.arms().forEach(arm -> collect(arm.body()));
    } else if (expression instanceof Expression.Call call && unit.isFact(call)) {
      call.arguments().forEach(this::collect);
    }
  }

  private void collect(@Nullable Block block) {
    if (block != null) {
      block.statements().forEach(this::collect);
    }
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
