package org.tensorlogic.io.coreml;

import com.google.common.primitives.ImmutableDoubleArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.MalformedModelException;
import org.tensorlogic.io.coreml.ProtoReader.Span;

/**
 * The weights of a neural network's layer: floats, halves, or quantized to 1 to 8 bits, either
 * linearly, {@code value * scale + bias}, or by a lookup table. Quantized values of less than a
 * byte are packed with the first in the highest bits, unlike in MIL.
 *
 * <p>Source: coremltools, mlmodel/format/NeuralNetwork.proto, WeightParams; the order of bits:
 * models/neural_network/quantization_utils.py.
 */
final class WeightParams {
  private final ProtoReader in; // to name the place in errors
  private @Nullable StoredNumbers floats;
  private @Nullable Span halves;
  private @Nullable Span quantized;
  private @Nullable Span signed;
  private long bits;
  private @Nullable ImmutableDoubleArray scale;
  private @Nullable ImmutableDoubleArray bias;
  private @Nullable ImmutableDoubleArray table;

  private WeightParams(ProtoReader in) {
    this.in = in;
  }

  /** Reads message WeightParams; the numbers stay in the file. */
  static WeightParams read(ProtoReader in) throws IOException {
    WeightParams weights = new WeightParams(in);
    FloatField floats = new FloatField(MilDataType.FLOAT32);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> floats.read(in);
        case 2 -> weights.halves = in.bytes();
        case 30 -> weights.quantized = in.bytes();
        case 31 -> weights.signed = in.bytes();
        case 40 -> in.message(weights::quantization);
        default -> {}
      }
    }
    weights.floats = floats.isEmpty() ? null : floats.numbers(in);
    return weights;
  }

  private WeightParams quantization(ProtoReader params) throws IOException {
    while (params.next()) {
      switch (params.field()) {
        case 1 -> bits = params.int64();
        case 101 -> params.message(this::linear);
        case 102 -> table = params.message(message -> floats(message, 1).get(0));
        default -> {}
      }
    }
    return this;
  }

  private WeightParams linear(ProtoReader params) throws IOException {
    List<ImmutableDoubleArray> parameters = floats(params, 2);
    scale = parameters.get(0);
    bias = parameters.get(1);
    return this;
  }

  /** Reads a message whose first fields, up to {@code last}, are repeated floats. */
  private static List<ImmutableDoubleArray> floats(ProtoReader params, int last)
      throws IOException {
    List<ImmutableDoubleArray.Builder> builders = new ArrayList<>();
    for (int i = 0; i < last; i++) {
      builders.add(ImmutableDoubleArray.builder());
    }
    while (params.next()) {
      if (params.field() <= last) {
        params.float32s(builders.get(params.field() - 1)::add);
      }
    }
    return builders.stream().map(ImmutableDoubleArray.Builder::build).toList();
  }

  /** Whether there are none, as when an optional bias is left out. */
  boolean isEmpty() {
    return floats == null && size(halves) + size(quantized) + size(signed) == 0;
  }

  private static long size(@Nullable Span span) {
    return span == null ? 0 : span.size();
  }

  /**
   * The weights as a tensor.
   *
   * @param shape that the layer gives them, or null: then they are a vector
   * @param axis along which there may be a scale and bias for each index
   */
  Constant tensor(String name, @Nullable List<Long> shape, int axis)
      throws MalformedModelException {
    if (floats != null) {
      return stored(name, MilDataType.FLOAT32, shape, floats);
    }
    if (halves != null && halves.size() > 0) {
      if (halves.size() % 2 != 0) {
        throw malformed(name, "halves do not fill " + halves.size() + " bytes");
      }
      return stored(name, MilDataType.FLOAT16, shape, packed(halves, MilDataType.FLOAT16));
    }
    if (signed != null && signed.size() > 0) {
      return quantized(name, signed, true, shape, axis);
    }
    if (quantized != null) {
      return quantized(name, quantized, false, shape, axis);
    }
    throw malformed(name, "there are no weights");
  }

  private StoredNumbers packed(Span span, MilDataType dtype) {
    return new PackedNumbers(in.file(), span.offset(), dtype, span.size() * 8 / dtype.bits());
  }

  private Constant stored(
      String name, MilDataType dtype, @Nullable List<Long> shape, StoredNumbers numbers)
      throws MalformedModelException {
    List<Long> extents = shape != null ? shape : List.of(numbers.size());
    if (Extents.size(extents) != numbers.size()) {
      throw malformed(
          name, "must be of shape " + extents + ", has " + numbers.size() + " elements");
    }
    return new MilValue.Numeric(new MilType.Tensor(dtype, extents), numbers, true);
  }

  private Constant quantized(
      String name, Span data, boolean isSigned, @Nullable List<Long> shape, int axis)
      throws MalformedModelException {
    long width = isSigned ? 8 : bits;
    if (width < 1 || width > 8) {
      throw malformed(name, "must be quantized to 1 to 8 bits, is to " + width);
    }
    List<Long> extents = shape != null ? shape : List.of(data.size() * 8 / width);
    long size = Extents.size(extents);
    if (size < 0 || data.size() != (size * width + 7) / 8) {
      throw malformed(
          name,
          "must be of shape " + extents + ", has " + data.size() + " bytes of " + width + " bits");
    }
    Numbers codes =
        isSigned
            ? packed(data, MilDataType.INT8)
            : new HighBitFirstNumbers(in.file(), data.offset(), (int) width, size);
    if (table != null) {
      if (table.length() != 1 << width || isSigned) {
        throw malformed(
            name, "the lookup table must have 2^" + width + " entries, has " + table.length());
      }
      return new QuantizedWeight(extents, data.size(), codes, new QuantizedWeight.Table(table));
    }
    if (scale == null) {
      throw malformed(name, "there is neither a scale nor a lookup table");
    }
    ImmutableDoubleArray offsets = bias == null || bias.isEmpty() ? zeros(scale.length()) : bias;
    if (offsets.length() != scale.length()) {
      throw malformed(name, scale.length() + " scales but " + offsets.length() + " biases");
    }
    Grouping channels = channels(name, extents, axis, scale.length());
    return new QuantizedWeight(
        extents, data.size(), codes, new QuantizedWeight.Linear(channels, scale, offsets));
  }

  private Grouping channels(String name, List<Long> shape, int axis, int count)
      throws MalformedModelException {
    List<Long> groups = new ArrayList<>(Collections.nCopies(shape.size(), 1L));
    if (count != 1) {
      if (axis >= shape.size() || shape.get(axis) != count) {
        throw malformed(
            name, "there must be one scale, or one per channel of " + shape + ", are " + count);
      }
      groups.set(axis, (long) count);
    }
    return Grouping.of(shape, groups);
  }

  private static ImmutableDoubleArray zeros(int n) {
    return ImmutableDoubleArray.copyOf(new double[n]);
  }

  private MalformedModelException malformed(String name, String reason) {
    return in.malformed("weights '" + name + "': " + reason);
  }
}
