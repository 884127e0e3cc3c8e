package org.tensorlogic.benchmarks;

import java.util.Arrays;

/** Sizes written as {@code 512x4096x4096}. */
final class Sizes {
  private Sizes() {}

  static long[] parse(String text) {
    return Arrays.stream(text.split("x")).mapToLong(Long::parseLong).toArray();
  }
}
