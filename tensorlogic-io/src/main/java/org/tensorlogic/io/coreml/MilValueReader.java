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

  /**
   * What a value holds, before its type is known: the fields come in any order. Records, as there
   * is one to each value: before they are compiled, lambdas are slow to create.
   */
  private sealed interface Content {
    MilValue of(MilType type, ProtoReader in) throws IOException;
  }

  private record Values(List<MilValue> values) implements Content {
    @Override
    public MilValue of(MilType type, ProtoReader in) {
      return new MilValue.Sequence(values);
    }
  }

  private record Entries(Map<MilValue, MilValue> entries) implements Content {
    @Override
    public MilValue of(MilType type, ProtoReader in) {
      return new MilValue.Dictionary(entries);
    }
  }

  private record Blob(WeightFiles weights, String name, long offset) implements Content {
    @Override
    public MilValue of(MilType type, ProtoReader in) throws IOException {
      MilType.Tensor tensor = constantTensor(type, in);
      return new MilValue.Numeric(tensor, weights.read(name, offset, tensor), true);
    }
  }

  private record Texts(List<String> values) implements Content {
    @Override
    public MilValue of(MilType type, ProtoReader in) throws MalformedModelException {
      MilType.Tensor tensor = constantTensor(type, in);
      if (tensor.dtype() != MilDataType.STRING || tensor.size() != values.size()) {
        throw in.malformed("a value of type " + tensor + " holds " + values.size() + " strings");
      }
      return new MilValue.Strings(tensor, values);
    }
  }

  private record Bytes(ProtoReader.Span span) implements Content {
    @Override
    public MilValue of(MilType type, ProtoReader in) throws MalformedModelException {
      MilType.Tensor tensor = constantTensor(type, in);
      long size = tensor.size();
      if (tensor.dtype().bits() == 0 || span.size() != tensor.dtype().bytes(size)) {
        throw in.malformed(
            tensor + " takes " + tensor.dtype().bytes(size) + " bytes, has " + span.size());
      }
      PackedNumbers numbers = new PackedNumbers(in.file(), span.offset(), tensor.dtype(), size);
      return new MilValue.Numeric(tensor, numbers, false);
    }
  }

  private record WrittenNumbers(StoredNumbers numbers) implements Content {
    private void requireIntegers(MilType.Tensor type, ProtoReader in)
        throws MalformedModelException {
      if (numbers.size() == 0) {
        return;
      }
      if (!(numbers instanceof StoredNumbers.Integers integers)) {
        throw in.malformed("a value of type " + type + " holds floating-point numbers");
      }
      for (int i = 0; i < integers.values().length(); i++) {
        long number = integers.values().get(i);
        if (!type.dtype().holds(number)) {
          throw in.malformed("a value of type " + type + " holds " + number);
        }
      }
    }

    static final WrittenNumbers NONE =
        new WrittenNumbers(new StoredNumbers.Integers(ImmutableLongArray.of()));

    @Override
    public MilValue of(MilType type, ProtoReader in) throws MalformedModelException {
      MilType.Tensor tensor = constantTensor(type, in);
      if (tensor.dtype() == MilDataType.STRING && numbers.size() == 0 && tensor.size() == 0) {
        return new MilValue.Strings(tensor, List.of());
      }
      if (tensor.dtype() == MilDataType.STRING || tensor.size() != numbers.size()) {
        throw in.malformed("a value of type " + tensor + " holds " + numbers.size() + " numbers");
      }
      if (!tensor.dtype().isFloat()) {
        requireIntegers(tensor, in);
      }
      return new MilValue.Numeric(tensor, numbers, false);
    }
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
        case 2, 3 -> content = new Values(in.message(this::values));
        case 4 -> content = new Entries(in.message(this::entries));
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
    return new Blob(weights, name, offset);
  }

  /** Message TensorValue: one of several messages that have field 1, repeated, of some type. */
  private static Content tensor(ProtoReader in) throws IOException {
    Content content = WrittenNumbers.NONE;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> content = new WrittenNumbers(in.message(r -> floats(r, MilDataType.FLOAT32)));
        case 2, 3, 5 -> content = new WrittenNumbers(in.message(MilValueReader::integers));
        case 4 -> content = new Texts(in.message(MilValueReader::texts));
        case 6 -> content = new WrittenNumbers(in.message(r -> floats(r, MilDataType.FLOAT64)));
        case 7 -> content = new Bytes(in.message(MilValueReader::run));
        default -> {}
      }
    }
    return content;
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

  private static MilType.Tensor constantTensor(@Nullable MilType type, ProtoReader in)
      throws MalformedModelException {
    if (type instanceof MilType.Tensor tensor && tensor.size() >= 0) {
      return tensor;
    }
    throw in.malformed("a value that is written down must be a tensor of known size, is " + type);
  }
}
