package org.tensorlogic.lang.logic;

import java.util.List;

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
  public String text() {
    if (variables.isEmpty()) {
      return query + " " + holds() + "\n";
    }
    int count = solutions.size();
    StringBuilder text = new StringBuilder(query).append(' ').append(count);
    text.append(count == 1 ? " solution\n" : " solutions\n");
    for (List<Object> solution : solutions) {
      text.append("  ");
      for (int i = 0; i < variables.size(); i++) {
        text.append(i == 0 ? "" : ", ").append(variables.get(i)).append(" = ");
        text.append(Texts.constant(solution.get(i)));
      }
      text.append('\n');
    }
    return text.toString();
  }
}
