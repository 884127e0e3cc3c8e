package org.tensorlogic.io.coreml;

import java.util.List;

/** Arithmetic on shapes that come from a file. */
final class Extents {
  /** More elements than any file holds, and few enough that their bits can be counted. */
  private static final long MOST = 1L << 56;

  private Extents() {}

  /** Their product, or -1 if one of them is negative or they are more than any file holds. */
  static long size(List<Long> extents) {
    long size = 1;
    boolean empty = false;
    for (long extent : extents) {
      empty |= extent == 0;
      if (extent < 0 || (extent != 0 && size > MOST / extent)) {
        return -1;
      }
      size *= Math.max(extent, 1);
    }
    return empty ? 0 : size;
  }
}
