package org.tensorlogic.io.coreml;

import java.io.IOException;
import org.tensorlogic.Half;

/** Computed numbers, rounded to halves. */
record HalfRounded(Numbers numbers) implements Numbers {
  @Override
  public long size() {
    return numbers.size();
  }

  @Override
  public void read(long from, float[] target, int at, int n) throws IOException {
    numbers.read(from, target, at, n);
    for (int i = at; i < at + n; i++) {
      target[i] = Half.toFloat(Half.fromFloat(target[i]));
    }
  }
}
