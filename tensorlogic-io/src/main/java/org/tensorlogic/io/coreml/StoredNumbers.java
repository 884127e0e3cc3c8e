package org.tensorlogic.io.coreml;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;

/** Numbers that are written down, each available without rounding. May be used by many threads. */
interface StoredNumbers extends Numbers {

  /** One of them: a Long or a Double. */
  Number get(long index);

  @Override
  default void read(long from, float[] target, int at, int n) {
    for (int i = 0; i < n; i++) {
      target[at + i] = get(from + i).floatValue();
    }
  }

  /** Integers on the heap. */
  record Integers(ImmutableLongArray values) implements StoredNumbers {
    @Override
    public long size() {
      return values.length();
    }

    @Override
    public Number get(long index) {
      return values.get((int) index);
    }
  }

  /** Floating-point numbers on the heap. */
  record Floats(ImmutableDoubleArray values) implements StoredNumbers {
    @Override
    public long size() {
      return values.length();
    }

    @Override
    public Number get(long index) {
      return values.get((int) index);
    }
  }

  /** Elements of some bits, the first in the lowest, in bytes that are written as numbers. */
  record Unpacked(StoredNumbers bytes, MilDataType dtype, long size) implements StoredNumbers {
    @Override
    public Number get(long index) {
      long value = 0;
      for (int i = 0; i < dtype.bits(); i++) {
        long bit = index * dtype.bits() + i;
        value |= ((bytes.get(bit / 8).longValue() >>> (bit % 8)) & 1) << i;
      }
      return value;
    }
  }

  /** Parts one after the other, as repeated fields may come. */
  static StoredNumbers join(List<StoredNumbers> parts) {
    return parts.size() == 1 ? parts.get(0) : new Joined(parts);
  }

  /** Several parts. */
  final class Joined implements StoredNumbers {
    private final StoredNumbers[] parts;
    private final long[] starts;

    private Joined(List<StoredNumbers> parts) {
      this.parts = parts.toArray(StoredNumbers[]::new);
      this.starts = new long[parts.size() + 1];
      for (int i = 0; i < this.parts.length; i++) {
        starts[i + 1] = starts[i] + this.parts[i].size();
      }
    }

    @Override
    public long size() {
      return starts[parts.length];
    }

    private int partOf(long index) {
      int low = 0;
      int high = parts.length - 1;
      while (low < high) {
        int middle = (low + high + 1) >>> 1;
        if (starts[middle] <= index) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return low;
    }

    @Override
    public Number get(long index) {
      int part = partOf(index);
      return parts[part].get(index - starts[part]);
    }

    @Override
    public void read(long from, float[] target, int at, int n) {
      for (int part = partOf(from); n > 0; part++) {
        int now = (int) Math.min(n, starts[part + 1] - from);
        parts[part].read(from - starts[part], target, at, now);
        from += now;
        at += now;
        n -= now;
      }
    }
  }
}
