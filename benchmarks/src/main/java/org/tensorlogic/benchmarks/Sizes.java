package org.tensorlogic.benchmarks;

import java.util.Arrays;
import org.tensorlogic.Encoding;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** Sizes written as {@code 512x4096x4096}, and encoded tensors of such sizes. */
final class Sizes {
  private Sizes() {}

  static long[] parse(String text) {
    return Arrays.stream(text.split("x")).mapToLong(Long::parseLong).toArray();
  }

  /** A tensor of small bytes whose scales are small numbers: speed does not depend on values. */
  static Tensor encoded(Backend backend, Encoding encoding, long... sizes) {
    Shape shape = Shape.of(sizes);
    Memory memory = backend.allocate(encoding.bytes(shape.size()));
    byte[] pattern = new byte[1 << 16];
    for (int i = 0; i < pattern.length; i++) {
      pattern[i] = (byte) (i * 37 % 32);
    }
    for (long at = 0; at < memory.byteSize(); at += pattern.length) {
      int n = (int) Math.min(pattern.length, memory.byteSize() - at);
      memory.put(at, pattern, 0, n);
    }
    return Tensor.over(backend, Storage.of(memory, encoding, shape.size()), shape);
  }
}
