package org.tensorlogic.io.coreml;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.tensorlogic.Encoding;
import org.tensorlogic.io.MappedFile;

/**
 * Elements as they lie in a file, little endian; those of less than a byte with the first in the
 * lowest bits.
 */
record PackedNumbers(MappedFile file, long offset, MilDataType dtype, long size)
    implements StoredNumbers {
  private static final int CHUNK = 1 << 13;

  /** The same bits as elements of another type. */
  PackedNumbers as(MilDataType other, long count) {
    return new PackedNumbers(file, offset, other, count);
  }

  /** Bytes in the file. */
  long byteSize() {
    return dtype.bytes(size);
  }

  @Override
  public Number get(long index) {
    byte[] bytes = bytes(index, 1);
    if (dtype == MilDataType.FLOAT64) {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getDouble();
    }
    if (dtype.isFloat()) {
      float[] one = new float[1];
      read(index, one, 0, 1);
      return (double) one[0];
    }
    return integer(bytes, shift(index));
  }

  @Override
  public void read(long from, float[] target, int at, int n) {
    while (n > 0) {
      int now = Math.min(n, CHUNK);
      decode(bytes(from, now), shift(from), target, at, now);
      from += now;
      at += now;
      n -= now;
    }
  }

  /** The bytes that hold some elements. */
  private byte[] bytes(long from, int n) {
    long firstBit = from * dtype.bits();
    long lastBit = (from + n) * dtype.bits() - 1;
    return file.getBytes(offset + firstBit / 8, (int) (lastBit / 8 - firstBit / 8 + 1));
  }

  /** Bits of the first of these bytes that belong to elements before. */
  private int shift(long from) {
    return (int) (from * dtype.bits() % 8);
  }

  private void decode(byte[] bytes, int shift, float[] target, int at, int n) {
    Encoding encoding = dtype.encoding();
    if (encoding != null) {
      encoding.decode(bytes, 0, target, at, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      target[at + i] = integer(bytes, shift + (long) i * dtype.bits());
    }
  }

  /** The integer that begins at a bit. */
  private long integer(byte[] bytes, long bit) {
    int first = (int) (bit / 8);
    int last = (int) ((bit + dtype.bits() - 1) / 8);
    long word = 0;
    for (int i = last; i >= first; i--) {
      word = (word << 8) | (bytes[i] & 0xFF);
    }
    int unused = 64 - dtype.bits();
    long raised = (word >>> (bit % 8)) << unused;
    return dtype.isUnsigned() || dtype == MilDataType.BOOL ? raised >>> unused : raised >> unused;
  }
}
