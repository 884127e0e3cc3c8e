package org.tensorlogic.io.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * GGUF: pairs and tensors, whose numbers are counted and whose data lie one after the other. Each
 * tensor keeps the size of its data.
 */
final class GgufStructure implements Structure {
  private static final int[] WIDTHS = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8}; // of value types
  private static final int STRING = 8;
  private static final int ARRAY = 9;
  private static final int ALIGNMENT = 32;
  private static final long LARGEST = 1 << 16;

  @Override
  public Node read(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(4);
    boolean big = (in.getInt(4) & 0xFFFF) == 0;
    in.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int version = in.getInt();
    boolean isShort = version == 1;
    Node root = new Node(big ? 'B' : 'L', null).add(new Node('4', (long) version));
    Node pairs = new Node('p', null);
    Node tensors = new Node('t', null);
    long tensorCount = count(in, isShort);
    for (long i = count(in, isShort); i > 0; i--) {
      Node pair = new Node('.', null).add(text(in, isShort));
      pairs.add(value(pair, in, isShort));
    }
    for (long i = 0; i < tensorCount; i++) {
      tensors.add(tensor(in, isShort));
    }
    giveSizes(
        tensors.children, file.length - (in.position() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    return root.add(pairs).add(tensors);
  }

  private static long count(ByteBuffer in, boolean isShort) {
    return isShort ? in.getInt() : in.getLong();
  }

  private static Node text(ByteBuffer in, boolean isShort) {
    byte[] bytes = new byte[(int) count(in, isShort)];
    in.get(bytes);
    return new Node('s', new String(bytes, ISO_8859_1));
  }

  private static Node value(Node pair, ByteBuffer in, boolean isShort) {
    int type = in.getInt();
    pair.add(new Node('4', (long) type));
    if (type == ARRAY) {
      int element = in.getInt();
      Node array = new Node('a', null);
      pair.add(new Node('4', (long) element)).add(array);
      for (long i = count(in, isShort); i > 0; i--) {
        array.add(scalar(element, in, isShort));
      }
      return pair;
    }
    return pair.add(scalar(type, in, isShort));
  }

  private static Node scalar(int type, ByteBuffer in, boolean isShort) {
    return type == STRING
        ? text(in, isShort)
        : switch (WIDTHS[type]) {
          case 1 -> new Node('1', (long) in.get());
          case 2 -> new Node('2', (long) in.getShort());
          case 4 -> new Node('4', (long) in.getInt());
          default -> new Node('8', in.getLong());
        };
  }

  private static Node tensor(ByteBuffer in, boolean isShort) {
    Node extents = new Node('d', null);
    Node tensor = new Node('T', null).add(text(in, isShort)).add(extents);
    for (int i = in.getInt(); i > 0; i--) {
      extents.add(new Node('c', count(in, isShort)));
    }
    return tensor.add(new Node('4', (long) in.getInt())).add(new Node('o', in.getLong()));
  }

  private static void giveSizes(List<Node> tensors, long dataSize) {
    long end = dataSize;
    for (int i = tensors.size() - 1; i >= 0; i--) {
      Node offset = tensors.get(i).children.get(3);
      if (offset.value instanceof Long begin) {
        offset.value = end - begin;
        end = begin;
      }
    }
  }

  @Override
  public byte[] write(Node root) {
    return new Writing(root).file();
  }

  private static final class Writing {
    private final Node root;
    private final boolean big;
    private final boolean isShort;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private long dataSize;

    Writing(Node root) {
      this.root = root;
      this.big = root.kind == 'B';
      this.isShort = !root.children.isEmpty() && Long.valueOf(1).equals(root.children.get(0).value);
    }

    byte[] file() {
      out.writeBytes("GGUF".getBytes(ISO_8859_1));
      for (Node part : root.children) {
        if (part.kind == 'p') {
          count(count(root, 't'));
          count(count(root, 'p'));
        }
        write(part);
      }
      int head = (out.size() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      out.writeBytes(new byte[head - out.size() + (int) dataSize]);
      return out.toByteArray();
    }

    private static int count(Node root, char kind) {
      return root.children.stream()
          .filter(part -> part.kind == kind)
          .mapToInt(part -> part.children.size())
          .sum();
    }

    private void write(Node node) {
      long number = node.value instanceof Long value ? value : 0;
      switch (node.kind) {
        case 's' -> {
          byte[] text = String.valueOf(node.value).getBytes(ISO_8859_1);
          count(text.length);
          out.writeBytes(text);
        }
        case '1' -> integer(number, 1);
        case '2' -> integer(number, 2);
        case '4' -> integer(number, 4);
        case '8' -> integer(number, 8);
        case 'c' -> count(number);
        case 'a' -> count(node.children.size());
        case 'd' -> integer(node.children.size(), 4);
        case 'o' -> {
          integer(dataSize, 8);
          if (number >= 0 && number < LARGEST - dataSize) {
            dataSize += (number + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
          }
        }
        default -> {}
      }
      node.children.forEach(this::write);
    }

    private void count(long value) {
      integer(value, isShort ? 4 : 8);
    }

    private void integer(long value, int width) {
      for (int i = 0; i < width; i++) {
        out.write((int) (value >>> (8 * (big ? width - 1 - i : i))));
      }
    }
  }
}
