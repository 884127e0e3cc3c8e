package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RotaryEmbeddingTest {
  @ParameterizedTest
  @CsvSource({"4, -3", "4, 2147483647", "2147483646, 2147483647"})
  void refusesTablesOfNoOrTooManyPositions(int rotated, int positions) {
    assertThatExceptionOfType(ShapeException.class)
        .isThrownBy(() -> RotaryEmbedding.of(rotated, positions, 10000, RopeStyle.HALF_SPLIT))
        .withMessageContaining("got " + positions + " positions of " + rotated / 2 + " pairs");
  }

  @Test
  void aTableOfNoPositionsRotatesNothing() {
    try (RotaryEmbedding none = RotaryEmbedding.of(4, 0, 10000, RopeStyle.HALF_SPLIT);
        Tensor nothing = Tensor.as(DType.F32).ones(0, 2, 4);
        Tensor one = Tensor.as(DType.F32).ones(1, 2, 4);
        Tensor rotated = none.rotate(nothing, 0)) {
      assertThat(rotated.shape()).isEqualTo(Shape.of(0, 2, 4));
      assertThatExceptionOfType(ShapeException.class)
          .isThrownBy(() -> none.rotate(one, 0))
          .withMessageContaining("they have 0 positions");
    }
  }
}
