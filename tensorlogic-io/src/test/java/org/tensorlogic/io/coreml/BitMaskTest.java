package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BitMaskTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64, 65, 511, 512, 513, 1024, 40_000})
  void ranksAndSelectsAsCountingDoes(int size) throws IOException {
    for (double density : new double[] {0, 0.01, 0.5, 1}) {
      SplittableRandom random = new SplittableRandom(size);
      long[] bits = new long[size];
      for (int i = 0; i < size; i++) {
        bits[i] = random.nextDouble() < density ? 1 : 0;
      }
      BitMask mask = BitMask.read(new StoredNumbers.Integers(ImmutableLongArray.copyOf(bits)));
      assertMatches(mask, bits);
    }
  }

  private static void assertMatches(BitMask mask, long[] bits) {
    int rank = 0;
    long expected = mask.count() == 0 ? bits.length : mask.select(0);
    for (int i = 0; i < bits.length; i++) {
      assertThat(mask.get(i)).isEqualTo(bits[i] != 0);
      assertThat(mask.rank(i)).isEqualTo(rank);
      if (bits[i] != 0) {
        assertThat(expected).isEqualTo(i);
        assertThat(mask.select(rank)).isEqualTo(i);
        expected = mask.next(i);
        rank++;
      }
    }
    assertThat(expected).isEqualTo(bits.length);
    assertThat(mask.rank(bits.length)).isEqualTo(rank);
    assertThat(mask.count()).isEqualTo(rank);
  }
}
