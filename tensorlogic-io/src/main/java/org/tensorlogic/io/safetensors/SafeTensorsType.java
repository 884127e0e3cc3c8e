package org.tensorlogic.io.safetensors;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Encoding;

/** The element types, in the reference's order: a writer stores the later ones first. */
enum SafeTensorsType {
  BOOL(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private static final Map<String, SafeTensorsType> BY_NAME =
      Stream.of(values()).collect(Collectors.toMap(Enum::name, Function.identity()));

  private final int bits;

  SafeTensorsType(int bits) {
    this.bits = bits;
  }

  /** The type of this name, which is case-sensitive, or null. */
  static @Nullable SafeTensorsType named(String name) {
    return BY_NAME.get(name);
  }

  /** Bits per element. */
  int bits() {
    return bits;
  }

  /** How it can be read, or null if it is only listed. */
  @Nullable Encoding encoding() {
    return switch (this) {
      case F16 -> Encoding.F16;
      case BF16 -> Encoding.BF16;
      case F32 -> Encoding.F32;
      case F64 -> Encoding.F64;
      case F8_E4M3 -> Encoding.F8_E4M3;
      case F8_E5M2 -> Encoding.F8_E5M2;
      case F8_E4M3FNUZ -> Encoding.F8_E4M3FNUZ;
      case F8_E5M2FNUZ -> Encoding.F8_E5M2FNUZ;
      default -> null;
    };
  }

  /** The type that elements of an encoding are written as: quantized ones as halves. */
  static SafeTensorsType of(Encoding encoding) {
    return encoding == Encoding.F32 ? F32 : F16;
  }
}
