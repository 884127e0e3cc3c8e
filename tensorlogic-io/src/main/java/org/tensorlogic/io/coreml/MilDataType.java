package org.tensorlogic.io.coreml;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;

/**
 * The element types of MIL, Core ML's intermediate language. Types of less than a byte are packed
 * with the first element in the lowest bits, and may straddle bytes.
 */
enum MilDataType {
  BOOL(1, "bool", 8, -1, null),
  STRING(2, "string", 0, -1, null),
  FLOAT16(10, "fp16", 16, 1, Encoding.F16),
  FLOAT32(11, "fp32", 32, 2, Encoding.F32),
  FLOAT64(12, "fp64", 64, -1, Encoding.F64),
  BFLOAT16(13, "bf16", 16, 5, Encoding.BF16),
  INT8(21, "int8", 8, 4, null),
  INT16(22, "int16", 16, 6, null),
  INT32(23, "int32", 32, 14, null),
  INT64(24, "int64", 64, -1, null),
  INT4(25, "int4", 4, 8, null),
  UINT8(31, "uint8", 8, 3, null),
  UINT16(32, "uint16", 16, 7, null),
  UINT32(33, "uint32", 32, 15, null),
  UINT64(34, "uint64", 64, -1, null),
  UINT4(35, "uint4", 4, 11, null),
  UINT2(36, "uint2", 2, 10, null),
  UINT1(37, "uint1", 1, 9, null),
  UINT6(38, "uint6", 6, 13, null),
  UINT3(39, "uint3", 3, 12, null),
  FLOAT8E4M3FN(40, "fp8e4m3fn", 8, 16, Encoding.F8_E4M3),
  FLOAT8E5M2(41, "fp8e5m2", 8, 17, Encoding.F8_E5M2);

  private static final Map<Integer, MilDataType> BY_CODE = index(type -> type.code);
  private static final Map<String, MilDataType> BY_NAME = index(type -> type.text);

  private final int code;
  private final String text;
  private final int bits;
  private final int blobCode;
  private final @Nullable Encoding encoding;

  MilDataType(int code, String text, int bits, int blobCode, @Nullable Encoding encoding) {
    this.code = code;
    this.text = text;
    this.bits = bits;
    this.blobCode = blobCode;
    this.encoding = encoding;
  }

  private static <K> Map<K, MilDataType> index(Function<MilDataType, K> key) {
    return Arrays.stream(values()).collect(Collectors.toMap(key, Function.identity()));
  }

  /** The type with this number in MIL's protocol buffers, or null. */
  static @Nullable MilDataType ofCode(long code) {
    return code == (int) code ? BY_CODE.get((int) code) : null;
  }

  /** The type with this name in MIL's text, or null. */
  static @Nullable MilDataType ofName(String name) {
    return BY_NAME.get(name);
  }

  /** Bits per element; 0 for strings. */
  int bits() {
    return bits;
  }

  /** Bytes of {@code n} elements, the last one filled up. */
  long bytes(long n) {
    return Math.addExact(Math.multiplyExact(n, bits), 7) / 8;
  }

  /** Its number in weight files, or -1 if they cannot hold it. */
  int blobCode() {
    return blobCode;
  }

  /** How tensors of this type are read, or null if it is not a floating-point type. */
  @Nullable Encoding encoding() {
    return encoding;
  }

  boolean isFloat() {
    return encoding != null;
  }

  boolean isUnsigned() {
    return text.startsWith("uint");
  }

  /** Whether this integer type has a number; all 64 bits of an unsigned one count. */
  boolean holds(long number) {
    if (bits == 64 || this == BOOL) {
      return true;
    }
    return isUnsigned() ? number >>> bits == 0 : number << (64 - bits) >> (64 - bits) == number;
  }

  /** Its name in MIL's text. */
  @Override
  public String toString() {
    return text;
  }
}
