package org.tensorlogic.io.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;
import org.tensorlogic.Model;
import org.tensorlogic.SaveOptions;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.io.AtomicFile;
import org.tensorlogic.io.Json;
import org.tensorlogic.io.StoredTensor;
import org.tensorlogic.io.TensorData;

/**
 * Writes SafeTensors, byte for byte as the reference does: tensors by type (the later in {@link
 * SafeTensorsType} first), then by name; metadata first in a compact header, its keys sorted; the
 * header padded with spaces so that data begin at a multiple of 8.
 *
 * <p>Floats are written as halves or floats, as the model gives them; quantized weights as halves;
 * integers and other types that can only be listed are copied as they lie in their file.
 */
final class SafeTensorsWriter {
  private record Planned(
      StoredTensor tensor, SafeTensorsType type, long bytes, TensorData.@Nullable InPlace raw) {}

  private SafeTensorsWriter() {}

  static void write(Model model, Path path, SaveOptions options) throws IOException {
    Encoding wanted = options.encoding();
    if (wanted != null && wanted != Encoding.F16 && wanted != Encoding.F32) {
      throw new IllegalArgumentException(
          "save: SafeTensors can be written as F16 or F32, not as "
              + wanted
              + "; a .gguf file can hold Q8_0 and Q4_0");
    }
    List<Planned> plan = new ArrayList<>();
    for (TensorInfo info : model.tensors()) {
      plan.add(plan(model, info, wanted));
    }
    plan.sort(
        Comparator.comparing(Planned::type)
            .reversed()
            .thenComparing(planned -> utf8(planned.tensor.info().name()), Arrays::compareUnsigned));
    byte[] header = header(plan, metadata(model));
    long total = plan.stream().mapToLong(Planned::bytes).reduce(8L + header.length, Math::addExact);
    try (AtomicFile file = new AtomicFile(path, total, options.progress())) {
      file.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
      file.write(header);
      for (Planned planned : plan) {
        if (planned.raw != null) {
          planned.tensor.copyRaw(planned.raw, file);
        } else {
          Encoding plain = planned.type == SafeTensorsType.F32 ? Encoding.F32 : Encoding.F16;
          planned.tensor.read(elements -> StoredTensor.convert(elements, plain, file));
        }
      }
      file.commit();
    }
  }

  private static Planned plan(Model model, TensorInfo info, @Nullable Encoding wanted) {
    StoredTensor tensor = new StoredTensor(model, info);
    if (info.name().equals(SafeTensorsHeader.METADATA)) {
      throw new IllegalArgumentException(
          "save: a SafeTensors file cannot hold a tensor named " + SafeTensorsHeader.METADATA);
    }
    Encoding given = tensor.given();
    if (given == null) {
      TensorData.InPlace raw = tensor.raw();
      SafeTensorsType type = SafeTensorsType.named(info.storedType());
      if (raw == null || type == null) {
        throw new UnsupportedOperationException(
            "save: '"
                + info.name()
                + "' is stored as "
                + info.storedType()
                + ", which cannot be written to SafeTensors; leave it out");
      }
      return new Planned(tensor, type, info.bytes(), raw);
    }
    SafeTensorsType type = SafeTensorsType.of(wanted == null ? given : wanted);
    long elements = info.shape().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    return new Planned(tensor, type, Math.multiplyExact(elements, type.bits() / 8), null);
  }

  /** Strings as they are, all else as JSON; what came from a config.json stays out. */
  private static Map<String, String> metadata(Model model) {
    Map<String, String> strings = new TreeMap<>();
    model
        .metadata()
        .asMap()
        .forEach(
            (key, value) -> {
              if (!key.startsWith(ModelDirectory.CONFIG_PREFIX)) {
                strings.put(key, value instanceof String text ? text : Json.write(value));
              }
            });
    return strings;
  }

  private static byte[] header(List<Planned> plan, Map<String, String> metadata) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      quote(json, SafeTensorsHeader.METADATA).append(":{");
      metadata.forEach(
          (key, value) -> {
            quote(json, key).append(':');
            quote(json, value).append(',');
          });
      json.setCharAt(json.length() - 1, '}');
      json.append(',');
    }
    long begin = 0;
    for (Planned planned : plan) {
      TensorInfo info = planned.tensor.info();
      long end = Math.addExact(begin, planned.bytes);
      quote(json, info.name())
          .append(":{\"dtype\":\"")
          .append(planned.type)
          .append("\",\"shape\":[");
      for (int i = 0; i < info.shape().size(); i++) {
        json.append(i == 0 ? "" : ",").append(info.shape().get(i));
      }
      json.append("],\"data_offsets\":[").append(begin).append(',').append(end).append("]},");
      begin = end;
    }
    if (json.charAt(json.length() - 1) == ',') {
      json.setLength(json.length() - 1);
    }
    json.append('}');
    byte[] compact = utf8(json.toString());
    byte[] padded = Arrays.copyOf(compact, (compact.length + 7) / 8 * 8);
    Arrays.fill(padded, compact.length, padded.length, (byte) ' ');
    if (padded.length > SafeTensorsHeader.LONGEST) {
      throw new IllegalArgumentException(
          "save: the header would take "
              + padded.length
              + " bytes, at most "
              + SafeTensorsHeader.LONGEST
              + " are allowed; save fewer tensors or less metadata");
    }
    return padded;
  }

  private static StringBuilder quote(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < 0x20) {
            json.append(String.format("\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"');
  }

  private static byte[] utf8(String text) {
    try {
      ByteBuffer encoded = UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "save: a name has an unpaired surrogate and cannot be written as UTF-8: " + text, e);
    }
  }
}
