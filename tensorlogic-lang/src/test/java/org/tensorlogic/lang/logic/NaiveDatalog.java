package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The plain definition: strata by iterated levels, and in each the rules applied to every
 * assignment of constants to variables until nothing changes.
 */
final class NaiveDatalog {
  private final Datalog program;
  private final Map<Relation, Set<List<Integer>>> rows = new HashMap<>();
  private final Map<Relation, Integer> levels = new HashMap<>();

  NaiveDatalog(Datalog program) {
    this.program = program;
    for (String name : program.relationNames()) {
      Relation relation = program.relation(name, 0);
      Set<List<Integer>> facts = new HashSet<>();
      for (int row = 0; row < relation.facts().size(); row++) {
        facts.add(list(relation.facts().row(row)));
      }
      rows.put(relation, facts);
      levels.put(relation, 0);
    }
    stratify();
    int highest = levels.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    for (int level = 0; level <= highest; level++) {
      while (apply(level)) {}
    }
  }

  Set<List<Integer>> rows(Relation relation) {
    return Objects.requireNonNull(rows.get(relation));
  }

  private int level(Relation relation) {
    return Objects.requireNonNull(levels.get(relation));
  }

  private void stratify() {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Rule rule : program.rules()) {
        for (Rule.Literal literal : rule.body()) {
          int needed = level(literal.atom().relation()) + (literal.negated() ? 1 : 0);
          if (level(rule.head().relation()) < needed) {
            levels.put(rule.head().relation(), needed);
            changed = true;
          }
        }
      }
    }
  }

  private boolean apply(int level) {
    boolean grew = false;
    for (Rule rule : program.rules()) {
      if (level(rule.head().relation()) == level) {
        grew |= assign(rule, new int[rule.variables().size()], 0);
      }
    }
    return grew;
  }

  private boolean assign(Rule rule, int[] binding, int variable) {
    if (variable == binding.length) {
      return holds(rule, binding) && rows(rule.head().relation()).add(ground(rule.head(), binding));
    }
    boolean grew = false;
    for (int constant = 0; constant < program.constants().size(); constant++) {
      binding[variable] = constant;
      grew |= assign(rule, binding, variable + 1);
    }
    return grew;
  }

  private boolean holds(Rule rule, int[] binding) {
    for (Rule.Literal literal : rule.body()) {
      boolean there = rows(literal.atom().relation()).contains(ground(literal.atom(), binding));
      if (there == literal.negated()) {
        return false;
      }
    }
    return rule.guards().stream().allMatch(guard -> guard.holds(binding));
  }

  static List<Integer> ground(Atom atom, int[] binding) {
    List<Integer> tuple = new ArrayList<>();
    for (int term : atom.terms()) {
      tuple.add(term < 0 ? binding[~term] : term);
    }
    return tuple;
  }

  static List<Integer> list(int[] tuple) {
    List<Integer> list = new ArrayList<>();
    for (int value : tuple) {
      list.add(value);
    }
    return list;
  }
}
