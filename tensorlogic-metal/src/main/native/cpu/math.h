// The elementwise formulas on this level's vectors: the layer that shared/elementary.h asks for.
#pragma once

#include "vec.h"

#define TL_THREAD
#define TL_ULONG uint64_t
#define TL_LONG int64_t

namespace tl {
namespace TL_LEVEL {

template <class V> struct IntOfVector;
template <> struct IntOfVector<VF> { using type = VI; };
template <class V> using IntOf = typename IntOfVector<V>::type;

template <class V> TL_INLINE V splat(float x) { return vf(x); }
TL_INLINE VF choose(VI condition, VF yes, VF no) { return condition ? yes : no; }
TL_INLINE VI bits(VF x) { return (VI)x; }
TL_INLINE VF from_bits(VI x) { return (VF)x; }
TL_INLINE VF magnitude(VF x) { return (VF)((VI)x & 0x7FFFFFFF); }
TL_INLINE VF to_float(VI x) { return __builtin_convertvector(x, VF); }

TL_INLINE VI to_int(VF x) {
#if defined(__AVX512F__)
  return (VI)_mm512_cvttps_epi32(x);
#elif defined(__AVX2__)
  return (VI)_mm256_cvttps_epi32(x);
#elif defined(__SSE2__)
  return (VI)_mm_cvttps_epi32(x);
#else
  return __builtin_convertvector(x, VI);
#endif
}

TL_INLINE bool any(VI condition) {
#if defined(__AVX512F__)
  return _mm512_movepi32_mask((__m512i)condition) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_ps((__m256)condition) != 0;
#elif defined(__SSE2__)
  return _mm_movemask_ps((__m128)condition) != 0;
#else
  int32_t all = 0;
  for (int i = 0; i < LANES; i++) all |= condition[i];
  return all != 0;
#endif
}

TL_INLINE VF root(VF x) {
#if defined(__AVX512F__)
  return _mm512_sqrt_ps(x);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#elif defined(__SSE2__)
  return _mm_sqrt_ps(x);
#elif defined(__aarch64__)
  return vsqrtq_f32(x);
#else
  for (int i = 0; i < LANES; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

TL_INLINE VF round_even(VF x) {
#if defined(__AVX512F__)
  return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif defined(__AVX2__)
  return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif defined(__aarch64__)
  return vrndnq_f32(x);
#else
  // Adding 2^23 leaves no bits for a fraction; larger numbers have none. NaN and the sign stay.
  const VI sign = (VI)x & static_cast<int32_t>(0x80000000u);
  const VF a = magnitude(x), rounded = (VF)((VI)((a + 8388608.0f) - 8388608.0f) | sign);
  return choose(a < 8388608.0f, rounded, x);
#endif
}

TL_INLINE VF round_down(VF x) {
#if defined(__AVX512F__)
  return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
#elif defined(__AVX2__)
  return _mm256_round_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
#elif defined(__aarch64__)
  return vrndmq_f32(x);
#else
  const VF r = round_even(x);
  return choose(r > x, r - 1.0f, r);
#endif
}

TL_INLINE VF product_error(VF a, VF b, VF product) {
#if defined(__AVX2__) || defined(__aarch64__)
  return fma(a, b, -product);
#else
  const VF a_high = (VF)((VI)a & ~0xFFF), a_low = a - a_high;
  const VF b_high = (VF)((VI)b & ~0xFFF), b_low = b - b_high;
  return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
#endif
}

TL_INLINE VF at_least(VF x, float low) {
#if defined(__AVX512F__)
  return _mm512_max_ps(vf(low), x);  // the second operand if one is NaN
#elif defined(__AVX2__)
  return _mm256_max_ps(vf(low), x);
#elif defined(__SSE2__)
  return _mm_max_ps(vf(low), x);
#else
  return x < low ? vf(low) : x;
#endif
}

TL_INLINE VF at_most(VF x, float high) {
#if defined(__AVX512F__)
  return _mm512_min_ps(vf(high), x);
#elif defined(__AVX2__)
  return _mm256_min_ps(vf(high), x);
#elif defined(__SSE2__)
  return _mm_min_ps(vf(high), x);
#else
  return x > high ? vf(high) : x;
#endif
}

TL_INLINE VF times_power_of_two(VF x, VF n) {
#if defined(__AVX512F__)
  return _mm512_scalef_ps(x, n);
#else
  const VI i = to_int(n), half = i >> 1;  // two steps reach subnormal results
  return x * (VF)((half + 127) << 23) * (VF)((i - half + 127) << 23);
#endif
}

TL_INLINE VF split(VF x, VF& k) {
#if defined(__AVX512F__)
  const VF m = _mm512_getmant_ps(x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src), e = _mm512_getexp_ps(x);
  const __mmask16 above = _mm512_cmp_ps_mask(m, vf(1.41421354f), _CMP_GE_OQ);
  k = _mm512_mask_add_ps(e, above, e, vf(1));
  return _mm512_mask_mul_ps(m, above, m, vf(0.5f));
#else
  const VI tiny = x < 1.17549435e-38f;
  const VU b = (VU)bits(tiny ? x * 8388608.0f : x);  // unsigned: of what has no logarithm the difference wraps
  const VI e = (VI)(b - 0x3F3504F3u) >> 23;
  k = to_float(e) - (tiny ? vf(23) : vf(0));
  return from_bits((VI)(b - ((VU)e << 23)));
#endif
}

TL_INLINE void reduce_large(VF x, VF& r, VF& low, VI& q);

}  // namespace TL_LEVEL
}  // namespace tl

#include "../shared/binary_ops.h"
#include "../shared/unary_ops.h"

namespace tl {
namespace TL_LEVEL {

TL_INLINE void reduce_large(VF x, VF& r, VF& low, VI& q) {
  for (int i = 0; i < LANES; i++) {
    const int32_t b = as_int(x)[i];
    if ((b & 0x7FFFFFFF) <= 0x46000000) continue;  // 8192
    const bool finite = (b & 0x7F800000) != 0x7F800000;
    int quadrant = 0;
    float rest = 0;
    r[i] = finite ? quadrants_of_large(b, quadrant, rest) : __builtin_nanf("");
    low[i] = rest;
    q[i] = quadrant;
  }
}

}  // namespace TL_LEVEL
}  // namespace tl
