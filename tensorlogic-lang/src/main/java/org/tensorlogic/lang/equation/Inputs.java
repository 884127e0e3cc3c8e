package org.tensorlogic.lang.equation;

import java.util.ArrayList;
import java.util.List;
import org.tensorlogic.lang.syntax.Expression;

/** The expressions whose values an equation takes from the program around it. */
final class Inputs {
  private final List<Expression> expressions = new ArrayList<>();

  /** The number of an expression; a variable that occurs again keeps its number. */
  int add(Expression e) {
    if (e instanceof Expression.Name name) {
      for (int i = 0; i < expressions.size(); i++) {
        if (expressions.get(i) instanceof Expression.Name known
            && known.name().equals(name.name())) {
          return i;
        }
      }
    }
    expressions.add(e);
    return expressions.size() - 1;
  }

  List<Expression> expressions() {
    return List.copyOf(expressions);
  }
}
