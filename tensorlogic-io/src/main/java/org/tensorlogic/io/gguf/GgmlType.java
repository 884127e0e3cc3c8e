package org.tensorlogic.io.gguf;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;

/** ggml's tensor types, those since removed included, with their numbers in a file. */
enum GgmlType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q4_2(4, 16, 10),
  Q4_3(5, 16, 12),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q8_1(9, 32, 36),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, 32, 18),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, 256, 136),
  I8(24, 1, 1),
  I16(25, 1, 2),
  I32(26, 1, 4),
  I64(27, 1, 8),
  F64(28, 1, 8),
  IQ1_M(29, 256, 56),
  BF16(30, 1, 2),
  Q4_0_4_4(31, 32, 18),
  Q4_0_4_8(32, 32, 18),
  Q4_0_8_8(33, 32, 18),
  TQ1_0(34, 256, 54),
  TQ2_0(35, 256, 66),
  IQ4_NL_4_4(36, 32, 18),
  IQ4_NL_4_8(37, 32, 18),
  IQ4_NL_8_8(38, 32, 18),
  MXFP4(39, 32, 17),
  NVFP4(40, 64, 36),
  Q1_0(41, 128, 18),
  Q2_0(42, 64, 18);

  private static final Map<Integer, GgmlType> BY_ID =
      Stream.of(values()).collect(Collectors.toMap(type -> type.id, Function.identity()));
  private static final Map<String, Encoding> ENCODINGS =
      Stream.of(Encoding.values()).collect(Collectors.toMap(Enum::name, Function.identity()));

  private final int id;
  private final int blockSize;
  private final int blockBytes;

  GgmlType(int id, int blockSize, int blockBytes) {
    this.id = id;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /** The type of this number, or null. */
  static @Nullable GgmlType of(int id) {
    return BY_ID.get(id);
  }

  /** The type that elements of an encoding can be written as unchanged, or null. */
  static @Nullable GgmlType of(Encoding encoding) {
    return Stream.of(values()).filter(type -> type.encoding() == encoding).findFirst().orElse(null);
  }

  /** Its number in a file. */
  int id() {
    return id;
  }

  /** Elements per block; blocks do not cross rows. */
  int blockSize() {
    return blockSize;
  }

  /** Bytes per block. */
  int blockBytes() {
    return blockBytes;
  }

  /** How it can be read, or null if it is only listed: the encodings have ggml's names. */
  @Nullable Encoding encoding() {
    return switch (this) {
      case I8, I16, I32, I64 -> null;
      default -> ENCODINGS.get(name());
    };
  }

  boolean isQuantized() {
    return blockSize > 1;
  }

  /**
   * The words of a block, as pairs of width in bytes and count, for swapping the byte order: those
   * that ggml's quantizers write on a big-endian machine, be they fields of its block structures or
   * copied into bytes. Empty for a type that is only listed.
   */
  int[] words() {
    return switch (this) {
      case I8, MXFP4, NVFP4 -> new int[] {1, blockBytes};
      case F16, BF16, I16 -> new int[] {2, 1};
      case F32, I32 -> new int[] {4, 1};
      case F64, I64 -> new int[] {8, 1};
      case Q4_0, Q8_0, Q1_0, Q2_0, IQ4_NL, IQ2_S, IQ3_S -> new int[] {2, 1, 1, blockBytes - 2};
      case Q4_1, Q8_1, Q4_K, Q5_K, IQ4_XS -> new int[] {2, 2, 1, blockBytes - 4};
      case Q5_0 -> new int[] {2, 1, 4, 1, 1, 16};
      case Q5_1 -> new int[] {2, 2, 4, 1, 1, 16};
      case Q2_K -> new int[] {1, 80, 2, 2};
      case Q3_K, Q6_K, TQ1_0, TQ2_0 -> new int[] {1, blockBytes - 2, 2, 1};
      case Q8_K -> new int[] {4, 1, 1, 256, 2, 16};
      case IQ1_S -> new int[] {2, 1, 1, 32, 2, 8};
      case IQ1_M -> new int[] {1, 48, 2, 4};
      case IQ2_XXS -> new int[] {2, 1, 4, 16};
      case IQ2_XS -> new int[] {2, 33, 1, 8};
      case IQ3_XXS -> new int[] {2, 1, 1, 64, 4, 8};
      default -> new int[0];
    };
  }
}
