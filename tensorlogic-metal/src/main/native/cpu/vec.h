// Vectors of the level being compiled: V floats, loaded from and stored to f32, f16 and bf16 memory.
//
// VF and VI are GCC/Clang vector types: + - * / and comparisons work on them directly (a comparison
// gives a VI of 0 and -1). a * b + c becomes a fused multiply-add where the level has one.
// Tails use load_*_n / store_*_n with 0 < n < LANES; lanes past the end read as zero.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define TL_INLINE static inline __attribute__((always_inline))
#define TL_STEP __attribute__((always_inline)) inline  // a member function
#define TL_LOCAL static __attribute__((unused))  // a function of a header that not every kernel calls

namespace tl {
namespace TL_LEVEL {

TL_INLINE constexpr int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
TL_INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
TL_INLINE constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

#if defined(__AVX512F__)
constexpr int LANES = 16;
#elif defined(__AVX2__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif

typedef float VF __attribute__((vector_size(4 * LANES)));
typedef int32_t VI __attribute__((vector_size(4 * LANES)));
typedef uint32_t VU __attribute__((vector_size(4 * LANES)));

TL_INLINE VF vf(float x) { return x - VF{}; }  // keeps -0
TL_INLINE VI vi(int32_t x) { return VI{} + x; }
TL_INLINE VU vu(uint32_t x) { return VU{} + x; }
TL_INLINE VF as_float(VI x) { return (VF)x; }
TL_INLINE VF as_float(VU x) { return (VF)x; }
TL_INLINE VI as_int(VF x) { return (VI)x; }
TL_INLINE VU as_uint(VF x) { return (VU)x; }
TL_INLINE VF blend(VI mask, VF yes, VF no) { return (VF)((mask & (VI)yes) | (~mask & (VI)no)); }
TL_INLINE VU blend(VI mask, VU yes, VU no) { return ((VU)mask & yes) | (~(VU)mask & no); }

TL_INLINE VF load(const float* p) { VF v; memcpy(&v, p, sizeof v); return v; }
TL_INLINE void store(float* p, VF v) { memcpy(p, &v, sizeof v); }

TL_INLINE VF fma(VF a, VF b, VF c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__aarch64__)
  return vfmaq_f32(c, a, b);
#else
  return a * b + c;
#endif
}

TL_INLINE float sum(VF v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps(v);
#else
  float t[LANES];
  store(t, v);
  for (int w = LANES / 2; w > 0; w /= 2)
    for (int i = 0; i < w; i++) t[i] += t[i + w];
  return t[0];
#endif
}

#if !defined(__AVX512F__)
TL_INLINE VU widen(const uint16_t* p) {
#if defined(__AVX2__)
  return (VU)_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#else
  uint16_t v[4];  // p may be at an odd address
  memcpy(v, p, sizeof v);
  return VU{v[0], v[1], v[2], v[3]};
#endif
}
#endif

}  // namespace TL_LEVEL
}  // namespace tl

#include "half.h"
