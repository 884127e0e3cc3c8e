package org.tensorlogic.io.gguf;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;
import org.tensorlogic.Model;
import org.tensorlogic.io.FileModel;

/**
 * The metadata of a GGUF file that is written. From a GGUF file they keep their types; otherwise
 * integers become UINT32 (INT32 if negative or in lists, 64 bits if too large), other numbers
 * FLOAT32, as llama.cpp expects them; entries of maps get the keys {@code map.entry}.
 */
final class GgufMetadata {
  private static final String FILE_TYPE = "general.file_type";
  private static final int LARGEST_ALIGNMENT = 1 << 16;

  private final Map<String, GgufHeader.Value> values = new LinkedHashMap<>();

  private GgufMetadata() {}

  /**
   * The metadata of a model.
   *
   * @param encoding that the whole model is being written as, or null
   */
  static GgufMetadata of(Model model, @Nullable Encoding encoding, boolean quantized) {
    GgufMetadata metadata = new GgufMetadata();
    GgufHeader header =
        model instanceof FileModel file ? file.attachment(GgufHeader.class).orElse(null) : null;
    if (header != null) {
      metadata.values.putAll(header.values());
    } else {
      model.metadata().asMap().forEach(metadata::put);
    }
    metadata.values.keySet().removeIf(key -> key.isEmpty() || key.startsWith("split."));
    if (quantized) {
      metadata.put(GgufHeader.QUANTIZATION_VERSION, 2L);
    }
    if (encoding != null) {
      metadata.put(FILE_TYPE, fileType(encoding));
    }
    return metadata;
  }

  /** llama.cpp's numbers for models that are mostly of one type. */
  private static long fileType(Encoding encoding) {
    return switch (encoding) {
      case F32 -> 0;
      case Q4_0 -> 2;
      case Q8_0 -> 7;
      default -> 1;
    };
  }

  Map<String, GgufHeader.Value> values() {
    return values;
  }

  /** The alignment that the metadata ask for; an impossible or wasteful one is dropped. */
  int alignment() {
    GgufHeader.Value given = values.get(GgufHeader.ALIGNMENT);
    if (given != null
        && given.type() == GgufValueType.UINT32
        && given.value() instanceof Long alignment
        && Long.bitCount(alignment) == 1
        && alignment <= LARGEST_ALIGNMENT) {
      return alignment.intValue();
    }
    values.remove(GgufHeader.ALIGNMENT);
    return GgufHeader.DEFAULT_ALIGNMENT;
  }

  private void put(String key, Object value) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, entry) -> put(key + "." + name, entry));
    } else if (value instanceof List<?> list) {
      values.put(key, new GgufHeader.Value(GgufValueType.ARRAY, array(list)));
    } else if (value instanceof Long number) {
      values.put(key, new GgufHeader.Value(integer(number), number));
    } else if (value instanceof Boolean) {
      values.put(key, new GgufHeader.Value(GgufValueType.BOOL, value));
    } else if (value instanceof Number) {
      values.put(key, new GgufHeader.Value(GgufValueType.FLOAT32, value));
    } else {
      values.put(key, new GgufHeader.Value(GgufValueType.STRING, value.toString()));
    }
  }

  private static GgufValueType integer(long value) {
    if (value >>> 32 == 0) {
      return GgufValueType.UINT32;
    }
    return value == (int) value ? GgufValueType.INT32 : GgufValueType.INT64;
  }

  private static Object array(List<?> list) {
    if (list instanceof GgufArray) {
      return list;
    }
    if (all(list, element -> element instanceof Long number && number == number.intValue())) {
      return new GgufOutput.TypedList(GgufValueType.INT32, list);
    }
    if (all(list, Long.class::isInstance)) {
      return new GgufOutput.TypedList(GgufValueType.INT64, list);
    }
    if (all(list, Number.class::isInstance)) {
      return new GgufOutput.TypedList(GgufValueType.FLOAT32, list);
    }
    if (all(list, Boolean.class::isInstance)) {
      return new GgufOutput.TypedList(GgufValueType.BOOL, list);
    }
    return new GgufOutput.TypedList(
        GgufValueType.STRING, list.stream().map(Object::toString).toList());
  }

  private static boolean all(List<?> list, Predicate<Object> test) {
    return list.stream().allMatch(test);
  }
}
