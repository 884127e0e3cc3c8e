package org.tensorlogic.io.coreml;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Writes a protocol buffer message field by field, right or wrong. */
final class Proto {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes, 1);

  static Proto message() {
    return new Proto();
  }

  private interface Writing {
    void write(CodedOutputStream out) throws IOException;
  }

  private Proto write(Writing writing) {
    try {
      writing.write(out);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Proto number(int field, long value) {
    return write(o -> o.writeInt64(field, value));
  }

  Proto text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  Proto bytes(int field, byte... value) {
    return write(o -> o.writeByteArray(field, value));
  }

  Proto message(int field, Proto value) {
    return bytes(field, value.toBytes());
  }

  Proto float32(int field, float value) {
    return write(o -> o.writeFloat(field, value));
  }

  Proto packed(int field, float... values) {
    Proto run = message();
    for (float value : values) {
      run.write(o -> o.writeFloatNoTag(value));
    }
    return message(field, run);
  }

  Proto packed(int field, long... values) {
    Proto run = message();
    for (long value : values) {
      run.write(o -> o.writeInt64NoTag(value));
    }
    return message(field, run);
  }

  /** An entry of a map. */
  Proto entry(int field, String key, Proto value) {
    return message(field, message().text(1, key).message(2, value));
  }

  Proto beginGroup(int field) {
    return write(o -> o.writeTag(field, WireFormat.WIRETYPE_START_GROUP));
  }

  Proto endGroup(int field) {
    return write(o -> o.writeTag(field, WireFormat.WIRETYPE_END_GROUP));
  }

  /** Bytes as they are, without a tag. */
  Proto raw(int... values) {
    for (int value : values) {
      write(o -> o.write((byte) value));
    }
    return this;
  }

  /** Fields as they are. */
  Proto raw(byte[] fields) {
    return write(o -> o.writeRawBytes(fields));
  }

  byte[] toBytes() {
    write(CodedOutputStream::flush);
    return bytes.toByteArray();
  }
}
