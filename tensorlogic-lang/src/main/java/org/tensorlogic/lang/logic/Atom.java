package org.tensorlogic.lang.logic;

import java.util.BitSet;

/**
 * A relation applied to terms. A term is the id of a constant, or {@code ~v} for variable v of the
 * rule or query.
 */
public final class Atom {
  private final Relation relation;
  private final int[] terms;

  public Atom(Relation relation, int... terms) {
    if (terms.length != relation.arity()) {
      throw new IllegalArgumentException(
          relation.name() + " takes " + relation.arity() + " arguments, got " + terms.length);
    }
    this.relation = relation;
    this.terms = terms.clone();
  }

  /** The term that stands for a variable. */
  public static int variable(int index) {
    return ~index;
  }

  public Relation relation() {
    return relation;
  }

  int term(int column) {
    return terms[column];
  }

  int[] terms() {
    return terms.clone();
  }

  static boolean isVariable(int term) {
    return term < 0;
  }

  BitSet variables() {
    BitSet variables = new BitSet();
    for (int term : terms) {
      if (isVariable(term)) {
        variables.set(~term);
      }
    }
    return variables;
  }
}
