// The five 8-bit float encodings as tables of floats, made by the compiler.
#pragma once

#include "abi.h"

namespace tl {
namespace TL_LEVEL {

struct F8Table {
  float value[256];
};

static constexpr float power_of_two(int n) {
  float x = 1;
  for (; n > 0; n--) x *= 2;
  for (; n < 0; n++) x /= 2;
  return x;
}

// Sign, 7 - M bits of exponent, M of mantissa. FN has no infinities and NaN where all bits are ones; FNUZ
// has neither infinities nor a negative zero, whose code is its only NaN.
enum class F8Style { IEEE, FN, FNUZ };

template <int M, int BIAS, F8Style STYLE>
static constexpr F8Table f8_table() {
  F8Table t{};
  constexpr int TOP = (1 << (7 - M)) - 1;
  for (int code = 0; code < 256; code++) {
    const int exponent = code >> M & TOP, mantissa = code & ((1 << M) - 1);
    float v = exponent == 0 ? static_cast<float>(mantissa) * power_of_two(1 - BIAS - M)
                            : static_cast<float>((1 << M) + mantissa) * power_of_two(exponent - BIAS - M);
    if (STYLE == F8Style::IEEE && exponent == TOP) v = mantissa == 0 ? __builtin_inff() : __builtin_nanf("");
    if (STYLE == F8Style::FN && (code & 127) == 127) v = __builtin_nanf("");
    if (STYLE == F8Style::FNUZ && code == 128) v = __builtin_nanf("");
    t.value[code] = code < 128 ? v : -v;
  }
  return t;
}

static constexpr F8Table f8_powers() {
  F8Table t{};
  for (int code = 0; code < 255; code++) t.value[code] = power_of_two(code - 127);
  t.value[255] = __builtin_nanf("");
  return t;
}

// Null if the encoding has more than 8 bits.
static inline const float* f8_values(int64_t enc) {
  static constexpr F8Table E4M3 = f8_table<3, 7, F8Style::FN>(), E5M2 = f8_table<2, 15, F8Style::IEEE>();
  static constexpr F8Table E4M3FNUZ = f8_table<3, 8, F8Style::FNUZ>(), E5M2FNUZ = f8_table<2, 16, F8Style::FNUZ>();
  static constexpr F8Table E8M0 = f8_powers();
  switch (enc) {
    case F8_E4M3: return E4M3.value;
    case F8_E5M2: return E5M2.value;
    case F8_E4M3FNUZ: return E4M3FNUZ.value;
    case F8_E5M2FNUZ: return E5M2FNUZ.value;
    case F8_E8M0: return E8M0.value;
    default: return nullptr;
  }
}

}  // namespace TL_LEVEL
}  // namespace tl
