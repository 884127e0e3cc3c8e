package org.tensorlogic.io.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;
import org.tensorlogic.Model;
import org.tensorlogic.SaveOptions;
import org.tensorlogic.TensorInfo;
import org.tensorlogic.backend.Storage;
import org.tensorlogic.io.AtomicFile;
import org.tensorlogic.io.StoredTensor;
import org.tensorlogic.io.TensorData;

/**
 * Writes GGUF version 3 for llama.cpp. Without an encoding each tensor is stored as the model gives
 * it, quantized weights unchanged. With F32, F16, Q8_0 or Q4_0 matrices are stored so, those whose
 * rows are not whole blocks as F16. Vectors are always F32, as llama.cpp wants its norms and
 * biases.
 */
final class GgufWriter {
  private static final int CHUNK = 1 << 18;
  private static final Set<Encoding> WRITABLE =
      Set.of(Encoding.F32, Encoding.F16, Encoding.Q8_0, Encoding.Q4_0);

  private record Planned(
      StoredTensor tensor,
      GgmlType type,
      @Nullable Encoding given,
      TensorData.@Nullable InPlace raw,
      long bytes) {}

  private GgufWriter() {}

  static void write(Model model, Path path, SaveOptions options) throws IOException {
    Encoding wanted = options.encoding();
    if (wanted != null && !WRITABLE.contains(wanted)) {
      throw new IllegalArgumentException(
          "save: GGUF can be written as F32, F16, Q8_0 or Q4_0, not as " + wanted);
    }
    List<Planned> plan = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (TensorInfo info : model.tensors()) {
      checkName(info, names);
      plan.add(plan(new StoredTensor(model, info), wanted));
    }
    boolean quantized = plan.stream().anyMatch(planned -> planned.type.isQuantized());
    GgufMetadata metadata = GgufMetadata.of(model, wanted, quantized);
    int alignment = metadata.alignment();
    byte[] header = header(plan, metadata.values(), alignment);
    long total =
        plan.stream()
            .mapToLong(planned -> GgufHeader.pad(planned.bytes, alignment))
            .reduce(GgufHeader.pad(header.length, alignment), Math::addExact);
    try (AtomicFile file = new AtomicFile(path, total, options.progress())) {
      file.write(header);
      for (Planned planned : plan) {
        file.padTo(GgufHeader.pad(file.position(), alignment));
        write(planned, file);
      }
      file.padTo(GgufHeader.pad(file.position(), alignment));
      file.commit();
    }
  }

  private static void checkName(TensorInfo info, Set<String> names) {
    int length = info.name().getBytes(UTF_8).length;
    if (length > GgufHeader.LONGEST_NAME || !names.add(info.name())) {
      throw new IllegalArgumentException(
          "save: GGUF allows names of at most 63 bytes, '" + info.name() + "' has " + length);
    }
    if (info.shape().size() > GgufHeader.MAX_AXES) {
      throw new IllegalArgumentException(
          "save: GGUF allows at most 4 axes, '" + info.name() + "' has " + info.shape());
    }
  }

  private static Planned plan(StoredTensor tensor, @Nullable Encoding wanted) {
    TensorInfo info = tensor.info();
    Encoding given = tensor.given();
    if (given == null) {
      return planRaw(tensor);
    }
    GgmlType type = type(info.shape(), wanted == null ? given : wanted);
    long elements = info.shape().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    long bytes = Math.multiplyExact(elements / type.blockSize(), (long) type.blockBytes());
    return new Planned(tensor, type, given, null, bytes);
  }

  private static GgmlType type(List<Long> shape, Encoding encoding) {
    if (shape.size() < 2) {
      return GgmlType.F32;
    }
    GgmlType type = GgmlType.of(encoding);
    boolean wholeBlocks = shape.get(shape.size() - 1) % encoding.blockSize() == 0;
    return type != null && wholeBlocks ? type : GgmlType.F16;
  }

  /** Integers, and types that can only be listed, are copied if ggml has the type. */
  private static Planned planRaw(StoredTensor tensor) {
    TensorInfo info = tensor.info();
    TensorData.InPlace raw = tensor.raw();
    for (GgmlType type : GgmlType.values()) {
      if (raw != null && type.name().equals(info.storedType())) {
        return new Planned(tensor, type, null, raw, info.bytes());
      }
    }
    throw new UnsupportedOperationException(
        "save: '"
            + info.name()
            + "' is stored as "
            + info.storedType()
            + ", which cannot be written to GGUF; leave it out");
  }

  private static byte[] header(
      List<Planned> plan, Map<String, GgufHeader.Value> metadata, int alignment) {
    GgufOutput out = new GgufOutput();
    out.i32(GgufHeader.MAGIC).i32(3).i64(plan.size()).i64(metadata.size());
    metadata.forEach(out::pair);
    long offset = 0;
    for (Planned planned : plan) {
      List<Long> shape = planned.tensor.info().shape();
      out.string(planned.tensor.info().name()).i32(shape.size());
      for (int axis = shape.size() - 1; axis >= 0; axis--) {
        out.i64(shape.get(axis));
      }
      out.i32(planned.type.id()).i64(offset);
      offset = Math.addExact(offset, GgufHeader.pad(planned.bytes, alignment));
    }
    return out.toByteArray();
  }

  private static void write(Planned planned, AtomicFile file) throws IOException {
    if (planned.raw != null) {
      planned.tensor.copyRaw(planned.raw, file);
      return;
    }
    GgmlType type = planned.type;
    planned.tensor.read(
        elements -> {
          if (elements.encoding() == type.encoding()) {
            StoredTensor.copy(elements, file);
          } else if (type.isQuantized()) {
            quantize(elements, type, file);
          } else {
            Encoding plain = type == GgmlType.F32 ? Encoding.F32 : Encoding.F16;
            StoredTensor.convert(elements, plain, file);
          }
        });
  }

  private static void quantize(Storage elements, GgmlType type, AtomicFile file)
      throws IOException {
    int n = (int) Math.min(CHUNK, elements.size());
    float[] values = new float[n];
    byte[] blocks = new byte[n / type.blockSize() * type.blockBytes()];
    for (long at = 0; at < elements.size(); at += n) {
      int now = (int) Math.min(n, elements.size() - at);
      elements.read(at, values, 0, now);
      Quantizer.quantize(type, values, now, blocks);
      file.write(blocks, 0, now / type.blockSize() * type.blockBytes());
    }
  }
}
