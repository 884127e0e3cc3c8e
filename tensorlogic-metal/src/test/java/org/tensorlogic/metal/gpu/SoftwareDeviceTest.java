package org.tensorlogic.metal.gpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Indices;
import org.tensorlogic.Scope;
import org.tensorlogic.Shape;
import org.tensorlogic.Slice;
import org.tensorlogic.Tensor;
import org.tensorlogic.TensorFactory;
import org.tensorlogic.backend.Storage;

/** What only a device that counts its objects, and fails on request, can show. */
@SuppressWarnings("try") // a scope is opened for what it frees
class SoftwareDeviceTest {
  private static MetalBackend metal() {
    return (MetalBackend) Backends.named("metal");
  }

  @BeforeAll
  static void requireSoftwareDevice() {
    if (Boolean.getBoolean("tensorlogic.test.metal")) {
      assertThat(MetalDevice.problem()).as("a Metal device").isNull();
    }
    assumeThat(MetalDevice.problem()).as("a Metal device").isNull();
    assumeThat(MetalDevice.get().name()).isEqualTo("Software Metal");
  }

  @Test
  void noMetalObjectIsLeftAfterTenThousandOperations() {
    hundredOperations(); // pipelines are made, and stay
    metal().finish();
    long before = SoftwareDevice.liveObjects();
    for (int i = 0; i < 100; i++) {
      hundredOperations();
    }
    metal().finish();
    assertThat(SoftwareDevice.liveObjects()).isLessThanOrEqualTo(before); // garbage of others
  }

  @Test
  void noMetalObjectIsLeftBySeveralThreads() throws Exception {
    hundredOperations();
    metal().finish();
    long before = SoftwareDevice.liveObjects();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> runs = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        runs.add(threads.submit(SoftwareDeviceTest::hundredOperations));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    } finally {
      threads.shutdown();
    }
    metal().finish();
    assertThat(SoftwareDevice.liveObjects()).isLessThanOrEqualTo(before);
  }

  /** Of all kinds, among them four that fail. */
  private static void hundredOperations() {
    TensorFactory on = Tensor.on(metal(), DType.F32);
    try (Scope scope = Scope.open()) {
      Tensor x = on.uniform(1, -1, 1, 3, 32);
      for (int i = 0; i < 88; i++) {
        x = x.mul(0.5);
      }
      assertThat(x.softmax(1).argmax(1).toArray()).hasSize(3);
      assertThat(x.embedding(Indices.of(2, 0)).sum().item()).isBetween(-64f, 64f);
      Tensor odd = oddlyPlaced();
      assertThat(odd.add(1).matmul(x.transpose()).toFloatArray()).hasSize(3);

      assertThatThrownBy(() -> on.zeros(1L << 40)).isInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> new ShaderLibrary(MetalDevice.get()).pipeline("none"))
          .hasMessage("metal: there is no kernel 'none'");
      Tensor closed = on.zeros(3);
      closed.close();
      assertThatThrownBy(() -> closed.add(1)).isInstanceOf(IllegalStateException.class);
      Tensor elsewhere = Tensor.on(Backends.named("reference"), DType.F32).zeros(3, 32);
      Tensor here = x;
      assertThatThrownBy(() -> here.add(elsewhere)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** A row of 32 ones from byte 2 on: a command copies it. */
  private static Tensor oddlyPlaced() {
    MetalMemory memory = (MetalMemory) metal().allocate(2 + 4 * 32);
    memory.put(0, new byte[2 + 4 * 32], 0, 2 + 4 * 32);
    return Tensor.over(metal(), new Storage(memory, 2, Encoding.F32, 32), Shape.of(1, 32));
  }

  @Test
  void aFailedCommandNamesItsOperations() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.on(metal(), DType.F32).zeros(400, 5000);
      metal().finish();
      SoftwareDevice.setTimeLimit(1);
      Tensor y = x.softmax(1);
      assertThatThrownBy(y::toFloatArray)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("metal: a command among [softmax] failed: softmax: it runs for too long");
      assertThatThrownBy(() -> y.get(0, 0)).hasMessageContaining("[softmax] failed");
      SoftwareDevice.setTimeLimit(60_000);
      assertThat(x.slice(Slice.to(1), Slice.to(4)).softmax(1).toFloatArray()).containsOnly(0.25f);
    } finally {
      SoftwareDevice.setTimeLimit(60_000);
    }
  }

  @Test
  void aCompiledLibraryNeedsNoSources() {
    MetalDevice device = MetalDevice.get();
    String source = new ShaderLibrary(device).source("elementwise.metal");
    ShaderLibrary shaders =
        new ShaderLibrary(
            device,
            ("softmetallib\n" + source).getBytes(UTF_8),
            file -> {
              throw new AssertionError(file + " is not needed");
            });
    try (Tensor x = Tensor.on(new MetalBackend(device, shaders), DType.F32).full(3, 2)) {
      assertThat(x.mul(2).toFloatArray()).containsExactly(6, 6);
    }
    assertThatThrownBy(() -> shaders.pipeline("softmax"))
        .hasMessage("metal: there is no kernel 'softmax'");
  }

  @Test
  void aLibraryOfAnotherSystemIsNotUsed() {
    ShaderLibrary shaders =
        new ShaderLibrary(MetalDevice.get(), new byte[] {1, 2, 3}, ShaderLibrary::resource);
    assertThat(shaders.pipeline("fill").isNull()).isFalse();
  }
}
