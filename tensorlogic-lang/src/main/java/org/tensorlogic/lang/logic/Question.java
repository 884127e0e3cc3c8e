package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.syntax.LogicStatement.InferenceMode;

/** A query with its arguments classified. */
final class Question {
  private final Relation relation;
  private final Constants constants;
  private final StringBuilder text;
  private final Map<String, Integer> variables = new LinkedHashMap<>();
  private final List<Integer> terms = new ArrayList<>();
  private final List<Guard> guards = new ArrayList<>();
  private final List<Integer> anonymous = new ArrayList<>();
  private boolean possible = true;

  Question(Relation relation, Constants constants) {
    this.relation = relation;
    this.constants = constants;
    this.text = new StringBuilder(relation.name()).append('(');
  }

  void addConstant(Object value) {
    separate();
    text.append(Texts.constant(value));
    int id = constants.find(value);
    possible &= id != Constants.UNKNOWN;
    terms.add(id);
  }

  void addVariable(String name) {
    separate();
    text.append(name);
    if (name.equals(Names.ANONYMOUS)) {
      anonymous.add(terms.size());
      terms.add(0);
    } else {
      Integer known = variables.putIfAbsent(name, variables.size());
      terms.add(Atom.variable(known == null ? variables.size() - 1 : known));
    }
  }

  private void separate() {
    text.append(terms.isEmpty() ? "" : ", ");
  }

  void addCondition(Condition condition, List<@Nullable Object> values) {
    guards.add(Condition.bind(condition, variables, values, constants));
  }

  /** Whether every constant occurs somewhere: else there is no solution. */
  boolean isPossible() {
    return possible;
  }

  String text() {
    return text + ")?";
  }

  List<String> variables() {
    return List.copyOf(variables.keySet());
  }

  void solve(Datalog program, InferenceMode mode, ProductJoins products, Consumer<int[]> solution) {
    int named = variables.size();
    for (int i = 0; i < anonymous.size(); i++) {
      terms.set(anonymous.get(i), Atom.variable(named + i));
    }
    Atom goal = new Atom(relation, terms.stream().mapToInt(Integer::intValue).toArray());
    int all = named + anonymous.size();
    if (mode == InferenceMode.BACKWARD) {
      Magic.solve(program, goal, guards, all, named, solution);
    } else {
      program.bringUpToDate(relation, mode == InferenceMode.FORWARD ? products : null);
      List<Rule.Literal> body = List.of(new Rule.Literal(goal, false));
      program.solve(body, guards, all, named, solution);
    }
  }
}
