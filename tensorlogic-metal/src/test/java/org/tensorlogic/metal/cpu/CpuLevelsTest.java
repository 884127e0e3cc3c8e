package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.tensorlogic.Backends;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.testing.BackendContract;
import org.tensorlogic.testing.FuzzContract;

/** The contract on the levels below the best one of this processor. */
class CpuLevelsTest {
  abstract static class OnLevel extends BackendContract implements FuzzContract {
    private final String level;

    OnLevel(String level) {
      this.level = level;
    }

    @BeforeEach
    void force() {
      Backends.named("cpu");
      assumeTrue(CpuKernels.forceLevel(level), () -> "this processor has no level " + level);
    }

    @AfterEach
    void restore() {
      CpuKernels.forceLevel("");
    }

    @Override
    public Backend backend() {
      return Backends.named("cpu");
    }
  }

  @Nested
  class Baseline extends OnLevel {
    Baseline() {
      super("baseline");
    }
  }

  @Nested
  class Avx2 extends OnLevel {
    Avx2() {
      super("avx2");
    }
  }

  @Test
  void forcingALevelIsSeenAndUndone() {
    Backend cpu = Backends.named("cpu");
    String best = CpuKernels.activeLevel();
    assertThat(CpuKernels.forceLevel("baseline")).isTrue();
    assertThat(cpu.description()).contains("level baseline of baseline");
    assertThat(CpuKernels.forceLevel("")).isTrue();
    assertThat(CpuKernels.activeLevel()).isEqualTo(best);
  }

  @Test
  void refusesALevelThatDoesNotExist() {
    Backends.named("cpu");
    assertThat(CpuKernels.forceLevel("mmx")).isFalse();
  }
}
