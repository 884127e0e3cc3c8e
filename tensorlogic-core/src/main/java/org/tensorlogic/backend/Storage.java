package org.tensorlogic.backend;

import org.tensorlogic.Encoding;
import org.tensorlogic.Half;

/**
 * Elements of one encoding in a memory: {@code size} of them from {@code byteOffset} on. Reading
 * and writing here is the plain way, in floats; kernels use the {@link Memory#address}.
 */
public record Storage(Memory memory, long byteOffset, Encoding encoding, long size) {
  /** Checks that the elements lie inside the memory. */
  public Storage {
    long bytes = encoding.bytes(size);
    if (byteOffset < 0 || byteOffset > memory.byteSize() - bytes) {
      throw new IndexOutOfBoundsException(
          "storage: "
              + bytes
              + " bytes at "
              + byteOffset
              + " are outside the memory's "
              + memory.byteSize());
    }
  }

  /** Storage over a whole new memory. */
  public static Storage of(Memory memory, Encoding encoding, long size) {
    return new Storage(memory, 0, encoding, size);
  }

  /** Size in bytes. */
  public long byteSize() {
    return encoding.bytes(size);
  }

  /** The raw address of an element of a plain encoding; of its block for a packed one. */
  public long address(long index) {
    return memory.address() + byteOffset + index / encoding.blockSize() * encoding.blockBytes();
  }

  /** Decodes {@code n} consecutive elements. */
  public void read(long index, float[] target, int at, int n) {
    if (encoding == Encoding.F32) {
      memory.get(byteOffset + 4 * index, target, at, n);
    } else if (encoding == Encoding.F16) {
      short[] halves = new short[n];
      memory.get(byteOffset + 2 * index, halves, 0, n);
      Half.toFloats(halves, 0, target, at, n);
    } else {
      readBlocks(index, target, at, n);
    }
  }

  private void readBlocks(long index, float[] target, int at, int n) {
    int size = encoding.blockSize();
    long first = index / size;
    int skip = (int) (index % size);
    int blocks = (skip + n + size - 1) / size;
    byte[] bytes = new byte[blocks * encoding.blockBytes()];
    memory.get(byteOffset + first * encoding.blockBytes(), bytes, 0, bytes.length);
    if (skip == 0 && n == blocks * size) {
      encoding.decode(bytes, 0, target, at, blocks);
    } else {
      float[] whole = new float[blocks * size];
      encoding.decode(bytes, 0, whole, 0, blocks);
      System.arraycopy(whole, skip, target, at, n);
    }
  }

  /**
   * Decodes {@code n} elements, {@code stride} apart; of no elements, the index is not looked at.
   */
  public void read(long index, long stride, float[] target, int at, int n) {
    if (n == 0) {
      return;
    }
    if (stride == 1 || n == 1) {
      read(index, target, at, n);
    } else if (stride == 0) {
      java.util.Arrays.fill(target, at, at + n, get(index));
    } else {
      for (int i = 0; i < n; i++) {
        target[at + i] = get(index + i * stride);
      }
    }
  }

  /** One element. */
  public float get(long index) {
    if (encoding == Encoding.F16) {
      return Half.toFloat(memory.getShort(byteOffset + 2 * index));
    }
    if (encoding == Encoding.F32) {
      return Float.intBitsToFloat(memory.getInt(byteOffset + 4 * index));
    }
    float[] one = new float[1];
    readBlocks(index, one, 0, 1);
    return one[0];
  }

  /** Rounds {@code n} floats into consecutive elements; plain encodings only. */
  public void write(long index, float[] source, int at, int n) {
    if (encoding == Encoding.F32) {
      memory.put(byteOffset + 4 * index, source, at, n);
    } else if (encoding == Encoding.F16) {
      short[] halves = new short[n];
      Half.fromFloats(source, at, halves, 0, n);
      memory.put(byteOffset + 2 * index, halves, 0, n);
    } else {
      throw new IllegalArgumentException("storage: " + encoding + " is read-only");
    }
  }

  /** Rounds {@code n} floats into elements {@code stride} apart; plain encodings only. */
  public void write(long index, long stride, float[] source, int at, int n) {
    if (stride == 1 || n == 1) {
      write(index, source, at, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      write(index + i * stride, source, at + i, 1);
    }
  }
}
