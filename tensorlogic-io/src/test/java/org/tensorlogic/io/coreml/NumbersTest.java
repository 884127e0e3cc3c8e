package org.tensorlogic.io.coreml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorlogic.Backends;
import org.tensorlogic.io.MappedFile;

/** Numbers of every width, in both orders of bits, against arithmetic on one big integer. */
class NumbersTest {
  private static final int COUNT = 20_001; // not whole bytes, more than a chunk

  @TempDir Path directory;

  private interface Use {
    void accept(MappedFile file, byte[] bytes) throws IOException;
  }

  private void withRandomFile(int bits, Use use) throws IOException {
    byte[] bytes = new byte[5 + (COUNT * bits + 7) / 8];
    new SplittableRandom(bits).nextBytes(bytes);
    Path path = Files.write(directory.resolve("numbers"), bytes);
    try (MappedFile file = MappedFile.open(path, Backends.named("reference"))) {
      use.accept(file, bytes);
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "UINT1", "UINT2", "UINT3", "UINT4", "UINT6", "UINT8", "UINT16", "UINT32", "UINT64", "INT4",
        "INT8", "INT16", "INT32", "INT64"
      })
  void readsIntegersFromTheLowestBitOn(MilDataType type) throws IOException {
    withRandomFile(
        type.bits(),
        (file, bytes) -> {
          PackedNumbers numbers = new PackedNumbers(file, 5, type, COUNT);
          float[] all = new float[COUNT];
          numbers.read(0, all, 0, COUNT);
          float[] part = new float[9_000];
          numbers.read(4_321, part, 0, part.length);
          for (int i = 0; i < COUNT; i += 7) {
            long expected = integer(bytes, 40 + (long) i * type.bits(), type);
            assertThat(numbers.get(i)).isEqualTo(expected);
            assertThat(all[i]).isEqualTo((float) expected);
            if (i >= 4_321 && i < 13_321) {
              assertThat(part[i - 4_321]).isEqualTo(all[i]);
            }
          }
        });
  }

  private static long integer(byte[] bytes, long bit, MilDataType type) {
    byte[] window = new byte[10];
    for (int i = 0; i < 9 && bit / 8 + i < bytes.length; i++) {
      window[9 - i] = bytes[(int) (bit / 8) + i];
    }
    BigInteger value =
        new BigInteger(window)
            .shiftRight((int) (bit % 8))
            .and(BigInteger.ONE.shiftLeft(type.bits()).subtract(BigInteger.ONE));
    boolean negative = !type.isUnsigned() && value.testBit(type.bits() - 1);
    return (negative ? value.subtract(BigInteger.ONE.shiftLeft(type.bits())) : value).longValue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void readsNeuralNetworkCodesFromTheHighestBitOn(int bits) throws IOException {
    withRandomFile(
        bits,
        (file, bytes) -> {
          Numbers numbers = new HighBitFirstNumbers(file, 5, bits, COUNT);
          float[] all = new float[COUNT];
          numbers.read(0, all, 0, COUNT);
          float[] part = new float[9_000];
          numbers.read(4_321, part, 0, part.length);
          for (int i = 0; i < COUNT; i++) {
            int expected = 0;
            for (int bit = 40 + i * bits; bit < 40 + (i + 1) * bits; bit++) {
              expected = 2 * expected + ((bytes[bit / 8] >> (7 - bit % 8)) & 1);
            }
            assertThat(all[i]).isEqualTo(expected);
            if (i >= 4_321 && i < 13_321) {
              assertThat(part[i - 4_321]).isEqualTo(expected);
            }
          }
        });
  }

  @Test
  void countsElementsOnlyWhileTheyCanBeCounted() {
    assertThat(Extents.size(List.of())).isEqualTo(1);
    assertThat(Extents.size(List.of(2L, 3L))).isEqualTo(6);
    assertThat(Extents.size(List.of(0L, 1L << 56))).isZero();
    assertThat(Extents.size(List.of(1L << 56))).isEqualTo(1L << 56);
    assertThat(Extents.size(List.of(1L << 56, 2L))).isEqualTo(-1);
    assertThat(Extents.size(List.of(0L, Long.MAX_VALUE, 2L))).isEqualTo(-1);
    assertThat(Extents.size(List.of(-1L, 0L))).isEqualTo(-1);
  }

  @Test
  void blocksOfATensorAreNumberedRowMajor() {
    Grouping grouping = Grouping.of(List.of(4L, 6L, 2L), List.of(2L, 3L, 1L));
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 6; j++) {
        for (int k = 0; k < 2; k++) {
          long element = (i * 6L + j) * 2 + k;
          assertThat(grouping.group(element)).isEqualTo(i / 2 * 3 + j / 2);
          long end = grouping.end(element);
          assertThat(end).isGreaterThan(element);
          assertThat(grouping.group(end - 1)).isEqualTo(grouping.group(element));
        }
      }
    }
  }
}
