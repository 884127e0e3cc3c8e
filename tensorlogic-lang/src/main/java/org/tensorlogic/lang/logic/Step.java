package org.tensorlogic.lang.logic;

import org.tensorlogic.lang.value.Fault;

/** One step of matching a body: for every match it runs the next step. */
abstract class Step {
  /** What a step passes its matches to. */
  interface Next {
    void run(int[] binding);
  }

  private Step() {}

  /** Which rows of a relation take part in a round of semi-naive evaluation. */
  enum Rows {
    OLD,
    NEW,
    ALL;

    int from(Relation relation) {
      return this == NEW ? relation.oldEnd() : 0;
    }

    int to(Relation relation) {
      return this == OLD ? relation.oldEnd() : relation.end();
    }
  }

  /** How the columns of an atom meet the binding: some are checked, some give variables values. */
  static final class Columns {
    private final int[] terms;
    private final boolean[] binds;

    /** {@code binds[c]} where column c is the first occurrence of its variable. */
    Columns(int[] terms, boolean[] binds) {
      this.terms = terms;
      this.binds = binds;
    }

    boolean match(Tuples tuples, int row, int[] binding) {
      for (int column = 0; column < terms.length; column++) {
        int value = tuples.get(row, column);
        if (binds[column]) {
          binding[~terms[column]] = value;
        } else if (value != value(terms[column], binding)) {
          return false;
        }
      }
      return true;
    }
  }

  static int value(int term, int[] binding) {
    return term < 0 ? binding[~term] : term;
  }

  /** All rows in question. */
  static Next scan(Relation relation, Rows which, Columns columns, Meter meter, Next next) {
    return binding -> {
      Tuples tuples = relation.rows();
      int to = which.to(relation);
      for (int row = which.from(relation); row < to; row++) {
        meter.count();
        if (columns.match(tuples, row, binding)) {
          next.run(binding);
        }
      }
    };
  }

  /** The rows that an index gives for the columns that have values. */
  static Next lookup(
      Relation relation, Rows which, int[] bound, Columns columns, Meter meter, Next next) {
    TupleIndex index = relation.index(bound);
    int[] key = new int[bound.length];
    return binding -> {
      Tuples tuples = relation.rows();
      for (int i = 0; i < key.length; i++) {
        key[i] = value(columns.terms[bound[i]], binding);
      }
      int from = which.from(relation);
      int to = which.to(relation);
      for (int row = index.first(key); row >= 0 && row < to; row = index.next(row)) {
        meter.count();
        if (row >= from && columns.match(tuples, row, binding)) {
          next.run(binding);
        }
      }
    };
  }

  /** Goes on if the tuple, whose terms all have values, is (or is not) there. */
  static Next check(Atom atom, boolean negated, Meter meter, Next next) {
    int[] tuple = new int[atom.relation().arity()];
    return binding -> {
      meter.count();
      for (int column = 0; column < tuple.length; column++) {
        tuple[column] = value(atom.term(column), binding);
      }
      if (atom.relation().rows().contains(tuple) != negated) {
        next.run(binding);
      }
    };
  }

  /**
   * A guard that is tried as soon as its variables have values, and once more if it failed by an
   * error: only for what matches otherwise is that an error of the program.
   */
  static final class Trial {
    private final Guard guard;
    private boolean failed;

    Trial(Guard guard) {
      this.guard = guard;
    }

    Next filter(Next next) {
      return binding -> {
        if (mayHold(binding)) {
          next.run(binding);
        }
      };
    }

    private boolean mayHold(int[] binding) {
      try {
        return guard.holds(binding);
      } catch (Fault | ArithmeticException e) {
        failed = true;
        return true;
      }
    }

    /** Comes after everything else. */
    Next confirm(Next next) {
      return binding -> {
        if (!failed || guard.holds(binding)) {
          next.run(binding);
        }
      };
    }
  }

  /** Adds the head's tuple to its relation. */
  static Next derive(Atom head) {
    int[] tuple = new int[head.relation().arity()];
    return binding -> {
      for (int column = 0; column < tuple.length; column++) {
        tuple[column] = value(head.term(column), binding);
      }
      head.relation().rows().add(tuple);
    };
  }
}
