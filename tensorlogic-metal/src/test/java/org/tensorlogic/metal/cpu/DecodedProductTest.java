package org.tensorlogic.metal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorlogic.Backends;
import org.tensorlogic.DType;
import org.tensorlogic.Encoding;
import org.tensorlogic.MemoryBudget;
import org.tensorlogic.MemoryBudgetException;
import org.tensorlogic.Scope;
import org.tensorlogic.Shape;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.backend.Memory;
import org.tensorlogic.backend.Storage;

/** Products by weights that no kernel reads: they are decoded for each. */
@SuppressWarnings("try") // a scope is opened for what it frees
class DecodedProductTest {
  private static final int EXPERTS = 32;
  private static final int ROWS = 16;
  private static final int COLUMNS = 512;

  private final Backend cpu = Backends.named("cpu");

  private Tensor experts(Encoding encoding) {
    long size = (long) EXPERTS * ROWS * COLUMNS;
    byte[] bytes = new byte[(int) encoding.bytes(size)];
    Arrays.fill(bytes, (byte) 0x22);
    Memory memory = cpu.allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    Storage storage = Storage.of(memory, encoding, size);
    return Tensor.over(cpu, storage, Shape.of(EXPERTS, ROWS, COLUMNS));
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F8_E4M3", "F8_E5M2"})
  void onlyTheExpertThatIsSelectedIsDecoded(Encoding encoding) {
    long decoded = 4L * ROWS * COLUMNS;
    try (Scope scope = Scope.open()) {
      Tensor expert = experts(encoding).select(0, 5);
      Tensor x = Tensor.on(cpu, DType.F32).uniform(1, -1, 1, 3, COLUMNS);
      MemoryBudget enough = new MemoryBudget(decoded + 4 * 3 * ROWS);
      float[] product = enough.bound(() -> x.linear(expert)).toFloatArray();
      assertThat(product).isEqualTo(x.linear(expert.to(DType.F32)).toFloatArray());
      MemoryBudget less = new MemoryBudget(decoded - 1);
      assertThatThrownBy(() -> less.bound(() -> x.linear(expert)))
          .isInstanceOf(MemoryBudgetException.class)
          .hasMessageContaining(decoded + " more bytes");
    }
  }

  /** A budget with room for the result alone tells which are. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F32", "F16"})
  void blocksAndBfloatAreReadInPlace(Encoding encoding) {
    try (Scope scope = Scope.open()) {
      Tensor expert = experts(encoding).select(0, 5);
      Tensor x = Tensor.on(cpu, DType.F32).ones(1, COLUMNS);
      MemoryBudget result = new MemoryBudget(4 * ROWS);
      if (encoding.blockSize() > 1 || encoding == Encoding.BF16) {
        assertThat(result.bound(() -> x.linear(expert)).shape()).isEqualTo(Shape.of(1, ROWS));
      } else {
        assertThatThrownBy(() -> result.bound(() -> x.linear(expert)))
            .isInstanceOf(MemoryBudgetException.class);
      }
    }
  }
}
