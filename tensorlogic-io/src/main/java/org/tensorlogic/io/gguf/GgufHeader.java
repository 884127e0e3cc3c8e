package org.tensorlogic.io.gguf;

import com.google.common.collect.Sets;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.io.FileModel;
import org.tensorlogic.io.MappedFile;

/**
 * The header of a GGUF file, checked before any data are touched. The format, versions 2 and 3:
 *
 * <ol>
 *   <li>the bytes {@code GGUF}
 *   <li>version, u32; if its low half is zero the file is big endian, data included
 *   <li>number of tensors, i64; number of key-value pairs, i64
 *   <li>the pairs: key (string), type (i32), value; an array is element type (i32), count (u64),
 *       elements; a string is its length in bytes (u64) and the bytes
 *   <li>the tensors: name (string), number of axes (u32), extents (i64, the innermost first), type
 *       (i32), offset in the data (u64)
 *   <li>padding to a multiple of {@code general.alignment} (u32, a power of two, 32 if absent)
 *   <li>the data: tensors in this order, each padded to the alignment
 * </ol>
 *
 * In version 1, counts, lengths and extents have 32 bits.
 */
record GgufHeader(
    int version, ByteOrder order, long alignment, Map<String, Value> values, List<Tensor> tensors) {
  static final int MAGIC = 0x46554747; // "GGUF"
  static final String ALIGNMENT = "general.alignment";
  static final String QUANTIZATION_VERSION = "general.quantization_version";
  static final int DEFAULT_ALIGNMENT = 32;
  static final int LONGEST_NAME = 63;
  static final int MAX_AXES = 4;

  private static final int SMALLEST_PAIR = 13;
  private static final int SMALLEST_TENSOR = 20;

  /** Tensors that room is made for before they have been seen. */
  private static final int MOST_EXPECTED = 1 << 17;

  /** A metadata value as stored: UINT64 by its bits, an array as a list. */
  record Value(GgufValueType type, Object value) {
    /** As metadata show it: a UINT64 beyond a long is the nearest double. */
    Object readable() {
      return type == GgufValueType.UINT64 && value instanceof Long bits && bits < 0
          ? (Object) ((bits >>> 1) * 2.0)
          : value;
    }
  }

  /** One tensor: shape as NumPy shows it, offset in the file. */
  record Tensor(String name, GgmlType type, List<Long> shape, long offset, long bytes) {
    TensorInfo info() {
      return new TensorInfo(
          name, shape, type.name(), FileModel.ifRepresentable(type.encoding(), shape), bytes);
    }
  }

  /** Reads and checks the header. */
  static GgufHeader read(MappedFile file) throws MalformedModelException {
    GgufCursor start = new GgufCursor(file, ByteOrder.LITTLE_ENDIAN, false, 0);
    int magic = start.i32("the magic number");
    if (magic != MAGIC) {
      throw start.malformed(
          0, "a GGUF file begins with \"GGUF\", this one with 0x%08x".formatted(magic));
    }
    int version = start.i32("the version");
    ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    if ((version & 0xFFFF) == 0) {
      order = ByteOrder.BIG_ENDIAN;
      version = Integer.reverseBytes(version);
    }
    if (version < 1 || version > 3) {
      throw start.malformed(
          4, "versions 1 to 3 are supported, got " + Integer.toUnsignedString(version));
    }
    return new Reader(new GgufCursor(file, order, version == 1, 8), version, order).header();
  }

  private static final class Reader {
    private final GgufCursor in;
    private final int version;
    private final ByteOrder order;
    private final Map<String, Value> values = new LinkedHashMap<>();

    Reader(GgufCursor in, int version, ByteOrder order) {
      this.in = in;
      this.version = version;
      this.order = order;
    }

    GgufHeader header() throws MalformedModelException {
      long tensorCount = count("tensors", SMALLEST_TENSOR);
      long pairCount = count("key-value pairs", SMALLEST_PAIR);
      for (long i = 0; i < pairCount; i++) {
        pair();
      }
      long alignment = alignment();
      int expected = (int) Math.min(tensorCount, MOST_EXPECTED);
      List<Listed> listed = new ArrayList<>(expected);
      Set<String> names = Sets.newHashSetWithExpectedSize(expected);
      for (long i = 0; i < tensorCount; i++) {
        listed.add(tensor(names));
      }
      checkQuantizationVersion(listed);
      return new GgufHeader(version, order, alignment, values, layOut(listed, alignment));
    }

    private long count(String what, int smallest) throws MalformedModelException {
      long at = in.position();
      long count = in.count("the number of " + what);
      if (count < 0 || count > in.remaining() / smallest) {
        throw in.malformed(at, "the number of " + what + " does not fit the file: " + count);
      }
      return count;
    }

    private void pair() throws MalformedModelException {
      in.within(null);
      long at = in.position();
      String key = in.name("a key");
      if (key.isEmpty()) {
        throw in.malformed(at, "a key is empty");
      }
      if (values.containsKey(key)) {
        throw in.malformed(at, "the key '" + key + "' occurs twice");
      }
      long typeAt = in.position();
      in.within(key);
      int id = in.i32("the type");
      GgufValueType type = GgufValueType.of(id);
      if (type == null) {
        throw in.malformed(typeAt, "'" + key + "' has the unknown type " + id);
      }
      Object value =
          type == GgufValueType.ARRAY ? GgufArray.read(in, key) : in.scalar(type, "the value");
      values.put(key, new Value(type, value));
    }

    private long alignment() throws MalformedModelException {
      Value given = values.get(ALIGNMENT);
      if (given == null) {
        return DEFAULT_ALIGNMENT;
      }
      if (given.type != GgufValueType.UINT32) {
        throw in.malformed(-1, ALIGNMENT + " must be a UINT32, is a " + given.type);
      }
      long alignment = (Long) given.value;
      if (Long.bitCount(alignment) != 1) {
        throw in.malformed(-1, ALIGNMENT + " must be a power of two, is " + alignment);
      }
      return alignment;
    }

    /** A tensor as listed: its place in the data is yet to be checked. */
    private record Listed(
        long at, String name, GgmlType type, List<Long> shape, long bytes, long offset) {}

    private Listed tensor(Set<String> names) throws MalformedModelException {
      in.within(null);
      long at = in.position();
      String name = in.name("a tensor's name");
      if (in.position() - at - in.countBytes() > LONGEST_NAME) {
        throw in.malformed(at, "a tensor's name must be shorter than 64 bytes: '" + name + "'");
      }
      if (!names.add(name)) {
        throw in.malformed(at, "the tensor '" + name + "' occurs twice");
      }
      in.within(name);
      long axesAt = in.position();
      int axes = in.i32("the number of axes");
      if (axes < 0 || axes > MAX_AXES) {
        throw in.malformed(
            axesAt,
            "'"
                + name
                + "' has "
                + Integer.toUnsignedString(axes)
                + " axes, at most 4 are allowed");
      }
      Long[] shape = new Long[axes];
      for (int i = axes - 1; i >= 0; i--) {
        shape[i] = extent(name);
      }
      GgmlType type = type(name);
      long bytes = bytes(name, type, shape);
      long offset = in.i64("the offset");
      return new Listed(at, name, type, List.of(shape), bytes, offset);
    }

    private long extent(String name) throws MalformedModelException {
      long at = in.position();
      long extent = in.count("an extent");
      if (extent < 0) {
        throw in.malformed(at, "an extent of '" + name + "' is negative: " + extent);
      }
      return extent;
    }

    private GgmlType type(String name) throws MalformedModelException {
      long at = in.position();
      int id = in.i32("the type");
      GgmlType type = GgmlType.of(id);
      if (type == null) {
        throw in.malformed(at, "'" + name + "' has the unknown tensor type " + id);
      }
      return type;
    }

    /** Rows times blocks per row times bytes per block, with no product left unchecked. */
    private long bytes(String name, GgmlType type, Long[] shape) throws MalformedModelException {
      long row = shape.length == 0 ? 1 : shape[shape.length - 1];
      if (row % type.blockSize() != 0) {
        throw in.malformed(
            "'"
                + name
                + "' has rows of "
                + row
                + " elements, not a multiple of the "
                + type.blockSize()
                + " in a block of "
                + type);
      }
      try {
        long rows = 1;
        for (int i = 0; i < shape.length - 1; i++) {
          rows = Math.multiplyExact(rows, shape[i]);
        }
        long elements = Math.multiplyExact(rows, row);
        return Math.multiplyExact(elements / type.blockSize(), (long) type.blockBytes());
      } catch (ArithmeticException e) {
        throw new MalformedModelException(
            in.file().path(),
            in.position(),
            "'" + name + "' has more than 2^63-1 elements or bytes: " + List.of(shape),
            e);
      }
    }

    private void checkQuantizationVersion(List<Listed> listed) throws MalformedModelException {
      Value given = values.get(QUANTIZATION_VERSION);
      if (given != null
          && !Long.valueOf(2).equals(given.value)
          && listed.stream().anyMatch(tensor -> tensor.type.isQuantized())) {
        throw in.malformed(
            -1,
            QUANTIZATION_VERSION
                + " must be 2, is "
                + given.value
                + "; quantize the model again with a current llama.cpp");
      }
    }

    /** Tensors lie in order, each padded, all in the file. */
    private List<Tensor> layOut(List<Listed> listed, long alignment)
        throws MalformedModelException {
      List<Tensor> tensors = new ArrayList<>(listed.size());
      long size = 0;
      long start = pad(in.position(), alignment);
      for (Listed tensor : listed) {
        if (tensor.offset != size) {
          throw in.malformed(
              tensor.at,
              "'"
                  + tensor.name
                  + "' must have offset "
                  + size
                  + " after the tensors before it at alignment "
                  + alignment
                  + ", has "
                  + Long.toUnsignedString(tensor.offset));
        }
        long offset = tensor.bytes == 0 ? 0 : start + size; // nothing may lie past the end
        tensors.add(new Tensor(tensor.name, tensor.type, tensor.shape, offset, tensor.bytes));
        try {
          size = Math.addExact(size, pad(tensor.bytes, alignment));
          Math.addExact(start, size);
        } catch (ArithmeticException e) {
          throw new MalformedModelException(
              in.file().path(),
              tensor.at,
              "the data up to '" + tensor.name + "' take more than 2^63-1 bytes",
              e);
        }
      }
      if (size > 0 && start + size > in.file().size()) {
        throw in.malformed(
            in.file().size(),
            "the data take "
                + size
                + " bytes from "
                + start
                + " on, padding included, the file ends after "
                + Math.max(0, in.file().size() - start)
                + "; it is cut short");
      }
      return tensors;
    }
  }

  /** The next multiple of the alignment. */
  static long pad(long size, long alignment) {
    return Math.addExact(size, alignment - 1) & -alignment;
  }
}
