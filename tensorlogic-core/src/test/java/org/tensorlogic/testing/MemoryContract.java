package org.tensorlogic.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.tensorlogic.DType;
import org.tensorlogic.Scope;
import org.tensorlogic.Tensor;

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
        same &= java.util.Arrays.equals(x.linear(w).softmax(-1).toFloatArray(), expected);
      }
    }
    return same;
  }
}
