package org.tensorlogic.io.gguf;

import org.jspecify.annotations.Nullable;

/** The types of metadata values; a file has their position in this list. */
enum GgufValueType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  STRING(8),
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private static final GgufValueType[] VALUES = values();

  private final int bytes;

  GgufValueType(int bytes) {
    this.bytes = bytes;
  }

  /** The type of this number, or null. */
  static @Nullable GgufValueType of(int id) {
    return id >= 0 && id < VALUES.length ? VALUES[id] : null;
  }

  /** Its number in a file. */
  @SuppressWarnings("EnumOrdinal") // the file format's numbers
  int id() {
    return ordinal();
  }

  /** Bytes of one value; of the smallest one for strings and arrays. */
  int bytes() {
    return bytes;
  }
}
