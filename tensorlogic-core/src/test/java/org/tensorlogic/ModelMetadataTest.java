package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelMetadataTest {
  private static ModelMetadata of(Object value) {
    return ModelMetadata.of(Map.of("general.count", value));
  }

  @Test
  void aListOfEqualElementsIsThatElement() {
    assertThat(of(List.of(8L, 8L)).getLong("general.count")).isEqualTo(8);
    assertThat(of(List.of(0.5)).getDouble("general.count")).isEqualTo(0.5);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> of(List.of(8L, 4L)).getLong("general.count"))
        .withMessageContaining("'general.count' must be an integer");
  }

  @Test
  void wholeDoublesAreIntegers() {
    assertThat(of(4096.0).getLong("general.count")).isEqualTo(4096);
    assertThat(of(-0x1p63).getLong("general.count")).isEqualTo(Long.MIN_VALUE);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0x1p63, 1e300, Double.POSITIVE_INFINITY, Double.NaN})
  void doublesThatAreNoLongAreNoIntegers(double value) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> of(value).getLong("general.count"));
  }

  @Test
  void integersAmongDoublesAreDoubles() {
    assertThat(of(List.of(1L, 0.5)).getDoubles("general.count")).containsExactly(1.0, 0.5);
    assertThat(of(List.of(2L)).getDoubles("general.count")).containsExactly(2.0);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> of(List.of(1L, "0.5")).getDoubles("general.count"))
        .withMessageContaining("must be a list of Double");
  }

  @Test
  void aMissingKeyNamesTheNearest() {
    assertThatExceptionOfType(NoSuchElementException.class)
        .isThrownBy(() -> of(1L).getLong("general.cuont"))
        .withMessageContaining("general.count");
  }
}
