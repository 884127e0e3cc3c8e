package org.tensorlogic.lang.logic;

import java.util.Arrays;

/** Finds the rows of a set of tuples by the values of some columns, in order of insertion. */
final class TupleIndex {
  private static final int NONE = -1;

  private final Tuples tuples;
  private final Budget budget;
  private final int[] columns;
  private int indexed;
  private int keys;

  /** Per slot the first and last row of a key; rows with one key are chained. */
  private int[] first = free(16);

  private int[] last = new int[16];
  private int[] next = new int[16];

  TupleIndex(Tuples tuples, Budget budget, int... columns) {
    this.tuples = tuples;
    this.budget = budget;
    this.columns = columns;
    budget.memory(bytes());
  }

  private long bytes() {
    return 4L * (first.length + last.length + next.length);
  }

  /** Gives the memory back to the budget; the index must not be used any more. */
  void release() {
    budget.memory(-bytes());
  }

  /** The first row with this key, or -1. */
  int first(int[] key) {
    update();
    return first[slot(key)];
  }

  /** The next row with the same key, or -1. */
  int next(int row) {
    return next[row];
  }

  private void update() {
    if (indexed == tuples.size()) {
      return;
    }
    if (next.length < tuples.size()) {
      int longer = Math.max(tuples.size(), 2 * next.length);
      budget.memory(4L * (longer - next.length));
      next = Arrays.copyOf(next, longer);
    }
    int[] key = new int[columns.length];
    for (; indexed < tuples.size(); indexed++) {
      add(indexed, key);
    }
  }

  private void add(int row, int[] key) {
    read(row, key);
    int slot = slot(key);
    next[row] = NONE;
    if (first[slot] == NONE) {
      first[slot] = row;
      last[slot] = row;
      if (2 * ++keys > first.length) {
        grow();
      }
    } else {
      next[last[slot]] = row;
      last[slot] = row;
    }
  }

  private void grow() {
    budget.memory(8L * first.length);
    int[] oldFirst = first;
    int[] oldLast = last;
    first = free(2 * oldFirst.length);
    last = new int[first.length];
    int[] key = new int[columns.length];
    for (int i = 0; i < oldFirst.length; i++) {
      if (oldFirst[i] != NONE) {
        read(oldFirst[i], key);
        int slot = slot(key);
        first[slot] = oldFirst[i];
        last[slot] = oldLast[i];
      }
    }
  }

  private void read(int row, int[] key) {
    for (int i = 0; i < columns.length; i++) {
      key[i] = tuples.get(row, columns[i]);
    }
  }

  private int slot(int[] key) {
    int hash = 0;
    for (int value : key) {
      hash = Tuples.mix(hash, value);
    }
    int mask = first.length - 1;
    int slot = (hash ^ (hash >>> 15)) & mask;
    while (first[slot] != NONE && !matches(first[slot], key)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean matches(int row, int[] key) {
    for (int i = 0; i < columns.length; i++) {
      if (tuples.get(row, columns[i]) != key[i]) {
        return false;
      }
    }
    return true;
  }

  private static int[] free(int length) {
    int[] slots = new int[length];
    Arrays.fill(slots, NONE);
    return slots;
  }
}
