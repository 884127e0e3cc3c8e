package org.tensorlogic;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HalfTest {
  @Test
  void everyHalfSurvivesTheWayThroughFloatAndDouble() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      short half = (short) bits;
      float value = Half.toFloat(half);
      if (Float.isNaN(value)) {
        assertThat(Half.toFloat(Half.fromFloat(value))).isNaN();
        assertThat(Half.toFloat(Half.fromDouble(value))).isNaN();
      } else {
        assertThat(Half.fromFloat(value)).isEqualTo(half);
        assertThat(Half.fromDouble(value)).isEqualTo(half);
      }
    }
  }

  @Test
  void widensByTheDefinitionOfBinary16() {
    for (int bits = 0; bits < 0x7C00; bits++) {
      int exponent = bits >> 10;
      int mantissa = bits & 0x3FF;
      double expected =
          exponent == 0 ? mantissa * 0x1p-24 : (1 + mantissa / 1024.0) * Math.pow(2, exponent - 15);
      assertThat((double) Half.toFloat((short) bits)).isEqualTo(expected);
      assertThat((double) Half.toFloat((short) (bits | 0x8000))).isEqualTo(-expected);
    }
    assertThat(Half.toFloat((short) 0x7C00)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Half.toFloat((short) 0xFC00)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(Half.toFloat((short) 0x7E00)).isNaN();
  }

  @Test
  void roundsToNearestEvenBetweenEveryTwoNeighbours() {
    for (int bits = 0; bits < 0x7BFF; bits++) {
      double below = Half.toFloat((short) bits);
      double above = Half.toFloat((short) (bits + 1));
      double middle = (below + above) / 2;
      int even = bits % 2 == 0 ? bits : bits + 1;
      assertThat((int) Half.fromDouble(middle)).isEqualTo(even);
      assertThat((int) Half.fromFloat((float) middle)).isEqualTo(even);
      assertThat((int) Half.fromDouble(Math.nextDown(middle))).isEqualTo(bits);
      assertThat((int) Half.fromDouble(Math.nextUp(middle))).isEqualTo(bits + 1);
      assertThat((int) Half.fromFloat(Math.nextDown((float) middle))).isEqualTo(bits);
      assertThat((int) Half.fromFloat(Math.nextUp((float) middle))).isEqualTo(bits + 1);
    }
  }

  @Test
  void overflowsToInfinityFromTheMiddleBetweenTheLargestHalfAndTheNextPowerOfTwo() {
    assertThat(Half.fromFloat(65519.996f)).isEqualTo((short) 0x7BFF);
    assertThat(Half.fromFloat(65520f)).isEqualTo((short) 0x7C00);
    assertThat(Half.fromDouble(65519.99999999)).isEqualTo((short) 0x7BFF);
    assertThat(Half.fromDouble(-65520)).isEqualTo((short) 0xFC00);
    assertThat(Half.fromDouble(1e300)).isEqualTo((short) 0x7C00);
    assertThat(Half.fromDouble(Double.NaN)).isEqualTo((short) 0x7E00);
    assertThat(Half.fromFloat(-0.0f)).isEqualTo((short) 0x8000);
    assertThat(Half.fromDouble(-1e-300)).isEqualTo((short) 0x8000);
  }

  @Test
  void roundsRandomDoublesOnce() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      double value = Math.scalb(random.nextDouble() * 2 - 1, random.nextInt(-30, 17));
      float nearest = Half.toFloat(Half.fromDouble(value));
      short bits = Half.fromDouble(value);
      float next = Half.toFloat((short) (bits + 1));
      float previous = (bits & 0x7FFF) == 0 ? -next : Half.toFloat((short) (bits - 1));
      BigDecimal exact = new BigDecimal(value);
      if (Float.isInfinite(nearest) || Float.isInfinite(next)) {
        continue;
      }
      BigDecimal error = exact.subtract(new BigDecimal(nearest)).abs();
      assertThat(error).isLessThanOrEqualTo(exact.subtract(new BigDecimal(next)).abs());
      assertThat(error).isLessThanOrEqualTo(exact.subtract(new BigDecimal(previous)).abs());
    }
  }
}
