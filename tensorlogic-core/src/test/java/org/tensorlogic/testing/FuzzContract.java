package org.tensorlogic.testing;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorlogic.Scope;

/**
 * Random shapes, types and ways to lie in memory, held against the reference backend; seeds are
 * fixed. The system property {@code tensorlogic.fuzz.cases} asks for more cases per operation.
 */
public interface FuzzContract extends ContractPart {
  /** Every operation on operands of random extents, strides and offsets. */
  @ParameterizedTest
  @EnumSource
  @SuppressWarnings("try") // a scope is opened for what it frees
  default void randomOperands(FuzzOperation operation) {
    int cases = Integer.getInteger("tensorlogic.fuzz.cases", 60);
    for (int seed = 0; seed < cases; seed++) {
      try (Scope scope = Scope.open()) {
        operation.run(new Twins(backend(), seed));
      }
    }
  }
}
