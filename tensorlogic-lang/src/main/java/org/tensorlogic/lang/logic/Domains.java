package org.tensorlogic.lang.logic;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.lang.logic.Step.Rows;

/** The constants that each variable of a rule can have: those in every column where it occurs. */
final class Domains {
  private final int[][] constants;
  private final int[] @Nullable [] positions;

  private Domains(int[][] constants) {
    this.constants = constants;
    this.positions = new int[constants.length][];
  }

  /** For the rows of the positive literals that take part; {@code rows} as the body. */
  static Domains of(Rule rule, List<Rows> rows) {
    BitSet[] found = new BitSet[rule.variables().size()];
    for (int i = 0; i < rows.size(); i++) {
      Rule.Literal literal = rule.body().get(i);
      if (!literal.negated()) {
        restrict(found, literal.atom(), rows.get(i));
      }
    }
    int[][] constants = new int[found.length][];
    Arrays.setAll(constants, v -> found[v] == null ? new int[0] : found[v].stream().toArray());
    return new Domains(constants);
  }

  private static void restrict(BitSet[] found, Atom atom, Rows which) {
    Tuples tuples = atom.relation().rows();
    int to = which.to(atom.relation());
    for (int column = 0; column < tuples.arity(); column++) {
      if (Atom.isVariable(atom.term(column))) {
        BitSet here = new BitSet();
        for (int row = which.from(atom.relation()); row < to; row++) {
          here.set(tuples.get(row, column));
        }
        int variable = ~atom.term(column);
        if (found[variable] == null) {
          found[variable] = here;
        } else {
          found[variable].and(here);
        }
      }
    }
  }

  int size(int variable) {
    return constants[variable].length;
  }

  /** How many combinations these variables have. */
  double size(int... variables) {
    double size = 1;
    for (int variable : variables) {
      size *= size(variable);
    }
    return size;
  }

  int constant(int variable, int position) {
    return constants[variable][position];
  }

  /** Where a constant stands among those of a variable, or -1. */
  int position(int variable, int constant) {
    int[] known = positions[variable];
    if (known == null) {
      int[] own = constants[variable];
      known = new int[own.length == 0 ? 0 : own[own.length - 1] + 1];
      Arrays.fill(known, -1);
      for (int i = 0; i < own.length; i++) {
        known[own[i]] = i;
      }
      positions[variable] = known;
    }
    return constant < known.length ? known[constant] : -1;
  }
}
