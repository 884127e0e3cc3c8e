package org.tensorlogic.lang.logic;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.tensorlogic.lang.logic.Step.Columns;
import org.tensorlogic.lang.logic.Step.Next;
import org.tensorlogic.lang.logic.Step.Rows;
import org.tensorlogic.lang.logic.Step.Trial;

/**
 * The order in which a body is matched: the literal with the new rows first, then always the one
 * with most columns that have values, else the next as written; negated atoms and guards as soon as
 * their variables have values.
 */
final class BodyPlan {
  private final List<Rule.Literal> literals;
  private final List<Guard> guards;
  private final List<Rows> rows;
  private final Meter meter;
  private final BitSet bound = new BitSet();
  private final List<Piece> pieces = new ArrayList<>();
  private final List<Trial> trials = new ArrayList<>();

  /** A step that does not know its successor yet. */
  private interface Piece {
    Next before(Next next);
  }

  private BodyPlan(List<Rule.Literal> literals, List<Guard> guards, List<Rows> rows, Meter meter) {
    this.literals = new ArrayList<>(literals);
    this.guards = new ArrayList<>(guards);
    this.rows = new ArrayList<>(rows);
    this.meter = meter;
  }

  /** A chain of steps that runs {@code last} for every match; {@code rows} as {@code literals}. */
  static Next of(
      List<Rule.Literal> literals, List<Guard> guards, List<Rows> rows, Meter meter, Next last) {
    BodyPlan plan = new BodyPlan(literals, guards, rows, meter);
    plan.order();
    Next chain = last;
    for (int i = plan.pieces.size() - 1; i >= 0; i--) {
      chain = plan.pieces.get(i).before(chain);
    }
    return chain;
  }

  private void order() {
    int first = rows.indexOf(Rows.NEW);
    if (first >= 0) {
      take(first);
    }
    for (int best = best(); best >= 0; best = best()) {
      take(best);
    }
    takeReady();
    trials.forEach(trial -> pieces.add(trial::confirm));
  }

  private void take(int position) {
    Atom atom = literals.remove(position).atom();
    Rows which = rows.remove(position);
    takeReady();
    int[] terms = atom.terms();
    boolean[] binds = new boolean[terms.length];
    List<Integer> known = new ArrayList<>();
    BitSet before = (BitSet) bound.clone();
    for (int column = 0; column < terms.length; column++) {
      if (!Atom.isVariable(terms[column]) || before.get(~terms[column])) {
        known.add(column);
      } else if (!bound.get(~terms[column])) {
        binds[column] = true;
        bound.set(~terms[column]);
      }
    }
    int[] keys = known.stream().mapToInt(Integer::intValue).toArray();
    Relation relation = atom.relation();
    if (keys.length == terms.length && which == Rows.ALL && !relation.isDerived()) {
      pieces.add(next -> Step.check(atom, false, meter, next));
    } else if (keys.length == 0 || which == Rows.NEW) {
      pieces.add(next -> Step.scan(relation, which, new Columns(terms, binds), meter, next));
    } else {
      pieces.add(
          next -> Step.lookup(relation, which, keys, new Columns(terms, binds), meter, next));
    }
    takeReady();
  }

  /** Negated atoms and guards whose variables all have values. */
  private void takeReady() {
    for (int i = 0; i < literals.size(); i++) {
      Atom atom = literals.get(i).atom();
      if (literals.get(i).negated() && isBound(atom.variables())) {
        literals.remove(i);
        rows.remove(i);
        pieces.add(next -> Step.check(atom, true, meter, next));
        i--;
      }
    }
    for (int i = 0; i < guards.size(); i++) {
      Guard guard = guards.get(i);
      BitSet needed = new BitSet();
      for (int variable : guard.variables()) {
        needed.set(variable);
      }
      if (isBound(needed)) {
        guards.remove(i--);
        Trial trial = new Trial(guard);
        trials.add(trial);
        pieces.add(trial::filter);
      }
    }
  }

  private boolean isBound(BitSet variables) {
    BitSet missing = (BitSet) variables.clone();
    missing.andNot(bound);
    return missing.isEmpty();
  }

  /** The positive literal to match next, or -1. */
  private int best() {
    int best = -1;
    double most = -1;
    for (int i = 0; i < literals.size(); i++) {
      if (!literals.get(i).negated()) {
        double share = boundShare(literals.get(i).atom());
        if (share > most) {
          most = share;
          best = i;
        }
      }
    }
    return best;
  }

  private double boundShare(Atom atom) {
    int known = 0;
    for (int term : atom.terms()) {
      if (!Atom.isVariable(term) || bound.get(~term)) {
        known++;
      }
    }
    return atom.relation().arity() == 0 ? 1 : known / (double) atom.relation().arity();
  }
}
