// Elementwise formulas for results that are rounded to halves: shorter polynomials than elementary.h's, in
// float. Before that rounding they are within 1e-5 of the exact result, relative to it (pow: 2e-5), and within 7e-5
// where AVX-512 estimates a reciprocal: with it at most 0.52, or 0.64, units in the last place of a half (pow: 0.55).
// NaN, infinities and signed zeros are as in elementary.h.
#pragma once

#include "math.h"

namespace tl {
namespace TL_LEVEL {

constexpr float LOG2_E = 1.44269504f;

// 2^t, exact for whole t; 0 below 2^-127, infinity above 2^128.
TL_INLINE VF exp2_short(VF t) {
#if defined(__AVX512F__)
  const VF r = _mm512_reduce_ps(t, _MM_FROUND_TO_NEG_INF);  // t - floor(t)
  VF p = r * 0.0134266848f + 0.0522424728f;
  p = p * r + 0.241280198f;
  p = p * r + 0.693044841f;
  p = p * r + 1.0f;
  return _mm512_scalef_ps(p, t);  // p · 2^floor(t)
#else
  const VF c = at_most(at_least(t, -127.0f), 128.0f), n = round_even(c), r = c - n;
  VF p = r * 0.00958285294f + 0.0559064262f;
  p = p * r + 0.240240991f;
  p = p * r + 0.693124175f;
  p = p * r + 1.0f;
  return p * from_bits((to_int(n) + 127) << 23);
#endif
}

TL_INLINE VF exp_short(VF x) { return exp2_short(x * LOG2_E); }

TL_INLINE VF inverse_short(VF x) {
#if defined(__AVX512F__)
  return _mm512_rcp14_ps(x);
#else
  return 1.0f / x;
#endif
}

// From estimates with 14 bits, one step of Newton's. A table says what becomes of x that is, from the right: NaN (quiet,
// signaling), 0, 1, -∞, ∞, negative, positive; 0 keeps the result, 1 is x, 2 the quiet NaN, 3 a NaN, 6 ∞ with x's sign, 7 and
// 8 are -0 and 0 (Intel, vfixupimmps).
#if defined(__AVX512F__)
TL_INLINE VF fixed_up(VF result, VF x, int table) { return _mm512_fixupimm_ps(result, x, _mm512_set1_epi32(table), 0); }
#endif

TL_INLINE VF root_short(VF x) {
#if defined(__AVX512F__)
  const VF r = _mm512_rsqrt14_ps(x), y = x * r;
  return fixed_up(fma(x - y * y, r * 0.5f, y), x, 0x03130121);
#else
  return root(x);
#endif
}

TL_INLINE VF inverse_root_short(VF x) {
#if defined(__AVX512F__)
  const VF r = _mm512_rsqrt14_ps(x);
  return fixed_up(fma(1.0f - x * r * r, r * 0.5f, r), x, 0x03830621);
#else
  return 1.0f / root(x);
#endif
}

TL_INLINE VF reciprocal_short(VF x) {
#if defined(__AVX512F__)
  const VF r = _mm512_rcp14_ps(x);
  return fixed_up(fma(1.0f - x * r, r, r), x, 0x00870621);
#else
  return 1.0f / x;
#endif
}

// 1 / (1 + 2^t)
TL_INLINE VF logistic_short(VF t) { return inverse_short(1.0f + exp2_short(t)); }

// x = m · 2^k, 3/4 <= m < 3/2, of a normal number above 0.
TL_INLINE VF split_short(VF x, VF& k) {
#if defined(__AVX512F__)
  k = _mm512_getexp_ps(x * 1.33333337f);
  return _mm512_getmant_ps(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
#else
  const VU b = as_uint(x);  // unsigned: those of negative numbers wrap around
  const VI e = (VI)(b - 0x3F400000u) >> 23;
  k = to_float(e);
  return as_float(b - ((VU)e << 23));
#endif
}

TL_INLINE VF log_short(VF x) {
  VF k;
  const VF f = split_short(x, k) - 1.0f;
  VF p = f * 0.0829027072f - 0.168071479f;
  p = p * f + 0.206752107f;
  p = p * f - 0.250623047f;
  p = p * f + 0.333144635f;
  p = p * f - 0.499986321f;
  p = p * f + 1.00000083f;
  const VF r = f * p + k * 0.693147181f;
#if defined(__AVX512F__)
  return r;  // getexp and getmant know 0, negative numbers, infinity and NaN
#else
  return log_of_special(x, r);
#endif
}

// Whether all x are above 0, and all are finite.
TL_INLINE bool ordinary_powers(VF x, VF y) {
#if defined(__AVX512F__)
  // Bits choose NaN (quiet), 0, -0, ∞, -∞, (subnormal,) negative, NaN (signaling).
  return (_mm512_fpclass_ps_mask(x, 0xDF) | _mm512_fpclass_ps_mask(y, 0x99)) == 0;
#else
  return !any(x <= 0.0f) && !any((x - x != 0.0f) | (y - y != 0.0f));
#endif
}

// Kept out of loops, whose constants then stay in registers: from memory they cost those that stream up to a quarter.
__attribute__((noinline, cold)) static VF power_of_any(VF x, VF y) { return power_of(x, y); }

// x to the y: 2^(y log2 x) for ordinary numbers above 0.
TL_INLINE VF power_short(VF x, VF y) {
  if (__builtin_expect(!ordinary_powers(x, y), 0)) return power_of_any(x, y);
  VF k;
  const VF f = split_short(x, k) - 1.0f;
  VF p = f * 0.119603309f - 0.242475855f;
  p = p * f + 0.298280211f;
  p = p * f - 0.36157263f;
  p = p * f + 0.480626122f;
  p = p * f - 0.721327767f;
  p = p * f + 1.44269632f;
  return exp2_short(y * (f * p + k));
}

#if defined(__AVX512F__)
// x to the y of many halves x = 2^e · h · (1 + r), h the middle of one of 32 intervals of [1, 2): 2^(e y) and h^y are looked
// up, (1 + r)^y is its binomial series, |r| <= 1/64. |y| <= MOST.
class HalfPowers {
 public:
  static constexpr float MOST = 6;

  explicit HalfPowers(float y) : y(vf(y)) {
    const double exact = static_cast<double>(y);
    alignas(64) float inverses[32], powers[32], scales[32];
    for (int i = 0; i < 32; i++) {
      const double middle = 1 + (i + 0.5) / 32;
      inverses[i] = static_cast<float>(1 / middle);
      powers[i] = static_cast<float>(__builtin_pow(middle, exact));
      scales[i] = static_cast<float>(__builtin_pow(2, (i - 15) * exact));
    }
    inverse = {load(inverses), load(inverses + LANES)};
    power = {load(powers), load(powers + LANES)};
    scale = {load(scales), load(scales + LANES)};
    second = vf(static_cast<float>(exact * (exact - 1) / 2));
    third = vf(static_cast<float>(exact * (exact - 1) * (exact - 2) / 6));
  }

  TL_STEP VF operator()(__m256i halves) const {
    const __m512i code = _mm512_cvtepu16_epi32(halves);
    const VF x = _mm512_cvtph_ps(halves);
    const __m512i above = _mm512_sub_epi32(code, _mm512_set1_epi32(0x0400));
    const __mmask16 others = _mm512_cmpge_epu32_mask(above, _mm512_set1_epi32(0x7800));  // not both normal and above 0
    if (__builtin_expect(others != 0, 0)) return power_of_any(x, y);
    const __m512i interval = _mm512_srli_epi32(code, 5), exponent = _mm512_srli_epi32(code, 10);
    const VF r = fma(_mm512_getmant_ps(x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src), inverse.at(interval), vf(-1));
    VF p = r * third + second;
    p = p * r + y;
    p = p * r + 1.0f;
    return p * (power.at(interval) * scale.at(exponent));
  }

 private:
  struct Table {
    VF low, high;
    TL_STEP VF at(__m512i index) const { return _mm512_permutex2var_ps(low, index, high); }  // by its low 5 bits
  };
  Table inverse, power, scale;
  VF y, second, third;
};
#endif

TL_INLINE VF tanh_short(VF x) {
  const VF c = at_most(at_least(x, -4.6f), 4.6f), s = c * c;  // 1 from there on
  VF p = s * 1.68523286e-3f + 0.117271319f;
  p = p * s + 0.999998927f;
  VF q = s * 6.78884462e-5f + 0.018563753f;
  q = q * s + 0.450595319f;
  q = q * s + 1.0f;
  return (c * p) * inverse_short(q);
}

TL_INLINE VF erf_short(VF x) {
  const VF c = at_most(at_least(x, -2.65f), 2.65f), s = c * c;  // 1 from there on
  VF p = s * 9.17818213e-8f - 3.53231098e-6f;
  p = p * s + 6.13974553e-5f;
  p = p * s - 6.4923364e-4f;
  p = p * s + 4.76969592e-3f;
  p = p * s - 0.0262722671f;
  p = p * s + 0.11243277f;
  p = p * s - 0.376015604f;
  p = p * s + 1.12837386f;
  return c * p;
}

// |x|, at most a limit; the limit for NaN.
TL_INLINE VF magnitude_below(VF x, float limit) {
#if defined(__AVX512F__)
  return _mm512_range_ps(x, vf(limit), 0xA);
#else
  return choose(magnitude(x) < limit, magnitude(x), vf(limit));
#endif
}

// x, 0 where it is negative; NaN for -infinity.
TL_INLINE VF positive_part(VF x) {
#if defined(__AVX512F__)
  return x - _mm512_min_ps(x, vf(0));  // the second one of -0 and 0
#else
  return x - choose(x < 0.0f, x, vf(0));
#endif
}

// x Φ(x), which is a Φ(-a) below the positive part of x for a = |x|: log2 Φ(-a) is a polynomial as far as halves go.
TL_INLINE VF gelu_erf_short(VF x) {
  const VF a = magnitude_below(x, 5.9f);  // where a Φ(-a) is less than any half
  VF p = a * 3.24445289e-5f - 7.48418148e-4f;
  p = p * a + 7.94225781e-3f;
  p = p * a - 0.0530517913f;
  p = p * a - 0.45917046f;
  p = p * a - 1.15103666f;
  p = p * a - 1.00000758f;
  return positive_part(x) - a * exp2_short(p);
}

// sin(x - n π), which for a whole n is sin(x) or, for odd ones, -sin(x); at most π/2 is left of x. π is given as two
// parts below it, so that -0 stays what it is.
TL_INLINE VF sine_less_half_turns(VF x, VF n) {
  const VF r = fma(n, vf(-1.50995799e-7f), fma(n, vf(-3.1415925f), x)), s = r * r;
  VF p = s * -1.8485442e-4f + 8.31181277e-3f;
  p = p * s - 0.166655466f;
  p = p * s + 0.999999046f;
  return p * r;
}

constexpr float TO_WHOLE = 12582912.0f;  // 1.5 · 2^23: added, it leaves the nearest whole number in the low bits

TL_INLINE VF negated_if_odd(VF y, VF whole) { return from_bits(bits(y) ^ (VI)((VU)bits(whole) << 31)); }

TL_INLINE VF sin_short(VF x) {
#if defined(__AVX2__) || defined(__aarch64__)
  const VF n = fma(x, vf(0.318309873f), vf(TO_WHOLE));
  return negated_if_odd(sine_less_half_turns(x, n - TO_WHOLE), n);
#else
  return sin_of(x);
#endif
}

// cos(x) = sin(x + π/2)
TL_INLINE VF cos_short(VF x) {
#if defined(__AVX2__) || defined(__aarch64__)
  const VF n = fma(x, vf(0.318309873f), vf(0.5f)) + TO_WHOLE;
  return negated_if_odd(sine_less_half_turns(x, (n - TO_WHOLE) - 0.5f), n);
#else
  return cos_of(x);
#endif
}

// tan(x - n π/2) is tan(x) or, for odd n, -1 / tan(x). π/2 as two parts below it, too.
TL_INLINE VF tan_short(VF x) {
#if defined(__AVX2__) || defined(__aarch64__)
  const VF n = fma(x, vf(0.636619772f), vf(TO_WHOLE)), whole = n - TO_WHOLE;
  const VF r = fma(whole, vf(-7.54978995e-8f), fma(whole, vf(-1.57079625f), x)), s = r * r;
  const VI quadrant = bits(n);
#else
  VF low;
  VI quadrant;
  const VF high = reduce_quadrants(x, quadrant, low), r = choose(magnitude(x) < 1e-4f, x, high + low), s = r * r;
#endif
  VF p = s * 0.0438202955f + 0.040398892f;
  p = p * s + 0.136517003f;
  p = p * s + 0.333079845f;
  p = p * s + 1.00000322f;
  const VF t = p * r;
#if defined(__AVX512F__)
  return _mm512_mask_xor_ps(t, _mm512_test_epi32_mask((__m512i)quadrant, _mm512_set1_epi32(1)), inverse_short(t), vf(-0.0f));
#else
  return choose((quadrant & 1) != 0, -inverse_short(t), t);
#endif
}

// The formula to use for halves.
template <class Op>
struct ForHalves : Op {};

#define TL_UNARY_FOR_HALVES(NAME, FORMULA)    \
  template <>                                 \
  struct ForHalves<NAME> {                    \
    TL_INLINE VF of(VF x) { return FORMULA; } \
  };
#define TL_BINARY_FOR_HALVES(NAME, FORMULA)         \
  template <>                                       \
  struct ForHalves<NAME> {                          \
    TL_INLINE VF of(VF x, VF y) { return FORMULA; } \
  };

TL_UNARY_FOR_HALVES(Exp, exp_short(x))
TL_UNARY_FOR_HALVES(Log, log_short(x))
TL_UNARY_FOR_HALVES(Sqrt, root_short(x))
TL_UNARY_FOR_HALVES(Rsqrt, inverse_root_short(x))
TL_UNARY_FOR_HALVES(Reciprocal, reciprocal_short(x))
TL_UNARY_FOR_HALVES(Sin, sin_short(x))
TL_UNARY_FOR_HALVES(Cos, cos_short(x))
TL_UNARY_FOR_HALVES(Tan, tan_short(x))
TL_UNARY_FOR_HALVES(Tanh, tanh_short(x))
TL_UNARY_FOR_HALVES(Sigmoid, logistic_short(x * -LOG2_E))
TL_UNARY_FOR_HALVES(Gelu, x * logistic_short(x * (-2.30220820f - 0.102943240f * (x * x))))  // Gelu's · log2 e
TL_UNARY_FOR_HALVES(GeluErf, gelu_erf_short(x))
TL_UNARY_FOR_HALVES(Silu, x * logistic_short(x * -LOG2_E))
TL_UNARY_FOR_HALVES(Erf, erf_short(x))
TL_BINARY_FOR_HALVES(Pow, power_short(x, y))
TL_BINARY_FOR_HALVES(SiluMul, x * logistic_short(x * -LOG2_E) * y)

#undef TL_BINARY_FOR_HALVES
#undef TL_UNARY_FOR_HALVES

}  // namespace TL_LEVEL
}  // namespace tl
