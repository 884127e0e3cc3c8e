package org.tensorlogic.io.coreml;

import org.tensorlogic.io.MappedFile;

/** Unsigned integers of 1 to 8 bits, the first in the highest bits of the first byte. */
record HighBitFirstNumbers(MappedFile file, long offset, int bits, long size) implements Numbers {
  private static final int CHUNK = 1 << 13;

  @Override
  public void read(long from, float[] target, int at, int n) {
    while (n > 0) {
      int now = Math.min(n, CHUNK);
      long firstByte = from * bits / 8;
      long lastByte = ((from + now) * bits - 1) / 8;
      byte[] bytes = file.getBytes(offset + firstByte, (int) (lastByte - firstByte + 1));
      int bit = (int) (from * bits % 8);
      for (int i = 0; i < now; i++, bit += bits) {
        int word = (bytes[bit / 8] & 0xFF) << 8;
        if (bit % 8 + bits > 8) {
          word |= bytes[bit / 8 + 1] & 0xFF;
        }
        target[at + i] = (word >>> (16 - bit % 8 - bits)) & ((1 << bits) - 1);
      }
      from += now;
      at += now;
      n -= now;
    }
  }
}
