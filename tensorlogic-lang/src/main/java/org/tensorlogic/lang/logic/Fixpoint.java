package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tensorlogic.lang.logic.Step.Next;
import org.tensorlogic.lang.logic.Step.Rows;

/** Semi-naive evaluation of the rules of one component to its least fixpoint. */
final class Fixpoint {
  private final Set<Relation> members;
  private final List<Rule> rules;
  private final Meter meter;

  Fixpoint(Set<Relation> members, List<Rule> rules, Meter meter) {
    this.members = members;
    this.rules = rules;
    this.meter = meter;
  }

  /** Derives everything; whatever the rules use besides the members is up to date. */
  void run() {
    members.forEach(Relation::reset);
    for (Rule rule : rules) {
      rule.body().forEach(literal -> literal.atom().relation().settle(members));
    }
    for (Rule rule : rules) {
      start(rule, plan(rule, -1));
    }
    List<Rule> planned = new ArrayList<>();
    List<Next> recursive = new ArrayList<>();
    for (Rule rule : rules) {
      for (int i = 0; i < rule.body().size(); i++) {
        if (isRecursive(rule.body().get(i))) {
          planned.add(rule);
          recursive.add(plan(rule, i));
        }
      }
    }
    while (advance()) {
      for (int i = 0; i < planned.size(); i++) {
        start(planned.get(i), recursive.get(i));
      }
    }
  }

  private boolean advance() {
    boolean grew = false;
    for (Relation member : members) {
      grew |= member.advance();
    }
    return grew;
  }

  private static void start(Rule rule, Next chain) {
    chain.run(new int[rule.variables().size()]);
  }

  private boolean isRecursive(Rule.Literal literal) {
    return members.contains(literal.atom().relation());
  }

  /** The rule with literal {@code fresh} reading only new rows and recursive ones after it old. */
  private Next plan(Rule rule, int fresh) {
    List<Rows> rows = new ArrayList<>();
    for (int i = 0; i < rule.body().size(); i++) {
      boolean old = fresh >= 0 && i > fresh && isRecursive(rule.body().get(i));
      rows.add(i == fresh ? Rows.NEW : old ? Rows.OLD : Rows.ALL);
    }
    return BodyPlan.of(rule.body(), rule.guards(), rows, meter, Step.derive(rule.head()));
  }
}
