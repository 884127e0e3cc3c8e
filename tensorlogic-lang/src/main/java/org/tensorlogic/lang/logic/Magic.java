package org.tensorlogic.lang.logic;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Goal-directed evaluation by magic sets (Beeri and Ramakrishnan, 1991): the rules are rewritten so
 * that they derive only what a query with constants asks for, and evaluated bottom-up. What is
 * negated somewhere below the goal is evaluated in full before.
 */
final class Magic {
  private final Datalog source;
  private final Datalog target;
  private final Map<String, Relation> rewritten = new HashMap<>();
  private final Deque<Call> open = new ArrayDeque<>();
  private final Set<Relation> full = new HashSet<>();

  /** A derived relation asked with values for some columns. */
  private record Call(Relation relation, BitSet bound, Relation answers, Relation asked) {}

  private Magic(Datalog source) {
    this.source = source;
    this.target = new Datalog(source.constants(), source.budget());
    for (Rule rule : source.rules()) {
      for (Rule.Literal literal : rule.body()) {
        if (literal.negated()) {
          full.add(literal.atom().relation());
        }
      }
    }
  }

  /** As {@link Datalog#solve} for one atom: the same solutions, perhaps in another order. */
  static void solve(
      Datalog source,
      Atom goal,
      List<Guard> guards,
      int variables,
      int named,
      Consumer<int[]> solution) {
    Magic magic = new Magic(source);
    try {
      Atom rewritten = magic.rewriteGoal(goal);
      List<Rule.Literal> body = List.of(new Rule.Literal(rewritten, false));
      magic.target.solve(body, guards, variables, named, solution);
    } finally {
      magic.target.release();
    }
  }

  private Atom rewriteGoal(Atom goal) {
    if (isGiven(goal.relation())) {
      source.bringUpToDate(goal.relation());
      return goal;
    }
    BitSet bound = boundColumns(goal, new BitSet());
    Call call = call(goal.relation(), bound);
    target.assertFact(call.asked(), boundTerms(goal, bound));
    while (!open.isEmpty()) {
      rewriteRules(open.remove());
    }
    return new Atom(call.answers(), goal.terms());
  }

  /** Whether it is read as it is: it has no rules, or is negated somewhere. */
  private boolean isGiven(Relation relation) {
    return !relation.isDerived() || full.contains(relation);
  }

  private Call call(Relation relation, BitSet bound) {
    String name = relation.name() + bound;
    Relation known = rewritten.get(name);
    Relation asked = target.relation("?" + name, bound.cardinality());
    if (known != null) {
      return new Call(relation, bound, known, asked);
    }
    Relation answers = target.relation(name, relation.arity());
    rewritten.put(name, answers);
    Call call = new Call(relation, bound, answers, asked);
    open.add(call);
    return call;
  }

  private void rewriteRules(Call call) {
    copyFacts(call);
    for (Rule rule : source.rules()) {
      if (rule.head().relation() == call.relation()) {
        rewriteRule(call, rule);
      }
    }
  }

  /** answers(x…) <- asked(bound x…), facts(x…). */
  private void copyFacts(Call call) {
    int arity = call.relation().arity();
    int[] terms = new int[arity];
    List<String> names = new ArrayList<>();
    for (int column = 0; column < arity; column++) {
      terms[column] = Atom.variable(column);
      names.add("c" + column);
    }
    Relation facts = target.relation("=" + call.relation().name(), arity);
    for (int row = 0; row < call.relation().facts().size(); row++) {
      target.assertFact(facts, call.relation().facts().row(row));
    }
    Atom head = new Atom(call.answers(), terms);
    List<Rule.Literal> body =
        List.of(
            new Rule.Literal(new Atom(call.asked(), boundTerms(head, call.bound())), false),
            new Rule.Literal(new Atom(facts, terms), false));
    target.addRule(new Rule(head, body, List.of(), names));
  }

  private void rewriteRule(Call call, Rule rule) {
    Atom asked = new Atom(call.asked(), boundTerms(rule.head(), call.bound()));
    BitSet bound = asked.variables();
    List<Rule.Literal> body = new ArrayList<>();
    body.add(new Rule.Literal(asked, false));
    for (Rule.Literal literal : rule.body()) {
      Atom atom = literal.atom();
      if (isGiven(atom.relation())) {
        source.bringUpToDate(atom.relation());
        body.add(literal);
      } else {
        BitSet columns = boundColumns(atom, bound);
        Call inner = call(atom.relation(), columns);
        ask(inner, atom, columns, body, rule);
        body.add(new Rule.Literal(new Atom(inner.answers(), atom.terms()), false));
      }
      if (!literal.negated()) {
        bound.or(atom.variables());
      }
    }
    Atom head = new Atom(call.answers(), rule.head().terms());
    target.addRule(new Rule(head, body, rule.guards(), rule.variables()));
  }

  /** What has been matched so far asks for the next atom. */
  private void ask(Call inner, Atom atom, BitSet columns, List<Rule.Literal> before, Rule rule) {
    Atom head = new Atom(inner.asked(), boundTerms(atom, columns));
    List<Rule.Literal> positive = before.stream().filter(literal -> !literal.negated()).toList();
    target.addRule(new Rule(head, positive, List.of(), rule.variables()));
  }

  private static BitSet boundColumns(Atom atom, BitSet bound) {
    BitSet columns = new BitSet();
    for (int column = 0; column < atom.relation().arity(); column++) {
      int term = atom.term(column);
      columns.set(column, !Atom.isVariable(term) || bound.get(~term));
    }
    return columns;
  }

  private static int[] boundTerms(Atom atom, BitSet bound) {
    return bound.stream().map(atom::term).toArray();
  }
}
