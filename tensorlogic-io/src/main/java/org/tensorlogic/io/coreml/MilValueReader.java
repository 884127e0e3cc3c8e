package org.tensorlogic.io.coreml;

import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.MalformedModelException;

/**
 * Reads the values of a MIL program from its protocol buffers. Numbers stay in the file where they
 * can be found again: packed floats, bytes, weight files.
 */
final class MilValueReader {
  private final WeightFiles weights;
  private final RecentMessages<MilType> types = new RecentMessages<>();
  private final ProtoReader.Body<Content> immediate = this::immediate; // one object, not one a call
  private final ProtoReader.Body<Content> blob = this::blob;

  MilValueReader(WeightFiles weights) {
    this.weights = weights;
  }

  /** What a value holds, before its type is known: the fields come in any order. */
  private interface Content {
    MilValue of(MilType type, ProtoReader in) throws IOException;
  }

  /** Reads message ValueType, the field that the reader is at. */
  MilType type(ProtoReader in) throws IOException {
    return in.message(types, MilTypeReader::type);
  }

  /** Reads message Value. */
  MilValue value(ProtoReader in) throws IOException {
    MilType type = null;
    Content content = null;
    while (in.next()) {
      switch (in.field()) {
        case 2 -> type = type(in);
        case 3 -> content = in.message(immediate);
        case 5 -> content = in.message(blob);
        default -> {}
      }
    }
    if (type == null || content == null) {
      throw in.malformed("a value has no " + (type == null ? "type" : "content"));
    }
    return content.of(type, in);
  }

  private Content immediate(ProtoReader in) throws IOException {
    Content content = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> content = in.message(MilValueReader::tensor);
        case 2, 3 -> {
          List<MilValue> values = in.message(this::values);
          content = (type, at) -> new MilValue.Sequence(values);
        }
        case 4 -> {
          Map<MilValue, MilValue> entries = in.message(this::entries);
          content = (type, at) -> new MilValue.Dictionary(entries);
        }
        default -> {}
      }
    }
    if (content == null) {
      throw in.malformed("an immediate value holds nothing");
    }
    return content;
  }

  private List<MilValue> values(ProtoReader in) throws IOException {
    List<MilValue> values = new ArrayList<>();
    while (in.next()) {
      if (in.field() == 1) {
        values.add(in.message(this::value));
      }
    }
    return values;
  }

  private Map<MilValue, MilValue> entries(ProtoReader in) throws IOException {
    Map<MilValue, MilValue> entries = new LinkedHashMap<>();
    while (in.next()) {
      if (in.field() == 1) {
        Map.Entry<MilValue, MilValue> entry = in.message(this::keyValue);
        entries.put(entry.getKey(), entry.getValue());
      }
    }
    return entries;
  }

  private Map.Entry<MilValue, MilValue> keyValue(ProtoReader in) throws IOException {
    MilValue key = null;
    MilValue value = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.message(this::value);
        case 2 -> value = in.message(this::value);
        default -> {}
      }
    }
    if (key == null || value == null) {
      throw in.malformed("an entry of a dictionary lacks its key or value");
    }
    return Map.entry(key, value);
  }

  private Content blob(ProtoReader in) throws IOException {
    String name = "";
    long offset = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.string();
        case 2 -> offset = in.int64();
        default -> {}
      }
    }
    String file = name;
    long at = offset;
    return (type, reader) -> {
      MilType.Tensor tensor = constantTensor(type, reader);
      return new MilValue.Numeric(tensor, weights.read(file, at, tensor), true);
    };
  }

  /** Message TensorValue: one of several messages that have field 1, repeated, of some type. */
  private static Content tensor(ProtoReader in) throws IOException {
    Content content =
        (type, at) -> numeric(type, new StoredNumbers.Integers(ImmutableLongArray.of()), at);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> content = numbers(in.message(r -> floats(r, MilDataType.FLOAT32)));
        case 2, 3, 5 -> content = numbers(in.message(MilValueReader::integers));
        case 4 -> content = strings(in.message(MilValueReader::texts));
        case 6 -> content = numbers(in.message(r -> floats(r, MilDataType.FLOAT64)));
        case 7 -> content = bytes(in.message(MilValueReader::run));
        default -> {}
      }
    }
    return content;
  }

  private static Content numbers(StoredNumbers numbers) {
    return (type, in) -> numeric(type, numbers, in);
  }

  private static StoredNumbers floats(ProtoReader in, MilDataType dtype) throws IOException {
    FloatField field = new FloatField(dtype);
    while (in.next()) {
      if (in.field() == 1) {
        field.read(in);
      }
    }
    return field.numbers(in);
  }

  private static StoredNumbers integers(ProtoReader in) throws IOException {
    ImmutableLongArray.Builder values = ImmutableLongArray.builder();
    while (in.next()) {
      if (in.field() == 1) {
        in.int64s(values::add);
      }
    }
    return new StoredNumbers.Integers(values.build());
  }

  private static List<String> texts(ProtoReader in) throws IOException {
    List<String> texts = new ArrayList<>();
    while (in.next()) {
      if (in.field() == 1) {
        texts.add(in.string());
      }
    }
    return texts;
  }

  private static ProtoReader.Span run(ProtoReader in) throws IOException {
    ProtoReader.Span span = new ProtoReader.Span(0, 0);
    while (in.next()) {
      if (in.field() == 1) {
        span = in.bytes();
      }
    }
    return span;
  }

  private static Content bytes(ProtoReader.Span span) {
    return (type, in) -> {
      MilType.Tensor tensor = constantTensor(type, in);
      long size = tensor.size();
      if (tensor.dtype().bits() == 0 || span.size() != tensor.dtype().bytes(size)) {
        throw in.malformed(
            tensor + " takes " + tensor.dtype().bytes(size) + " bytes, has " + span.size());
      }
      PackedNumbers numbers = new PackedNumbers(in.file(), span.offset(), tensor.dtype(), size);
      return new MilValue.Numeric(tensor, numbers, false);
    };
  }

  private static Content strings(List<String> values) {
    return (type, in) -> {
      MilType.Tensor tensor = constantTensor(type, in);
      if (tensor.dtype() != MilDataType.STRING || tensor.size() != values.size()) {
        throw in.malformed("a value of type " + tensor + " holds " + values.size() + " strings");
      }
      return new MilValue.Strings(tensor, values);
    };
  }

  private static MilValue numeric(MilType type, StoredNumbers numbers, ProtoReader in)
      throws MalformedModelException {
    MilType.Tensor tensor = constantTensor(type, in);
    if (tensor.dtype() == MilDataType.STRING && numbers.size() == 0 && tensor.size() == 0) {
      return new MilValue.Strings(tensor, List.of());
    }
    if (tensor.dtype() == MilDataType.STRING || tensor.size() != numbers.size()) {
      throw in.malformed("a value of type " + tensor + " holds " + numbers.size() + " numbers");
    }
    return new MilValue.Numeric(tensor, numbers, false);
  }

  private static MilType.Tensor constantTensor(@Nullable MilType type, ProtoReader in)
      throws MalformedModelException {
    if (type instanceof MilType.Tensor tensor && tensor.size() >= 0) {
      return tensor;
    }
    throw in.malformed("a value that is written down must be a tensor of known size, is " + type);
  }
}
