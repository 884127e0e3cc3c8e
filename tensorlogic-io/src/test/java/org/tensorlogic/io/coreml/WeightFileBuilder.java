package org.tensorlogic.io.coreml;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A weight file built in code, each number of which can be made wrong afterwards. */
final class WeightFileBuilder {
  static final String NAME = "@model_path/weights/weight.bin";

  private ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 2);

  /** Adds a blob; the offset of its metadata. */
  int add(MilDataType dtype, int paddingBits, byte... data) {
    int offset = (bytes.capacity() + 63) / 64 * 64;
    ByteBuffer longer =
        ByteBuffer.allocate(offset + 64 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    longer.put(0, content(), 0, bytes.capacity());
    longer.putInt(0, bytes.getInt(0) + 1);
    longer.putInt(offset, 0xDEADBEEF);
    longer.putInt(offset + 4, dtype.blobCode());
    longer.putLong(offset + 8, data.length);
    longer.putLong(offset + 16, offset + 64);
    longer.putLong(offset + 24, paddingBits);
    longer.put(offset + 64, data);
    bytes = longer;
    return offset;
  }

  /** Adds halves, given by their bits. */
  int addHalves(int... halves) {
    ByteBuffer data = ByteBuffer.allocate(2 * halves.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int half : halves) {
      data.putShort((short) half);
    }
    return add(MilDataType.FLOAT16, 0, data.array());
  }

  ByteBuffer bytes() {
    return bytes;
  }

  private byte[] content() {
    byte[] content = new byte[bytes.capacity()];
    bytes.get(0, content);
    return content;
  }

  void truncate(int size) {
    bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).put(0, content(), 0, size);
  }

  void write(Path directory) throws IOException {
    Path file = directory.resolve("weights").resolve("weight.bin");
    Files.createDirectories(directory.resolve("weights"));
    Files.write(file, content());
  }
}
