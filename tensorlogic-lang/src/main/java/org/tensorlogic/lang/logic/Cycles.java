package org.tensorlogic.lang.logic;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorlogic.lang.DiagnosticCode;
import org.tensorlogic.lang.value.Fault;

/** Finds the cycle that a negation closes, for the message. */
final class Cycles {
  private Cycles() {}

  /** The error for {@code rule}, whose head depends on not {@code negated} inside a component. */
  static Fault unstratified(List<Rule> rules, Rule rule, Relation negated) {
    Relation head = rule.head().relation();
    StringBuilder cycle = new StringBuilder(head.name()).append(" <- not ").append(negated.name());
    for (Relation relation : path(rules, negated, head)) {
      cycle.append(" <- ").append(relation.name());
    }
    return new Fault(
        DiagnosticCode.UNSTRATIFIED_NEGATION,
        "'" + head.name() + "' depends on its own negation: " + cycle,
        "what is negated must be defined without '" + head.name() + "'");
  }

  /** The relations after {@code from} on a shortest way along the rules to {@code to}. */
  private static List<Relation> path(List<Rule> rules, Relation from, Relation to) {
    Map<Relation, Relation> cameFrom = new HashMap<>();
    Deque<Relation> open = new ArrayDeque<>(List.of(from));
    while (from != to && !cameFrom.containsKey(to) && !open.isEmpty()) {
      Relation relation = open.remove();
      for (Rule rule : rules) {
        if (rule.head().relation() == relation) {
          for (Rule.Literal literal : rule.body()) {
            Relation used = literal.atom().relation();
            if (used != from && cameFrom.putIfAbsent(used, relation) == null) {
              open.add(used);
            }
          }
        }
      }
    }
    List<Relation> path = new ArrayList<>();
    for (Relation at = to; at != null && at != from; at = cameFrom.get(at)) {
      path.add(at);
    }
    Collections.reverse(path);
    return path;
  }
}
