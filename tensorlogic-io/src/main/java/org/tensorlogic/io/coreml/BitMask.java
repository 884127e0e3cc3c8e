package org.tensorlogic.io.coreml;

import java.io.IOException;

/** The positions of the elements that a sparse tensor stores, with their numbers. */
final class BitMask {
  private static final int WORDS = 8; // per entry of the index
  private static final int CHUNK = 1 << 14;

  /** Positions that a mask may have. */
  static final long MOST = 1L << 36;

  private final long size;
  private final long[] words;
  private final long[] ranks; // set bits before each group of words

  private BitMask(long size, long[] words) {
    this.size = size;
    this.words = words;
    this.ranks = new long[words.length / WORDS + 2];
    long rank = 0;
    for (int i = 0; i < words.length; i++) {
      if (i % WORDS == 0) {
        ranks[i / WORDS] = rank;
      }
      rank += Long.bitCount(words[i]);
    }
    ranks[ranks.length - 1] = rank;
    if (words.length % WORDS == 0) {
      ranks[words.length / WORDS] = rank;
    }
  }

  /** Reads a mask of at most {@link #MOST} positions: what is not zero is stored. */
  static BitMask read(Numbers mask) throws IOException {
    long[] words = new long[(int) ((mask.size() + 63) / 64)];
    float[] bits = new float[(int) Math.min(CHUNK, mask.size())];
    for (long at = 0; at < mask.size(); at += bits.length) {
      int n = (int) Math.min(bits.length, mask.size() - at);
      mask.read(at, bits, 0, n);
      for (int i = 0; i < n; i++) {
        if (bits[i] != 0) {
          words[(int) ((at + i) >>> 6)] |= 1L << (at + i);
        }
      }
    }
    return new BitMask(mask.size(), words);
  }

  /** Stored elements in all. */
  long count() {
    return ranks[ranks.length - 1];
  }

  /** Whether the element at a position is stored. */
  boolean get(long position) {
    return ((words[(int) (position >>> 6)] >>> position) & 1) != 0;
  }

  /** How many stored elements are before a position. */
  long rank(long position) {
    int word = (int) (position >>> 6);
    long rank = ranks[word / WORDS];
    for (int i = word / WORDS * WORDS; i < word; i++) {
      rank += Long.bitCount(words[i]);
    }
    long below = (1L << position) - 1;
    return word == words.length ? rank : rank + Long.bitCount(words[word] & below);
  }

  /** The position of stored element {@code k}. */
  long select(long k) {
    long low = 0;
    long high = size - 1;
    while (low < high) { // the last position with at most k before it
      long middle = (low + high + 1) >>> 1;
      if (rank(middle) <= k) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /** The first stored position after {@code position}, or the size if there is none. */
  long next(long position) {
    long at = position + 1;
    while (at < size && !get(at)) {
      at = (words[(int) (at >>> 6)] >>> at) == 0 ? (at | 63) + 1 : at + 1;
    }
    return Math.min(at, size);
  }
}
