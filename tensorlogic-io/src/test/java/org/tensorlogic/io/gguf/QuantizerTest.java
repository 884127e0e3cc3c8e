package org.tensorlogic.io.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The corners of ggml's rounding; .ci/interop compares whole matrices with ggml itself. */
class QuantizerTest {
  private static byte[] quantize(GgmlType type, float first, float second) {
    float[] values = new float[32];
    values[0] = first;
    values[1] = second;
    byte[] block = new byte[type.blockBytes()];
    Quantizer.quantize(type, values, 32, block);
    return block;
  }

  private static int low(byte[] block, int i) {
    return block[2 + i] & 15;
  }

  @Test
  void q8RoundsTiesAwayFromZero() {
    assertThat(quantize(GgmlType.Q8_0, 127, 0.5f)).startsWith(0, 0x3C, 127, 1);
    assertThat(quantize(GgmlType.Q8_0, 127, -0.5f)).startsWith(0, 0x3C, 127, -1);
    assertThat(quantize(GgmlType.Q8_0, 127, 2.5f)).startsWith(0, 0x3C, 127, 3);
  }

  @Test
  void q8DoesNotRoundUpWhatIsJustBelowATie() {
    assertThat(quantize(GgmlType.Q8_0, 127, 0.49999997f)).startsWith(0, 0x3C, 127, 0);
  }

  @Test
  void q4GivesTheLargestMagnitudeTheCodeZero() {
    byte[] negative = quantize(GgmlType.Q4_0, -8, 7);
    assertThat(negative).startsWith(0, 0x3C);
    assertThat(low(negative, 0)).isEqualTo(0);
    assertThat(low(negative, 1)).isEqualTo(15);
    byte[] positive = quantize(GgmlType.Q4_0, 8, -8);
    assertThat(positive).startsWith(0, (byte) 0xBC);
    assertThat(low(positive, 0)).isEqualTo(0);
    assertThat(low(positive, 1)).isEqualTo(15); // +8 steps do not exist
  }

  @Test
  void q4TruncatesAfterAddingAHalf() {
    assertThat(low(quantize(GgmlType.Q4_0, -8, 0.5f), 1)).isEqualTo(9);
    assertThat(low(quantize(GgmlType.Q4_0, -8, -0.5f), 1)).isEqualTo(8);
    assertThat(low(quantize(GgmlType.Q4_0, -8, -0.51f), 1)).isEqualTo(7);
  }

  @Test
  void zerosHaveNoScale() {
    assertThat(quantize(GgmlType.Q8_0, 0, 0)).containsOnly(0);
    assertThat(quantize(GgmlType.Q4_0, 0, 0))
        .startsWith(0, (byte) 0x80, (byte) 0x88); // minus 0, as ggml
  }
}
