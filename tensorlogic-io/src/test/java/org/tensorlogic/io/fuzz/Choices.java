package org.tensorlogic.io.fuzz;

/** Decisions taken by a run of bytes: the same bytes, the same decisions; 0 when they end. */
final class Choices {
  private final byte[] bytes;
  private int at;

  Choices(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean isEmpty() {
    return at >= bytes.length;
  }

  /** A number from 0 up to but without the bound. */
  int below(int bound) {
    int value = 0;
    for (int covered = 1; covered < bound; covered <<= 8) {
      value = value << 8 | (isEmpty() ? 0 : bytes[at++] & 0xFF);
    }
    return Math.floorMod(value, bound);
  }
}
