package org.tensorlogic.io.coreml;

import java.io.IOException;

/** Numbers one at a time, read ahead: for indices that mostly grow. */
final class Window {
  private static final int SIZE = 1 << 12;

  private final Numbers numbers;
  private final float[] values;
  private long start;
  private long end;

  Window(Numbers numbers) {
    this.numbers = numbers;
    this.values = new float[(int) Math.min(SIZE, numbers.size())];
  }

  float get(long index) throws IOException {
    if (index < start || index >= end) {
      int n = (int) Math.min(values.length, numbers.size() - index);
      numbers.read(index, values, 0, n);
      start = index;
      end = index + n;
    }
    return values[(int) (index - start)];
  }
}
