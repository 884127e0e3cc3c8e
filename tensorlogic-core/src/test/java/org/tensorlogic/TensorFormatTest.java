package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

class TensorFormatTest {
  private static boolean isHalf(BigDecimal decimal, float value) {
    return Half.toFloat(Half.fromDouble(decimal.doubleValue())) == value;
  }

  @Test
  void everyHalfReadsBackFromTheShortestDecimal() {
    for (int bits = 1; bits < 0x7C00; bits++) {
      float value = Half.toFloat((short) bits);
      BigDecimal decimal = new BigDecimal(TensorFormat.number(DType.F16, value));
      assertThat(isHalf(decimal, value)).as("%s", decimal).isTrue();
      int digits = decimal.stripTrailingZeros().precision();
      if (digits > 1) {
        MathContext down = new MathContext(digits - 1, RoundingMode.DOWN);
        MathContext up = new MathContext(digits - 1, RoundingMode.UP);
        assertThat(isHalf(new BigDecimal(value).round(down), value)).as("%s", decimal).isFalse();
        assertThat(isHalf(new BigDecimal(value).round(up), value)).as("%s", decimal).isFalse();
      }
    }
  }

  @Test
  void numbersLookAsInPython() {
    assertThat(TensorFormat.number(DType.F16, 1)).isEqualTo("1.0");
    assertThat(TensorFormat.number(DType.F16, -0.0f)).isEqualTo("-0.0");
    assertThat(TensorFormat.number(DType.F16, 0x1p-24f)).isEqualTo("6e-08");
    assertThat(TensorFormat.number(DType.F16, 65504)).isEqualTo("65500.0");
    assertThat(TensorFormat.number(DType.F16, 0x1p-6f)).isEqualTo("0.01563");
    assertThat(TensorFormat.number(DType.F32, 0.1f)).isEqualTo("0.1");
    assertThat(TensorFormat.number(DType.F32, Float.MAX_VALUE)).isEqualTo("3.4028235e+38");
    assertThat(TensorFormat.number(DType.F32, Float.NaN)).isEqualTo("NaN");
    assertThat(TensorFormat.number(DType.F32, Float.NEGATIVE_INFINITY)).isEqualTo("-inf");
  }

  @Test
  void longTensorsShowTheFirstAndLastThreeOfEachAxis() {
    assertThat(Tensor.as(DType.F32).arange(1001))
        .hasToString("[0.0, 1.0, 2.0, ..., 998.0, 999.0, 1000.0]");
    assertThat(Tensor.as(DType.F32).arange(1000).toString()).doesNotContain("...");
    assertThat(Tensor.as(DType.F32).arange(2002).reshape(2, 1001).select(0, 1))
        .hasToString("[1001.0, 1002.0, 1003.0, ..., 1999.0, 2000.0, 2001.0]");
    assertThat(Tensor.zeros(2, 0)).hasToString("[[], []]");
  }
}
