package org.tensorlogic.io.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * SafeTensors: the header's JSON, in which each tensor keeps the size of its data but not their
 * place, so that tensors can come and go.
 */
final class SafeTensorsStructure implements Structure {
  private static final long LARGEST = 1 << 16;

  private final JsonStructure json = new JsonStructure();

  @Override
  public Node read(byte[] file) {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return json.read(Arrays.copyOfRange(file, 8, 8 + length));
  }

  @Override
  public byte[] write(Node root) {
    long size = layOut(root);
    byte[] header = json.write(root);
    return ByteBuffer.allocate(8 + header.length + (int) size)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }

  private static long layOut(Node root) {
    long cursor = 0;
    for (Node node : root.descendants()) {
      if (node.kind == ':'
          && "data_offsets".equals(node.value)
          && !node.children.isEmpty()
          && node.children.get(0).children.size() == 2
          && node.children.get(0).children.get(0).value instanceof Long begin
          && node.children.get(0).children.get(1).value instanceof Long end
          && end - begin >= 0
          && end - begin + cursor < LARGEST) {
        node.children.get(0).children.get(0).value = cursor;
        cursor += end - begin;
        node.children.get(0).children.get(1).value = cursor;
      }
    }
    return cursor;
  }
}
