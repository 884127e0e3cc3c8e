package org.tensorlogic.lang.logic;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** A named set of tuples: the asserted facts, and the rows, which are facts and what follows. */
public final class Relation {
  private final String name;
  private final int arity;
  private final Budget budget;
  private final Tuples facts;
  private Tuples rows;
  private final Map<List<Integer>, TupleIndex> indexes = new HashMap<>();
  private boolean derived;

  /** When facts or rows last changed, on the clock of the program. */
  private long changed;

  /** Semi-naive evaluation: rows from {@code oldEnd} to {@code end} were new in the last round. */
  private int oldEnd;

  private int end;

  Relation(String name, int arity, Budget budget) {
    this.name = name;
    this.arity = arity;
    this.budget = budget;
    this.facts = new Tuples(arity, budget);
    this.rows = facts;
  }

  public String name() {
    return name;
  }

  public int arity() {
    return arity;
  }

  Tuples facts() {
    return facts;
  }

  /**
   * Facts in the order of assertion, then what rules derived; for a relation brought up to date.
   */
  Tuples rows() {
    return rows;
  }

  /** Whether a rule has it as its head. */
  boolean isDerived() {
    return derived;
  }

  void markDerived() {
    derived = true;
  }

  /** Its last rule has been taken back. */
  void markBase() {
    derived = false;
    forget();
    rows = facts;
  }

  long changed() {
    return changed;
  }

  void touch(long time) {
    changed = time;
  }

  /** Begins an evaluation: rows are the facts alone. */
  void reset() {
    if (derived) {
      forget();
      rows = new Tuples(arity, budget);
      for (int row = 0; row < facts.size(); row++) {
        rows.add(facts.row(row));
      }
    }
    oldEnd = 0;
    end = rows.size();
  }

  private void forget() {
    indexes.values().forEach(TupleIndex::release);
    indexes.clear();
    if (rows != facts) {
      rows.release();
    }
  }

  /** Gives all memory back to the budget; the relation must not be used any more. */
  void release() {
    forget();
    facts.release();
  }

  /** Makes all rows visible, if it is not among those being evaluated. */
  void settle(Set<Relation> evaluated) {
    if (!evaluated.contains(this)) {
      end = rows.size();
      oldEnd = 0;
    }
  }

  /** Ends a round; false if it brought nothing new. */
  boolean advance() {
    oldEnd = end;
    end = rows.size();
    return end > oldEnd;
  }

  int oldEnd() {
    return oldEnd;
  }

  int end() {
    return end;
  }

  /** The index of the rows on these columns, ascending. */
  TupleIndex index(int... columns) {
    return indexes.computeIfAbsent(
        IntStream.of(columns).boxed().toList(), key -> new TupleIndex(rows, budget, columns));
  }

  @Override
  public String toString() {
    return name + "/" + arity;
  }
}
