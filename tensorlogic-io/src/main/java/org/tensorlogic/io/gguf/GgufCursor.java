package org.tensorlogic.io.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.MappedFile;

/** Reads a header forwards, in the file's byte order, never past the end. */
final class GgufCursor {
  private static final long LONGEST_STRING = 1L << 30;
  private static final int WINDOW = 1 << 10;
  private static final char REPLACEMENT = '\uFFFD'; // of what is not UTF-8

  private final MappedFile file;
  private final ByteOrder order;
  private final boolean shortCounts;
  private long position;
  private ByteBuffer window = ByteBuffer.allocate(0); // a copy of the bytes last read, and more
  private long windowStart;
  private @Nullable String owner;

  /**
   * @param shortCounts whether counts and lengths have 32 bits, as in version 1
   */
  GgufCursor(MappedFile file, ByteOrder order, boolean shortCounts, long position) {
    this.file = file;
    this.order = order;
    this.shortCounts = shortCounts;
    this.position = position;
  }

  MappedFile file() {
    return file;
  }

  /** The same place of the same file, to read on independently. */
  GgufCursor copy() {
    return at(position);
  }

  /** Another place of the same file. */
  GgufCursor at(long other) {
    return new GgufCursor(file, order, shortCounts, other);
  }

  /** The key or tensor that what is read next belongs to; messages name it. */
  void within(@Nullable String name) {
    owner = name;
  }

  private String named(String what) {
    return owner == null ? what : what + " of '" + owner + "'";
  }

  long position() {
    return position;
  }

  long remaining() {
    return file.size() - position;
  }

  MalformedModelException malformed(String reason) {
    return malformed(position, reason);
  }

  MalformedModelException malformed(long offset, String reason) {
    return new MalformedModelException(file.path(), offset, reason);
  }

  /** Moves over bytes that must be there. */
  long skip(long bytes, String what) throws MalformedModelException {
    if (bytes > remaining()) {
      throw malformed(
          what
              + " takes "
              + bytes
              + " bytes, the file has "
              + remaining()
              + " left; it is cut short");
    }
    long at = position;
    position += bytes;
    return at;
  }

  /** Where in the window bytes are that must be there; not more than it can hold. */
  private int take(int bytes, String what) throws MalformedModelException {
    long at = skip(bytes, what);
    if (position > windowStart + window.capacity()) {
      int size = (int) Math.min(WINDOW, file.size() - at);
      window = ByteBuffer.wrap(file.getBytes(at, size)).order(order);
      windowStart = at;
    }
    return (int) (at - windowStart);
  }

  int u8(String what) throws MalformedModelException {
    int at = take(1, what);
    return window.get(at) & 0xFF;
  }

  short i16(String what) throws MalformedModelException {
    int at = take(2, what);
    return window.getShort(at);
  }

  int i32(String what) throws MalformedModelException {
    int at = take(4, what);
    return window.getInt(at);
  }

  long i64(String what) throws MalformedModelException {
    int at = take(8, what);
    return window.getLong(at);
  }

  /** A count or length: negative only if the file says so. */
  long count(String what) throws MalformedModelException {
    return shortCounts ? i32(what) & 0xFFFFFFFFL : i64(what);
  }

  /** Bytes of a count. */
  int countBytes() {
    return shortCounts ? 4 : 8;
  }

  /** Moves over a string. */
  void skipString(String what) throws MalformedModelException {
    skip(length(what), what);
  }

  private long length(String what) throws MalformedModelException {
    long at = position;
    long length = count(what);
    if (length < 0 || length > LONGEST_STRING) {
      throw malformed(
          at,
          "the length of " + what + " must be at most 2^30, is " + Long.toUnsignedString(length));
    }
    return length;
  }

  /** The bytes of a string. */
  byte[] stringBytes(String what) throws MalformedModelException {
    long length = length(what);
    if (length > WINDOW) {
      return file.getBytes(skip(length, what), (int) length);
    }
    int at = take((int) length, what);
    return Arrays.copyOfRange(window.array(), at, at + (int) length);
  }

  /** A string; bytes that are not UTF-8 become U+FFFD. */
  String string(String what) throws MalformedModelException {
    return new String(stringBytes(what), UTF_8);
  }

  /** A string that must be UTF-8. */
  String name(String what) throws MalformedModelException {
    long at = position;
    byte[] bytes = stringBytes(what);
    String name = new String(bytes, UTF_8);
    if (name.indexOf(REPLACEMENT) >= 0 && !Utf8.isWellFormed(bytes)) {
      throw malformed(at, named(what) + " is not UTF-8");
    }
    return name;
  }

  /** A scalar as stored: Long, Double, Boolean or String. */
  Object scalar(GgufValueType type, String what) throws MalformedModelException {
    return switch (type) {
      case UINT8 -> (long) u8(what);
      case INT8 -> (long) (byte) u8(what);
      case UINT16 -> i16(what) & 0xFFFFL;
      case INT16 -> (long) i16(what);
      case UINT32 -> i32(what) & 0xFFFFFFFFL;
      case INT32 -> (long) i32(what);
      case FLOAT32 -> (double) Float.intBitsToFloat(i32(what));
      case BOOL -> u8(what) != 0;
      case STRING -> string(what);
      case UINT64, INT64 -> i64(what);
      case FLOAT64 -> Double.longBitsToDouble(i64(what));
      case ARRAY -> throw new IllegalArgumentException("an array is no scalar");
    };
  }
}
