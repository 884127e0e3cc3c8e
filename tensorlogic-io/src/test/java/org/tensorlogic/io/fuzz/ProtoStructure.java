package org.tensorlogic.io.fuzz;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Protocol buffers without their schema: runs of bytes that could be messages count as such. */
final class ProtoStructure implements Structure {
  private static final int DEEPEST = 30;

  @Override
  public Node read(byte[] file) {
    Node root = new Node('m', null);
    if (!read(file, root, 0)) {
      throw new IllegalArgumentException("the seed is no message");
    }
    return root;
  }

  private static boolean read(byte[] bytes, Node message, int depth) {
    CodedInputStream in = CodedInputStream.newInstance(bytes);
    try {
      while (!in.isAtEnd()) {
        int tag = in.readTag();
        Node field = field(in, tag, depth);
        if (field == null) {
          return false;
        }
        message.add(field);
      }
      return !message.children.isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private static @Nullable Node field(CodedInputStream in, int tag, int depth) throws IOException {
    int number = WireFormat.getTagFieldNumber(tag);
    return switch (WireFormat.getTagWireType(tag)) {
      case WireFormat.WIRETYPE_VARINT -> new Node('v', number, in.readRawVarint64());
      case WireFormat.WIRETYPE_FIXED32 -> new Node('4', number, (long) in.readRawLittleEndian32());
      case WireFormat.WIRETYPE_FIXED64 -> new Node('8', number, in.readRawLittleEndian64());
      case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
        byte[] run = in.readByteArray();
        Node message = new Node('m', number, null);
        yield depth < DEEPEST && read(run, message, depth + 1)
            ? message
            : new Node('b', number, run);
      }
      default -> null;
    };
  }

  @Override
  public byte[] write(Node root) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      for (Node child : root.children) {
        write(child, out);
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void write(Node node, CodedOutputStream out) throws IOException {
    long number = node.value instanceof Long value ? value : 0;
    switch (node.kind) {
      case 'v' -> out.writeUInt64(node.field, number);
      case '4' -> out.writeFixed32(node.field, (int) number);
      case '8' -> out.writeFixed64(node.field, number);
      default ->
          out.writeByteArray(node.field, node.value instanceof byte[] run ? run : write(node));
    }
  }
}
