package org.tensorlogic.io.coreml;

import java.io.IOException;

/** Numbers in order, read or computed a range at a time. One thread at a time. */
interface Numbers {
  /** How many. */
  long size();

  /** Reads {@code n} of them, rounded to floats. */
  void read(long from, float[] target, int at, int n) throws IOException;
}
