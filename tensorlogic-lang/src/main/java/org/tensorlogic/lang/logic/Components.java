package org.tensorlogic.lang.logic;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The relations that rules define, grouped into strongly connected components, each after what it
 * depends on (Tarjan's algorithm, without recursion). Negation inside a component has no meaning.
 */
final class Components {
  private final Map<Relation, Set<Relation>> uses = new LinkedHashMap<>();
  private final Map<Relation, Integer> order = new HashMap<>();
  private final Map<Relation, Integer> lowest = new HashMap<>();
  private final Deque<Relation> open = new ArrayDeque<>();
  private final Set<Relation> onStack = new LinkedHashSet<>();
  private final List<List<Relation>> found = new ArrayList<>();

  private Components(List<Rule> rules) {
    rules.forEach(rule -> uses.put(rule.head().relation(), new LinkedHashSet<>()));
    for (Rule rule : rules) {
      for (Rule.Literal literal : rule.body()) {
        if (uses.containsKey(literal.atom().relation())) {
          uses.getOrDefault(rule.head().relation(), Set.of()).add(literal.atom().relation());
        }
      }
    }
  }

  static List<List<Relation>> of(List<Rule> rules) {
    Components components = new Components(rules);
    for (Relation relation : components.uses.keySet()) {
      if (!components.order.containsKey(relation)) {
        components.visit(relation);
      }
    }
    return components.found;
  }

  private record Visit(Relation relation, Deque<Relation> left) {}

  private void visit(Relation start) {
    Deque<Visit> visits = new ArrayDeque<>();
    visits.push(enter(start));
    while (!visits.isEmpty()) {
      Visit visit = visits.element();
      Relation relation = visit.relation();
      if (visit.left().isEmpty()) {
        visits.pop();
        leave(relation);
        if (!visits.isEmpty()) {
          lowest.merge(visits.element().relation(), lowest.get(relation), Math::min);
        }
      } else {
        Relation used = visit.left().pop();
        if (!order.containsKey(used)) {
          visits.push(enter(used));
        } else if (onStack.contains(used)) {
          lowest.merge(relation, order.get(used), Math::min);
        }
      }
    }
  }

  private Visit enter(Relation relation) {
    order.put(relation, order.size());
    lowest.put(relation, order.get(relation));
    open.push(relation);
    onStack.add(relation);
    return new Visit(relation, new ArrayDeque<>(uses.getOrDefault(relation, Set.of())));
  }

  private void leave(Relation relation) {
    if (!Objects.equals(lowest.get(relation), order.get(relation))) {
      return;
    }
    List<Relation> component = new ArrayList<>();
    Relation member;
    do {
      member = open.pop();
      onStack.remove(member);
      component.add(member);
    } while (member != relation);
    Collections.reverse(component);
    found.add(component);
  }
}
