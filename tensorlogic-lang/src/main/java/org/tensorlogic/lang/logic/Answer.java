package org.tensorlogic.lang.logic;

import java.util.List;
import java.util.function.Consumer;

/**
 * What a query found.
 *
 * @param query the query as printed: {@code Parent(Alice, X)?}
 * @param variables the names of its variables; none for a yes-or-no question
 * @param solutions per solution one value per variable: Strings, Longs and Doubles
 */
public record Answer(String query, List<String> variables, List<List<Object>> solutions) {
  public Answer {
    variables = List.copyOf(variables);
    solutions = List.copyOf(solutions);
  }

  /** Whether there is a solution. */
  public boolean holds() {
    return !solutions.isEmpty();
  }

  /** The lines that the language prints, each with a line feed. */
  public void print(Consumer<String> printer) {
    if (variables.isEmpty()) {
      printer.accept(query + " " + holds() + "\n");
      return;
    }
    int count = solutions.size();
    printer.accept(query + " " + count + (count == 1 ? " solution\n" : " solutions\n"));
    for (List<Object> solution : solutions) {
      StringBuilder line = new StringBuilder("  ");
      for (int i = 0; i < variables.size(); i++) {
        line.append(i == 0 ? "" : ", ").append(variables.get(i)).append(" = ");
        line.append(Texts.constant(solution.get(i)));
      }
      printer.accept(line.append('\n').toString());
    }
  }
}
