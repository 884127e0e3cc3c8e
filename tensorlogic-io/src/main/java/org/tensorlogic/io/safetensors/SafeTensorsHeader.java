package org.tensorlogic.io.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.io.FileModel;
import org.tensorlogic.io.Json;
import org.tensorlogic.io.JsonSyntaxException;
import org.tensorlogic.io.MappedFile;

/**
 * The header of a SafeTensors file, checked before any data are touched. The format:
 *
 * <ol>
 *   <li>8 bytes: N, the length of the header, unsigned little endian, at most 100,000,000
 *   <li>N bytes: one JSON object in UTF-8
 *   <li>the data, to the end of the file
 * </ol>
 *
 * Each key of the object names a tensor: {@code {"dtype": "F16", "shape": [2, 3], "data_offsets":
 * [begin, end]}}, offsets counted from the start of the data, elements row-major and little endian.
 * Sorted by offset the tensors cover the data exactly: no gap, no overlap, nothing left over. The
 * key {@code __metadata__} holds a map of strings. Keys are unique.
 */
record SafeTensorsHeader(Map<String, String> metadata, List<Tensor> tensors) {
  static final long LONGEST = 100_000_000;
  static final String METADATA = "__metadata__";

  /** Sizes in the format's JSON schema. */
  private static final long LARGEST_SIZE = (1L << 48) - 1;

  /** Bytes that a tensor takes in a header, about. */
  private static final int TYPICAL_ENTRY = 100;

  /** One tensor: offsets in the file, not in the data. */
  record Tensor(String name, SafeTensorsType type, List<Long> shape, long begin, long end) {
    TensorInfo info() {
      return new TensorInfo(
          name, shape, type.name(), FileModel.ifRepresentable(type.encoding(), shape), end - begin);
    }
  }

  /** Reads and checks the header; tensors come in the order of their data. */
  static SafeTensorsHeader read(MappedFile file) throws IOException {
    Path path = file.path();
    if (file.size() < 8) {
      throw new MalformedModelException(
          path,
          0,
          "header too small: a SafeTensors file begins with an 8-byte length, the file has "
              + file.size()
              + " bytes");
    }
    long length = file.getLong(0);
    if (Long.compareUnsigned(length, LONGEST) > 0) {
      throw new MalformedModelException(
          path,
          0,
          "header too large: at most " + LONGEST + " bytes, got " + Long.toUnsignedString(length));
    }
    if (length > file.size() - 8) {
      throw new MalformedModelException(
          path,
          0,
          "invalid header length: "
              + length
              + " bytes, the file has "
              + (file.size() - 8)
              + " left");
    }
    byte[] json = file.getBytes(8, (int) length);
    SafeTensorsHeader header;
    try (JsonParser parser = Json.parser(path, 8, json, "the header")) {
      header = new Parser(parser, 8 + length).header();
    } catch (JsonProcessingException e) {
      throw Json.malformed(path, 8, json, "the header", e);
    }
    header.validate(path, 8 + length, file.size());
    return header;
  }

  /** The layout rules, tensor by tensor in the order of their data. */
  private void validate(Path path, long dataStart, long fileSize) throws MalformedModelException {
    tensors.sort(Comparator.comparingLong(Tensor::begin).thenComparingLong(Tensor::end));
    long cursor = dataStart;
    for (Tensor tensor : tensors) {
      validate(path, tensor, cursor, dataStart);
      cursor = tensor.end;
    }
    if (cursor != fileSize) {
      throw new MalformedModelException(
          path,
          Math.min(cursor, fileSize),
          "incomplete data: the tensors end at byte "
              + cursor
              + ", the file has "
              + fileSize
              + (cursor > fileSize ? "; it has been cut short" : "; bytes that no tensor claims"));
    }
  }

  private static void validate(Path path, Tensor tensor, long expected, long dataStart)
      throws MalformedModelException {
    if (tensor.begin != expected || tensor.end < tensor.begin) {
      throw new MalformedModelException(
          path,
          tensor.begin,
          "invalid offset: '"
              + tensor.name
              + "' must begin at "
              + (expected - dataStart)
              + " where the data before it end, has ["
              + (tensor.begin - dataStart)
              + ", "
              + (tensor.end - dataStart)
              + "]");
    }
    long bits = bits(path, tensor);
    if (bits % 8 != 0) {
      throw new MalformedModelException(
          path,
          tensor.begin,
          "misaligned: '" + tensor.name + "' takes " + bits + " bits, not whole bytes");
    }
    if (tensor.end - tensor.begin != bits / 8) {
      throw new MalformedModelException(
          path,
          tensor.begin,
          "invalid size: '"
              + tensor.name
              + "' "
              + tensor.type
              + tensor.shape
              + " takes "
              + bits / 8
              + " bytes, its offsets say "
              + (tensor.end - tensor.begin));
    }
  }

  private static long bits(Path path, Tensor tensor) throws MalformedModelException {
    try {
      long elements = 1;
      for (long dim : tensor.shape) {
        elements = Math.multiplyExact(elements, dim);
      }
      return Math.multiplyExact(elements, tensor.type.bits());
    } catch (ArithmeticException e) {
      throw new MalformedModelException(
          path,
          tensor.begin,
          "overflow: '" + tensor.name + "' has more than 2^63-1 bits: " + tensor.shape,
          e);
    }
  }

  /** The JSON rules. */
  private static final class Parser {
    private final JsonParser json;
    private final long dataStart;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private final Set<String> names;
    private long[] sizes = new long[8]; // of the array that was read last

    Parser(JsonParser json, long dataStart) {
      this.json = json;
      this.dataStart = dataStart;
      this.names = Sets.newHashSetWithExpectedSize((int) (dataStart / TYPICAL_ENTRY));
    }

    SafeTensorsHeader header() throws IOException {
      Json.expect(json, JsonToken.START_OBJECT, "the header");
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = Json.text(json);
        if (!names.add(name)) {
          throw new JsonSyntaxException(json, "the key \"" + name + "\" occurs twice");
        }
        if (name.equals(METADATA)) {
          metadata();
        } else {
          tensors.add(tensor(name));
        }
      }
      Json.expectEnd(json);
      return new SafeTensorsHeader(metadata, tensors);
    }

    private void metadata() throws IOException {
      JsonToken token = json.nextToken();
      if (token == JsonToken.VALUE_NULL) {
        return;
      }
      Json.require(json, token, JsonToken.START_OBJECT, METADATA);
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = Json.text(json);
        Json.expect(json, JsonToken.VALUE_STRING, METADATA + " \"" + key + "\"");
        if (metadata.put(key, Json.text(json)) != null) {
          throw new JsonSyntaxException(json, METADATA + ": the key \"" + key + "\" occurs twice");
        }
      }
    }

    private Tensor tensor(String name) throws IOException {
      JsonToken token = json.nextToken();
      if (token != JsonToken.START_OBJECT) {
        Json.require(json, token, JsonToken.START_OBJECT, "'" + name + "'");
      }
      SafeTensorsType type = null;
      List<Long> shape = null;
      Offsets offsets = null;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.getText();
        switch (field) {
          case "dtype" -> type = once(type, field, name, type(name));
          case "shape" -> shape = once(shape, field, name, shape(field, name));
          case "data_offsets" -> offsets = once(offsets, field, name, offsets(field, name));
          default ->
              throw new JsonSyntaxException(json, "unknown field: " + field + " of '" + name + "'");
        }
      }
      if (type == null || shape == null || offsets == null) {
        throw new JsonSyntaxException(
            json, "'" + name + "' must have dtype, shape and data_offsets, one is missing");
      }
      return new Tensor(name, type, shape, dataStart + offsets.begin, dataStart + offsets.end);
    }

    private record Offsets(long begin, long end) {}

    private <T> T once(@Nullable T before, String field, String name, T value)
        throws JsonSyntaxException {
      if (before != null) {
        throw new JsonSyntaxException(json, field + " of '" + name + "' occurs twice");
      }
      return value;
    }

    private SafeTensorsType type(String name) throws IOException {
      JsonToken token = json.nextToken();
      if (token != JsonToken.VALUE_STRING) {
        Json.require(json, token, JsonToken.VALUE_STRING, "dtype of '" + name + "'");
      }
      SafeTensorsType type = SafeTensorsType.named(json.getText());
      if (type == null) {
        throw new JsonSyntaxException(
            json, "dtype of '" + name + "' is unknown: \"" + json.getText() + "\"");
      }
      return type;
    }

    private List<Long> shape(String field, String name) throws IOException {
      Long[] shape = new Long[sizes(field, name)];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = sizes[i];
      }
      return List.of(shape);
    }

    private Offsets offsets(String field, String name) throws IOException {
      int n = sizes(field, name);
      if (n != 2) {
        throw new JsonSyntaxException(
            json, field + " of '" + name + "' must be two numbers, got " + n);
      }
      return new Offsets(sizes[0], sizes[1]);
    }

    /** Reads an array of sizes; how many there are. */
    private int sizes(String field, String name) throws IOException {
      JsonToken token = json.nextToken();
      if (token != JsonToken.START_ARRAY) {
        Json.require(json, token, JsonToken.START_ARRAY, field + " of '" + name + "'");
      }
      int n = 0;
      for (token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
        if (token != JsonToken.VALUE_NUMBER_INT) {
          Json.require(json, token, JsonToken.VALUE_NUMBER_INT, field + " of '" + name + "'");
        }
        if (n == sizes.length) {
          sizes = Arrays.copyOf(sizes, 2 * n);
        }
        sizes[n++] = size(field, name);
      }
      return n;
    }

    private long size(String field, String name) throws IOException {
      if (json.getTextCharacters()[json.getTextOffset()] == '-') {
        throw new JsonSyntaxException(
            json, field + " of '" + name + "' must not be negative, has " + json.getText());
      }
      if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || json.getLongValue() > LARGEST_SIZE) {
        throw new JsonSyntaxException(
            json, field + " of '" + name + "' must be at most 2^48-1, has " + json.getText());
      }
      return json.getLongValue();
    }
  }
}
