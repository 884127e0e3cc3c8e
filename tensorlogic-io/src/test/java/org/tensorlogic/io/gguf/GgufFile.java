package org.tensorlogic.io.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.tensorlogic.LoadOptions;
import org.tensorlogic.Model;

/** Builds GGUF files, good and bad, field by field; counts are right unless said otherwise. */
final class GgufFile {
  private final int version;
  private final ByteOrder order;
  private final ByteArrayOutputStream pairs = new ByteArrayOutputStream();
  private final ByteArrayOutputStream tensors = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private byte[] magic = {'G', 'G', 'U', 'F'};
  private long pairCount;
  private long tensorCount;
  private long alignment = 32;
  private int cut;

  private GgufFile(int version, ByteOrder order) {
    this.version = version;
    this.order = order;
  }

  static GgufFile version(int version) {
    return new GgufFile(version, ByteOrder.LITTLE_ENDIAN);
  }

  static GgufFile v3() {
    return version(3);
  }

  static GgufFile bigEndian() {
    return new GgufFile(3, ByteOrder.BIG_ENDIAN);
  }

  GgufFile magic(String other) {
    this.magic = other.getBytes(UTF_8);
    return this;
  }

  /** The alignment by which the data are padded, whatever the metadata say. */
  GgufFile paddedTo(long other) {
    this.alignment = other;
    return this;
  }

  GgufFile pairCount(long other) {
    this.pairCount = other;
    return this;
  }

  GgufFile tensorCount(long other) {
    this.tensorCount = other;
    return this;
  }

  /** The bytes to leave out at the end. */
  GgufFile cut(int bytes) {
    this.cut = bytes;
    return this;
  }

  // ---- Fields

  byte[] i16(int value) {
    return ByteBuffer.allocate(2).order(order).putShort((short) value).array();
  }

  byte[] i32(int value) {
    return ByteBuffer.allocate(4).order(order).putInt(value).array();
  }

  byte[] i64(long value) {
    return ByteBuffer.allocate(8).order(order).putLong(value).array();
  }

  /** A count or length. */
  byte[] count(long value) {
    return version == 1 ? i32((int) value) : i64(value);
  }

  byte[] string(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return join(count(bytes.length), bytes);
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  // ---- Metadata

  /** A pair of any bytes. */
  GgufFile pair(byte[]... parts) {
    pairs.writeBytes(join(parts));
    pairCount++;
    return this;
  }

  GgufFile pair(String key, GgufValueType type, byte[]... value) {
    return pair(string(key), i32(type.id()), join(value));
  }

  GgufFile u32(String key, int value) {
    return pair(key, GgufValueType.UINT32, i32(value));
  }

  GgufFile text(String key, String value) {
    return pair(key, GgufValueType.STRING, string(value));
  }

  GgufFile array(String key, GgufValueType type, int count, byte[]... elements) {
    return pair(key, GgufValueType.ARRAY, i32(type.id()), count(count), join(elements));
  }

  // ---- Tensors

  /** A tensor of any bytes. */
  GgufFile tensor(byte[]... parts) {
    tensors.writeBytes(join(parts));
    tensorCount++;
    return this;
  }

  /** A tensor without data, its extents innermost first. */
  GgufFile tensor(String name, int type, long offset, long... extents) {
    byte[] dims = new byte[0];
    for (long extent : extents) {
      dims = join(dims, count(extent));
    }
    return tensor(string(name), i32(extents.length), dims, i32(type), i64(offset));
  }

  /** A tensor and its data, where they belong. */
  GgufFile tensor(String name, GgmlType type, byte[] bytes, long... extents) {
    long offset = data.size();
    data.writeBytes(bytes);
    data.writeBytes(new byte[(int) Math.floorMod(-bytes.length, alignment)]);
    return tensor(name, type.id(), offset, extents);
  }

  GgufFile data(int zeros) {
    data.writeBytes(new byte[zeros]);
    return this;
  }

  byte[] bytes() {
    byte[] head =
        join(
            magic,
            i32(version),
            count(tensorCount),
            count(pairCount),
            pairs.toByteArray(),
            tensors.toByteArray());
    byte[] padding =
        data.size() == 0 ? new byte[0] : new byte[(int) Math.floorMod(-head.length, alignment)];
    byte[] all = join(head, padding, data.toByteArray());
    return Arrays.copyOf(all, all.length - cut);
  }

  Path write(Path directory) throws IOException {
    return write(directory, "model.gguf");
  }

  Path write(Path directory, String name) throws IOException {
    return Files.write(directory.resolve(name), bytes());
  }

  Model open(Path directory) throws IOException {
    return new GgufFormat().open(write(directory), LoadOptions.defaults());
  }
}
