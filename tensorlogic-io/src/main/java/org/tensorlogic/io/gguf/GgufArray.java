package org.tensorlogic.io.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Objects;
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
  private Place last = new Place(-2, 0); // racy, and no worse than forgotten

  /** Where the string after the one that was read last is. */
  private record Place(int index, long position) {}

  private GgufArray(
      GgufValueType elementType, int size, GgufCursor file, long start, long[] strings) {
    this.elementType = elementType;
    this.size = size;
    this.file = file;
    this.start = start;
    this.strings = strings;
  }

  /** Checks the array at the cursor and moves over it. */
  static GgufArray read(GgufCursor cursor, String key) throws MalformedModelException {
    long at = cursor.position();
    int id = cursor.i32("the element type");
    GgufValueType type = GgufValueType.of(id);
    if (type == null || type == GgufValueType.ARRAY) {
      throw cursor.malformed(
          at,
          "'"
              + key
              + "' has elements of type "
              + (type == null ? id + ", which is unknown" : "array, which is not allowed"));
    }
    long countAt = cursor.position();
    long count = cursor.count("the length");
    if (count < 0 || count > LARGEST) {
      throw cursor.malformed(
          countAt,
          "'" + key + "' must have at most 2^30 elements, has " + Long.toUnsignedString(count));
    }
    long smallest = Math.multiplyExact(count, (long) type.bytes());
    if (type != GgufValueType.STRING) {
      long start = cursor.skip(smallest, "the array");
      return new GgufArray(type, (int) count, cursor.copy(), start, new long[0]);
    }
    return strings(cursor, (int) count);
  }

  private static GgufArray strings(GgufCursor cursor, int count) throws MalformedModelException {
    long start = cursor.position();
    long[] positions = new long[Math.min(1 + count / STRIDE, 1024)];
    for (int i = 0; i < count; i++) {
      if (i % STRIDE == 0) {
        if (i / STRIDE == positions.length) { // grows with what was really found
          positions = Arrays.copyOf(positions, 2 * positions.length);
        }
        positions[i / STRIDE] = cursor.position();
      }
      cursor.skipString("a string");
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
      return elementType == GgufValueType.STRING
          ? new String(stringBytes(index), UTF_8)
          : file.at(start + (long) Objects.checkIndex(index, size) * elementType.bytes())
              .scalar(elementType, "an element");
    } catch (MalformedModelException e) {
      throw new UncheckedIOException(e); // the file changed since it was checked
    }
  }

  /** The bytes of a string, as stored. */
  byte[] stringBytes(int index) {
    Objects.checkIndex(index, size);
    try {
      Place place = last;
      boolean next = place.index == index;
      GgufCursor cursor = file.at(next ? place.position : strings[index / STRIDE]);
      for (int i = next ? 0 : index % STRIDE; i > 0; i--) {
        cursor.skipString("an element");
      }
      byte[] bytes = cursor.stringBytes("an element");
      last = new Place(index + 1, cursor.position());
      return bytes;
    } catch (MalformedModelException e) {
      throw new UncheckedIOException(e); // the file changed since it was checked
    }
  }
}
