package org.tensorlogic.io.gguf;

import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;
import org.tensorlogic.MalformedModelException;

/**
 * An array of metadata, read from the file where it is touched, not before; unusable when the model
 * has been closed. Strings, which differ in length, are found from the nearest of remembered
 * positions.
 */
final class GgufArray extends AbstractList<Object> implements RandomAccess {
  private static final long LARGEST = 1L << 30;
  private static final int STRIDE = 32;

  private final GgufValueType elementType;
  private final int size;
  private final GgufCursor file;
  private final long start;
  private final long[] strings; // the position of every 32nd string

  private GgufArray(
      GgufValueType elementType, int size, GgufCursor file, long start, long[] strings) {
    this.elementType = elementType;
    this.size = size;
    this.file = file;
    this.start = start;
    this.strings = strings;
  }

  /** Checks the array at the cursor and moves over it. */
  static GgufArray read(GgufCursor cursor, String what) throws MalformedModelException {
    long at = cursor.position();
    int id = cursor.i32("the element type of " + what);
    GgufValueType type = GgufValueType.of(id);
    if (type == null || type == GgufValueType.ARRAY) {
      throw cursor.malformed(
          at,
          what
              + " has elements of type "
              + (type == null ? id + ", which is unknown" : "array, which is not allowed"));
    }
    long countAt = cursor.position();
    long count = cursor.count("the length of " + what);
    if (count < 0 || count > LARGEST) {
      throw cursor.malformed(
          countAt, what + " must have at most 2^30 elements, has " + Long.toUnsignedString(count));
    }
    long smallest = Math.multiplyExact(count, (long) type.bytes());
    if (type != GgufValueType.STRING) {
      long start = cursor.skip(smallest, what);
      return new GgufArray(type, (int) count, cursor.copy(), start, new long[0]);
    }
    return strings(cursor, what, (int) count);
  }

  private static GgufArray strings(GgufCursor cursor, String what, int count)
      throws MalformedModelException {
    long start = cursor.position();
    long[] positions = new long[Math.min(1 + count / STRIDE, 1024)];
    for (int i = 0; i < count; i++) {
      if (i % STRIDE == 0) {
        if (i / STRIDE == positions.length) { // grows with what was really found
          positions = Arrays.copyOf(positions, 2 * positions.length);
        }
        positions[i / STRIDE] = cursor.position();
      }
      cursor.skipString(what);
    }
    return new GgufArray(GgufValueType.STRING, count, cursor.copy(), start, positions);
  }

  GgufValueType elementType() {
    return elementType;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Object get(int index) {
    return new GgufHeader.Value(elementType, stored(index)).readable();
  }

  /** An element as stored. */
  Object stored(int index) {
    try {
      return cursor(index).scalar(elementType, "an element");
    } catch (MalformedModelException e) {
      throw new UncheckedIOException(e); // the file changed since it was checked
    }
  }

  /** The bytes of a string, as stored. */
  byte[] stringBytes(int index) {
    try {
      return cursor(index).stringBytes("an element");
    } catch (MalformedModelException e) {
      throw new UncheckedIOException(e);
    }
  }

  private GgufCursor cursor(int index) throws MalformedModelException {
    java.util.Objects.checkIndex(index, size);
    if (elementType != GgufValueType.STRING) {
      return file.at(start + (long) index * elementType.bytes());
    }
    GgufCursor cursor = file.at(strings[index / STRIDE]);
    for (int i = index % STRIDE; i > 0; i--) {
      cursor.skipString("an element");
    }
    return cursor;
  }
}
