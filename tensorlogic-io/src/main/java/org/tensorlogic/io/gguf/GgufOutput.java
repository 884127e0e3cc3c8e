package org.tensorlogic.io.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;

/** Builds a header, version 3, little endian. */
final class GgufOutput {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  byte[] toByteArray() {
    return bytes.toByteArray();
  }

  int size() {
    return bytes.size();
  }

  GgufOutput i32(int value) {
    return integer(value, 4);
  }

  GgufOutput i64(long value) {
    return integer(value, 8);
  }

  private GgufOutput integer(long value, int width) {
    for (int i = 0; i < width; i++) {
      bytes.write((int) (value >>> (8 * i)));
    }
    return this;
  }

  GgufOutput string(String text) {
    return string(text.getBytes(UTF_8));
  }

  private GgufOutput string(byte[] text) {
    i64(text.length);
    bytes.writeBytes(text);
    return this;
  }

  GgufOutput pair(String key, GgufHeader.Value value) {
    string(key).i32(value.type().id());
    if (value.value() instanceof GgufArray array) {
      array(array);
    } else if (value.value() instanceof TypedList list) {
      i32(list.type().id()).i64(list.elements().size());
      list.elements().forEach(element -> scalar(list.type(), element));
    } else {
      scalar(value.type(), value.value());
    }
    return this;
  }

  private void array(GgufArray array) {
    i32(array.elementType().id()).i64(array.size());
    for (int i = 0; i < array.size(); i++) {
      if (array.elementType() == GgufValueType.STRING) {
        string(array.stringBytes(i));
      } else {
        scalar(array.elementType(), array.stored(i));
      }
    }
  }

  private void scalar(GgufValueType type, Object value) {
    switch (type) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 ->
          integer(((Number) value).longValue(), type.bytes());
      case FLOAT32 -> i32(Float.floatToRawIntBits(((Number) value).floatValue()));
      case FLOAT64 -> i64(Double.doubleToRawLongBits(((Number) value).doubleValue()));
      case BOOL -> bytes.write((Boolean) value ? 1 : 0);
      case STRING -> string((String) value);
      case ARRAY -> throw new IllegalArgumentException("an array is no scalar");
    }
  }

  /** An array to be written. */
  record TypedList(GgufValueType type, List<?> elements) {}
}
