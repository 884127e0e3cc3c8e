package org.tensorlogic.lang.logic;

import java.util.Arrays;

/** A set of int tuples of one length in the order of their insertion. */
final class Tuples {
  private static final int INITIAL_ROWS = 8;

  private final int arity;
  private final Budget budget;
  private int[] data;
  private int size;

  /** Open addressing: row + 1, or 0 for a free slot. */
  private int[] slots;

  Tuples(int arity, Budget budget) {
    this.arity = arity;
    this.budget = budget;
    this.data = new int[INITIAL_ROWS * arity];
    this.slots = new int[2 * INITIAL_ROWS];
    budget.memory(bytes());
  }

  private long bytes() {
    return 4L * (data.length + slots.length);
  }

  /** Gives the memory back to the budget; the set must not be used any more. */
  void release() {
    budget.memory(-bytes());
  }

  int arity() {
    return arity;
  }

  int size() {
    return size;
  }

  int get(int row, int column) {
    return data[row * arity + column];
  }

  int[] row(int row) {
    return Arrays.copyOfRange(data, row * arity, (row + 1) * arity);
  }

  boolean contains(int[] tuple) {
    return slots[slot(tuple)] != 0;
  }

  /** Adds a copy of the tuple; false if it was there. */
  boolean add(int[] tuple) {
    int slot = slot(tuple);
    if (slots[slot] != 0) {
      return false;
    }
    if ((size + 1) * (long) arity > data.length) {
      growData();
    }
    System.arraycopy(tuple, 0, data, size * arity, arity);
    slots[slot] = ++size;
    if (2 * size > slots.length) {
      growSlots();
    }
    return true;
  }

  private void growData() {
    int rows = Math.max(INITIAL_ROWS, Math.multiplyExact(2, size));
    budget.memory(4L * (rows - size) * arity);
    data = Arrays.copyOf(data, Math.multiplyExact(rows, arity));
  }

  private void growSlots() {
    budget.memory(4L * slots.length);
    slots = new int[Math.multiplyExact(2, slots.length)];
    int[] tuple = new int[arity];
    for (int row = 0; row < size; row++) {
      System.arraycopy(data, row * arity, tuple, 0, arity);
      slots[slot(tuple)] = row + 1;
    }
  }

  /** The slot of an equal tuple, or the free one where it belongs. */
  private int slot(int[] tuple) {
    int mask = slots.length - 1;
    int slot = hash(tuple) & mask;
    while (slots[slot] != 0 && !equal(slots[slot] - 1, tuple)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean equal(int row, int[] tuple) {
    int start = row * arity;
    for (int column = 0; column < arity; column++) {
      if (data[start + column] != tuple[column]) {
        return false;
      }
    }
    return true;
  }

  private static int hash(int[] tuple) {
    int hash = 0;
    for (int value : tuple) {
      hash = mix(hash, value);
    }
    return hash ^ (hash >>> 15);
  }

  static int mix(int hash, int value) {
    return (hash ^ value) * 0x9E3779B1 + 0x7F4A7C15;
  }
}
