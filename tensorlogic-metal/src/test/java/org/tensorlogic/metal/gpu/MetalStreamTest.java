package org.tensorlogic.metal.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Scope;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** What the Metal backend does beside computing: batches, memory, files, errors. */
class MetalStreamTest {
  @BeforeAll
  static void requireDevice() {
    if (Boolean.getBoolean("tensorlogic.test.metal")) {
      assertThat(MetalDevice.problem()).as("a Metal device").isNull();
    }
    assumeThat(MetalDevice.problem()).as("a Metal device").isNull();
  }

  private static Backend metal() {
    return Backends.named("metal");
  }

  @Test
  @SuppressWarnings("try") // the scope frees
  void tenThousandOperationsLeaveNothing() {
    long before = metal().liveBytes();
    for (int i = 0; i < 100; i++) {
      try (Scope scope = Scope.open()) {
        Tensor x = Tensor.on(metal(), DType.F16).ones(8);
        for (int j = 0; j < 100; j++) {
          x = x.mul(1.01);
        }
        assertThat(x.get(7)).isBetween(2.0f, 4.0f);
      }
    }
    assertThat(metal().liveBytes()).isLessThanOrEqualTo(before); // other tests leave garbage
  }

  @Test
  void aResultIsReadWhenItsBatchIsDone() {
    Tensor x = Tensor.on(metal(), DType.F32).of(1, 2, 3);
    Tensor y = x.add(1);
    Tensor z = y.mul(2);
    assertThat(z.toFloatArray()).containsExactly(4, 6, 8);
    assertThat(y.toFloatArray()).containsExactly(2, 3, 4);
  }

  @Test
  void aMappedFileIsUsedInPlace(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("halves.bin");
    byte[] bytes = new byte[64];
    for (int i = 0; i < 32; i++) {
      bytes[2 * i + 1] = 0x3C; // 1.0
    }
    Files.write(file, bytes);
    try (Memory memory = metal().map(file)) {
      Tensor x = Tensor.over(metal(), Storage.of(memory, Encoding.F16, 32), Shape.of(32));
      assertThat(x.add(1).sum().item()).isEqualTo(64);
      assertThat(memory.byteSize()).isEqualTo(64);
    }
  }

  @Test
  void aFileStaysMappedForTheCommandsThatReadIt(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("zeros.bin");
    int n = 1 << 16;
    Files.write(file, new byte[4 * n]);
    Tensor y;
    try (Memory memory = metal().map(file)) {
      y = Tensor.over(metal(), Storage.of(memory, Encoding.F32, n), Shape.of(n)).add(1);
    }
    assertThat(y.sum().item()).isEqualTo(n);
  }

  @Test
  void memoryBeyondTheWorkingSetIsRefusedWithTheFacts() {
    assertThatThrownBy(() -> Tensor.on(metal(), DType.F16).zeros(1L << 40))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining("bytes of Metal memory are not available")
        .hasMessageContaining("recommends are in use");
  }

  @Test
  void aKernelSourceHoldsEachHeaderOnce() {
    String source = new ShaderLibrary(MetalDevice.get()).source("matmul.metal");
    assertThat(source).doesNotContain("#include \"").contains("static inline View next_view");
    assertThat(source.split("struct View \\{", -1)).hasSize(2);
  }

  @Test
  void anUnknownKernelIsNamed() {
    ShaderLibrary shaders = new ShaderLibrary(MetalDevice.get());
    assertThatThrownBy(() -> shaders.pipeline("nonsense"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("metal: there is no kernel 'nonsense'");
  }

  @Test
  void threadsShareTheStream() throws InterruptedException {
    Tensor w = Tensor.on(metal(), DType.F32).uniform(1, -1, 1, 16, 16);
    float[] expected = w.matmul(w).toFloatArray();
    float[][] results = new float[4][];
    Thread[] threads = new Thread[results.length];
    for (int t = 0; t < threads.length; t++) {
      int index = t;
      threads[t] = new Thread(() -> results[index] = w.matmul(w).toFloatArray());
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    for (float[] result : results) {
      assertThat(result).isEqualTo(expected);
    }
  }
}
