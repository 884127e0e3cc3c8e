package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.logic.Step.Next;
import org.tensorlogic.lang.logic.Step.Rows;

/** Semi-naive evaluation of the rules of one component to its least fixpoint. */
final class Fixpoint {
  private final Set<Relation> members;
  private final List<Rule> rules;
  private final Meter meter;
  private final @Nullable ProductJoins products;

  /** A rule with the rows of its body's literals that take part, and how they are matched. */
  private record Derivation(Rule rule, List<Rows> rows, Next tuples) {}

  /** Bodies are matched by tuples alone if {@code products} is null. */
  Fixpoint(Set<Relation> members, List<Rule> rules, Meter meter, @Nullable ProductJoins products) {
    this.members = members;
    this.rules = rules;
    this.meter = meter;
    this.products = products;
  }

  /** Derives everything; whatever the rules use besides the members is up to date. */
  void run() {
    members.forEach(Relation::reset);
    for (Rule rule : rules) {
      rule.body().forEach(literal -> literal.atom().relation().settle(members));
    }
    for (Rule rule : rules) {
      derive(plan(rule, -1));
    }
    List<Derivation> recursive = new ArrayList<>();
    for (Rule rule : rules) {
      for (int i = 0; i < rule.body().size(); i++) {
        if (isRecursive(rule.body().get(i))) {
          recursive.add(plan(rule, i));
        }
      }
    }
    while (advance()) {
      recursive.forEach(this::derive);
    }
  }

  private boolean advance() {
    boolean grew = false;
    for (Relation member : members) {
      grew |= member.advance();
    }
    return grew;
  }

  private void derive(Derivation derivation) {
    Rule rule = derivation.rule();
    if (products == null) {
      derivation.tuples().run(new int[rule.variables().size()]);
    } else {
      products.derive(rule, derivation.rows(), derivation.tuples(), meter);
    }
  }

  private boolean isRecursive(Rule.Literal literal) {
    return members.contains(literal.atom().relation());
  }

  /** The rule with literal {@code fresh} reading only new rows and recursive ones after it old. */
  private Derivation plan(Rule rule, int fresh) {
    List<Rows> rows = new ArrayList<>();
    for (int i = 0; i < rule.body().size(); i++) {
      boolean old = fresh >= 0 && i > fresh && isRecursive(rule.body().get(i));
      rows.add(i == fresh ? Rows.NEW : old ? Rows.OLD : Rows.ALL);
    }
    Next tuples = BodyPlan.of(rule.body(), rule.guards(), rows, meter, Step.derive(rule.head()));
    return new Derivation(rule, rows, tuples);
  }
}
