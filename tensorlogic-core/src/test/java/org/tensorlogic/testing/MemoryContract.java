package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.Half;
import org.tensorlogic.Scope;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** When memory is freed, and what happens to whoever comes too late. */
@SuppressWarnings("try") // a scope is opened for what it frees
interface MemoryContract extends ContractPart {
  @Test
  default void aClosedTensorRefusesEveryUse() {
    Tensor x = on(DType.F16).of(1, 2, 3);
    Tensor y = on(DType.F16).of(1, 2, 3);
    x.close();
    x.close();
    assertThat(x.isClosed()).isTrue();
    assertThatThrownBy(x::toFloatArray)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> x.add(y))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> y.add(x))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> x.reshape(3, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(y.toFloatArray()).containsExactly(1, 2, 3);
  }

  @Test
  default void aViewOutlivesTheTensorItWasTakenFrom() {
    Tensor x = on(DType.F32).arange(6);
    Tensor row = x.reshape(2, 3).select(0, 1);
    x.close();
    assertThat(row.toFloatArray()).containsExactly(3, 4, 5);
    assertThat(row.add(1).toFloatArray()).containsExactly(4, 5, 6);
  }

  @Test
  default void aScopeFreesWhatWasMadeInItButWhatIsKept() {
    Tensor made;
    Tensor kept;
    try (Scope scope = Scope.open()) {
      made = on(DType.F32).arange(1000);
      kept = scope.keep(made.mul(2));
    }
    assertThat(made.isClosed()).isTrue();
    assertThat(kept.get(999)).isEqualTo(1998);
    kept.close();
  }

  /** A format may put a tensor at any byte of its file. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 64})
  default void aMappedFileIsReadInPlaceFromAnyByteOn(int offset, @TempDir Path folder)
      throws IOException {
    ByteBuffer content = ByteBuffer.allocate(offset + 300).order(ByteOrder.LITTLE_ENDIAN);
    content.position(offset);
    for (int i = 0; i < 50; i++) {
      content.putShort(Half.fromFloat(i));
    }
    for (int i = 0; i < 50; i++) {
      content.putFloat(i);
    }
    Path file = Files.write(folder.resolve("tensors"), content.array());
    Memory memory = backend().map(file);
    Storage halves = new Storage(memory, offset, Encoding.F16, 50);
    Storage floats = new Storage(memory, offset + 100, Encoding.F32, 50);
    try (Tensor h = Tensor.over(backend(), halves, Shape.of(5, 10));
        Tensor f = Tensor.over(backend(), floats, Shape.of(5, 10))) {
      assertThat(h.get(4, 9)).isEqualTo(49);
      assertThat(f.get(4, 9)).isEqualTo(49);
      assertThat(h.add(f).toFloatArray()).isEqualTo(f.mul(2).toFloatArray());
      assertThat(h.sum(1).toFloatArray()).containsExactly(45, 145, 245, 345, 445);
      assertThat(f.sum(1).toFloatArray()).containsExactly(45, 145, 245, 345, 445);
      assertThat(h.linear(h).get(0, 0)).isEqualTo(285);
      assertThat(f.linear(h).get(0, 0)).isEqualTo(285);
      assertThat(h.softmax(-1).get(0, 9)).isCloseTo(0.6323f, within(1e-3f));
    }
    assertThat(memory.isClosed()).isTrue();
    Path maps = Path.of("/proc/self/maps");
    if (Files.exists(maps)) {
      assertThat(Files.readString(maps)).doesNotContain(file.toString());
    }
  }

  @Test
  default void closingGivesTheBytesBack() {
    long before = backend().liveBytes();
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < 50; i++) {
        on(DType.F16).zeros(1 << 19).add(1);
      }
    }
    assertThat(backend().liveBytes()).isLessThanOrEqualTo(before);
  }

  @Test
  default void forgottenTensorsAreFreed() {
    for (int i = 0; i < 1500; i++) { // more in all than the tests' heap
      assertThat(on(DType.F16).zeros(1 << 19).isClosed()).isFalse();
    }
    assertThat(backend().liveBytes()).isLessThan(3L << 30);
  }

  @Test
  default void manyThreadsOnSharedTensorsAgreeWithOne() throws Exception {
    try (Scope scope = Scope.open()) {
      Tensor x = on(DType.F16).uniform(1, -1, 1, 33, 65);
      Tensor w = on(DType.F16).uniform(2, -1, 1, 17, 65);
      float[] expected = x.linear(w).softmax(-1).toFloatArray();
      ExecutorService threads = Executors.newFixedThreadPool(8);
      try {
        List<Future<Boolean>> agree = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
          agree.add(threads.submit(() -> repeats(x, w, expected)));
        }
        for (Future<Boolean> future : agree) {
          assertThat(future.get()).isTrue();
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static boolean repeats(Tensor x, Tensor w, float[] expected) {
    boolean same = true;
    for (int i = 0; i < 50; i++) {
      try (Scope scope = Scope.open()) {
        same &= Arrays.equals(x.linear(w).softmax(-1).toFloatArray(), expected);
      }
    }
    return same;
  }
}
