package org.tensorlogic.io.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;

/** Builds SafeTensors files, good and bad, from a header as written down and data. */
final class SafeTensorsFile {
  /** The entry of an I32 tensor of one element at the start of the data. */
  static final String ONE = entry("I32", "[1]", 0, 4);

  private final byte[] header;
  private long length;
  private byte[] data = new byte[0];

  private SafeTensorsFile(byte[] header) {
    this.header = header;
    this.length = header.length;
  }

  static String entry(String dtype, String shape, long begin, long end) {
    return "{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(dtype, shape, begin, end);
  }

  static SafeTensorsFile header(String json) {
    return header(json.getBytes(UTF_8));
  }

  static SafeTensorsFile header(byte[] json) {
    return new SafeTensorsFile(json);
  }

  /** One tensor {@code t} of this entry. */
  static SafeTensorsFile of(String entry) {
    return header("{\"t\":" + entry + "}");
  }

  /** One tensor {@code t}. */
  static SafeTensorsFile of(String dtype, String shape, long begin, long end) {
    return of(entry(dtype, shape, begin, end));
  }

  /** Two tensors {@code a} and {@code b}. */
  static SafeTensorsFile of(String a, String b) {
    return header("{\"a\":" + a + ",\"b\":" + b + "}");
  }

  /** This metadata and one good tensor. */
  static SafeTensorsFile metadata(String json) {
    return header("{\"__metadata__\":" + json + ",\"t\":" + ONE + "}").data(4);
  }

  /** The length to write, right or wrong. */
  SafeTensorsFile length(long other) {
    this.length = other;
    return this;
  }

  SafeTensorsFile data(int zeros) {
    return data(new byte[zeros]);
  }

  SafeTensorsFile data(byte[] bytes) {
    this.data = bytes.clone();
    return this;
  }

  byte[] bytes() {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .put(data)
        .array();
  }

  Path write(Path directory) throws IOException {
    return Files.write(directory.resolve("model.safetensors"), bytes());
  }

  Model open(Path directory) throws IOException {
    return new SafeTensorsFormat().open(write(directory), LoadOptions.defaults());
  }
}
