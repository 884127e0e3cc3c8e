// Elementary functions in float arithmetic alone, for scalars and SIMD vectors, C++17 and MSL (C++14).
//
// The including side supplies the layer below for its V (a float or a vector of floats), in the
// namespace tl::TL_LEVEL:
//
//   TL_INLINE                      linkage and inlining of a function
//   IntOf<V>                       V's integers; comparisons of V give something choose() accepts
//   splat<V>(float)                the constant in every lane
//   choose(condition, yes, no)     by lane; both sides are evaluated
//   any(condition)                 true if true in some lane
//   bits(V), from_bits(IntOf<V>)   the same 32 bits
//   to_int(V), to_float(IntOf<V>)  conversion; whatever integer for NaN and out of range
//   at_least, at_most              max and min with a constant; NaN stays
//   round_even, round_down, root, magnitude
//   times_power_of_two(V x, V n)   x · 2^n rounded once, n whole and between -150 and 129
//   split(V x, V& k)               the m with x = m · 2^k, sqrt(1/2) <= m < sqrt(2); x normal or subnormal, above 0
//   product_error(a, b, p)         a · b - p exactly, p being a · b rounded
//   reduce_large(V x, V& r, V& low, IntOf<V>& q)   quadrants_of_large() where |x| > 8192
//
// Errors against the exact result, with or without a fused multiply-add: at most 2 units in the last place
// of a float; tan 3, pow 7. NaN, infinities, signed zeros, subnormal numbers and any magnitude included.
// Polynomials are minimax fits with float coefficients.
#pragma once

namespace tl {
namespace TL_LEVEL {

template <class V>
TL_INLINE V exp_of(V x) {
  const V c = at_most(at_least(x, -104.0f), 89.0f);
  const V n = round_even(c * 1.44269504f);
  const V r = (c - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts, the first of 9 bits
  V p = r * 1.37450220e-3f + 8.36895034e-3f;
  p = p * r + 4.16696519e-2f;
  p = p * r + 0.166665182f;
  p = p * r + 0.499999881f;
  p = (p * r) * r + r + 1.0f;
  return times_power_of_two(p, n);
}

// The logarithm r of x, but for x = 0, below 0, infinite or NaN.
template <class V>
TL_INLINE V log_of_special(V x, V r) {
  if (any((x <= 0.0f) | (x - x != 0.0f))) {
    r = choose(x - x == 0.0f, r, x);  // infinity and NaN are their own logarithms
    r = choose(x == 0.0f, splat<V>(-__builtin_inff()), r);
    r = choose(x < 0.0f, splat<V>(__builtin_nanf("")), r);
  }
  return r;
}

template <class V>
TL_INLINE V log_of(V x) {
  V k;
  const V f = split(x, k) - 1.0f;
  V p = f * -7.08667487e-2f + 0.110420108f;
  p = p * f - 0.105123334f;
  p = p * f + 0.109362543f;
  p = p * f - 0.124561854f;
  p = p * f + 0.142932698f;
  p = p * f - 0.166679725f;
  p = p * f + 0.199998453f;
  p = p * f - 0.249999896f;
  p = p * f + 0.333333343f;
  const V s = f * f;
  const V low = (f * s) * p - k * 2.12194440e-4f;
  return log_of_special(x, k * 0.693359375f + (f + (low - 0.5f * s)));
}

// A finite |x| >= 8192 after Payne and Hanek: x = quadrant · π/2 + result + low, |result| <= π/4.
TL_INLINE float quadrants_of_large(int x_bits, TL_THREAD int& quadrant, TL_THREAD float& low) {
  // 2/π: bit k of its binary fraction is bit k - 1 of the words after the first.
  const unsigned int two_over_pi[8] = {0u,          0xA2F9836Eu, 0x4E441529u, 0xFC2757D1u,
                                       0xF534DDC0u, 0xDB629599u, 0x3C439041u, 0xFE5163ABu};
  const unsigned int mantissa = (static_cast<unsigned int>(x_bits) & 0x7FFFFFu) | 0x800000u;
  const int exponent = ((x_bits >> 23) & 255) - 150;  // |x| = mantissa · 2^exponent
  const int first = exponent - 2 + 32;  // bits before it contribute multiples of 4 quadrants
  const int word = first >> 5, shift = first & 31;
  unsigned int w[3];
  for (int i = 0; i < 3; i++) {
    const unsigned int next = word + i + 1 < 8 ? two_over_pi[word + i + 1] : 0u;
    w[i] = shift == 0 ? two_over_pi[word + i]
                      : (two_over_pi[word + i] << shift) | (next >> (32 - shift));
  }
  const TL_ULONG m = mantissa;
  TL_ULONG turns = static_cast<TL_ULONG>(mantissa * w[0]) << 32;
  turns += m * w[1];
  turns += (m * w[2]) >> 32;  // quadrants modulo 4, with 62 bits after the point
  const int q = static_cast<int>((turns + (static_cast<TL_ULONG>(1) << 61)) >> 62);
  const TL_ULONG rest = turns - (static_cast<TL_ULONG>(q) << 62);
  const bool below = (rest >> 63) != 0, negative = below != (x_bits < 0);
  const TL_ULONG a = below ? 0 - rest : rest, a_high = a >> 32, a_low = a & 0xFFFFFFFFu;
  const TL_ULONG c_high = 0x6487ED51u, c_low = 0x10B4611Au;  // π/2 · 2^62
  const TL_ULONG angle = a_high * c_high + ((a_high * c_low) >> 32) + ((a_low * c_high) >> 32);
  const float high = static_cast<float>(static_cast<TL_LONG>(angle));
  const float lost = static_cast<float>(static_cast<TL_LONG>(angle) - static_cast<TL_LONG>(high));
  const float unit = negative ? -8.67361738e-19f : 8.67361738e-19f;  // 2^-60
  quadrant = x_bits < 0 ? -q : q;
  low = lost * unit;
  return high * unit;
}

// x = quadrant · π/2 + result + low; π/2 in four parts, the products with the first three exact.
template <class V>
TL_INLINE V reduce_quadrants(V x, TL_THREAD IntOf<V>& quadrant, TL_THREAD V& low) {
  const V n = round_even(x * 0.636619772f);
  const V a = (x - n * 1.5703125f) - n * 4.83751297e-4f;
  V r = a - n * 7.54953362e-8f;
  low = ((a - r) - n * 7.54953362e-8f) - n * 2.56334415e-12f;
  quadrant = to_int(n);
  if (any(magnitude(x) > 8192.0f)) reduce_large(x, r, low, quadrant);
  return r;
}

template <class V>
TL_INLINE V sine_in_quadrant(V r, V low, IntOf<V> q) {
  const V s = r * r, h = 0.5f * s;
  V p = s * 2.80054423e-6f - 1.98499110e-4f;
  p = p * s + 8.33337195e-3f;
  p = p * s - 0.166666672f;
  const V sine = r + ((r * s) * p + (low - low * h));
  V c = s * 2.44325620e-5f - 1.38873106e-3f;
  c = c * s + 4.16666456e-2f;
  const V w = 1.0f - h;
  const V cosine = w + (((1.0f - w) - h) + ((s * s) * c - r * low));
  return from_bits(bits(choose((q & 1) == 0, sine, cosine)) ^ ((q & 2) << 30));
}

template <class V>
TL_INLINE V sin_of(V x) {
  IntOf<V> q;
  V low;
  const V r = reduce_quadrants(x, q, low);
  return choose(magnitude(x) < 1e-4f, x, sine_in_quadrant(r, low, q));
}

template <class V>
TL_INLINE V cos_of(V x) {
  IntOf<V> q;
  V low;
  const V r = reduce_quadrants(x, q, low);
  return sine_in_quadrant(r, low, q + 1);
}

template <class V>
TL_INLINE V tan_of(V x) {
  IntOf<V> q;
  V low;
  const V r = reduce_quadrants(x, q, low), s = r * r;
  V p = s * 4.36996111e-3f + 1.03675447e-4f;
  p = p * s + 1.08233262e-2f;
  p = p * s + 2.12876834e-2f;
  p = p * s + 5.40586673e-2f;
  p = p * s + 0.133326769f;
  p = p * s + 0.333333492f;
  const V t = r + ((r * s) * p + (low + low * s));
  return choose(magnitude(x) < 1e-4f, x, choose((q & 1) == 0, t, -1.0f / t));
}

template <class V>
TL_INLINE V with_sign_of(V value, V sign) {
  return from_bits((bits(value) & 0x7FFFFFFF) | (bits(sign) & static_cast<int>(0x80000000u)));
}

template <class V>
TL_INLINE V tanh_of(V x) {
  const V y = magnitude(x), s = x * x;
  V p = s * 2.15704180e-3f - 8.19454715e-3f;
  p = p * s + 2.17085909e-2f;
  p = p * s - 5.39484471e-2f;
  p = p * s + 0.133332223f;
  p = p * s - 0.333333313f;
  const V near_zero = x + (x * s) * p;
  const V far = 1.0f - 2.0f / (exp_of(2.0f * y) + 1.0f);
  return with_sign_of(choose(y < 0.625f, near_zero, far), x);
}

// 1 / (1 + e^-x) without overflow: accurate down to subnormal results.
template <class V>
TL_INLINE V sigmoid_of(V x) {
  const V e = exp_of(-magnitude(x));
  return choose(x < 0.0f, e, splat<V>(1.0f)) / (1.0f + e);
}

// What rounding y · y to a float lost.
template <class V>
TL_INLINE V square_error(V y, V square) {
  const V high = from_bits(bits(y) & static_cast<int>(0xFFFFF000u)), low = y - high;
  return ((high * high - square) + 2.0f * high * low) + low * low;
}

// erf(x) for |x| < 0.925.
template <class V>
TL_INLINE V erf_near_zero(V x) {
  const V s = x * x;
  V p = s * 8.31702783e-5f - 8.12846818e-4f;
  p = p * s + 5.19956090e-3f;
  p = p * s - 2.68586669e-2f;
  p = p * s + 0.112836778f;
  p = p * s - 0.376126320f;
  p = p * s + 0.128379166f;
  return x + x * p;
}

// erfc(y) = e^-(y·y) · erfcx(y) for 0.9 <= y <= 10.3, y · y given as square + error.
template <class V>
TL_INLINE V erfc_tail(V y, V square, V error) {
  const V t = (y - 2.0f) / (y + 2.0f);
  V p = t * 1.65219491e-4f + 1.86760226e-5f;
  p = p * t - 9.40849364e-4f;
  p = p * t - 8.51642049e-4f;
  p = p * t + 6.98715076e-3f;
  p = p * t + 3.73543636e-3f;
  p = p * t - 7.89778084e-2f;
  p = p * t + 0.241657972f;
  p = p * t - 0.427185863f;
  p = p * t + 0.255395681f;
  const V e = exp_of(-square);
  return (e - e * error) * p;
}

template <class V>
TL_INLINE V erf_of(V x) {
  const V y = choose(magnitude(x) > 4.5f, splat<V>(4.5f), magnitude(x)), s = y * y;
  const V far = with_sign_of(1.0f - erfc_tail(y, s, square_error(y, s)), x);
  return choose(x != x, x, choose(y < 0.925f, erf_near_zero(x), far));
}

// The standard normal distribution's cumulative function, accurate in its lower tail.
template <class V>
TL_INLINE V normal_cdf(V x) {
  const V a = choose(magnitude(x) > 14.5f, splat<V>(14.5f), magnitude(x)), s = a * a;
  const V y = a * 0.707106781f;
  const V tail = 0.5f * erfc_tail(y, 0.5f * s, 0.5f * square_error(a, s));
  const V near_zero = 0.5f + 0.5f * erf_near_zero(x * 0.707106781f);
  return choose(y < 0.925f, near_zero, choose(x < 0.0f, tail, choose(x > 0.0f, 1.0f - tail, x)));
}

// x to the y, as java.lang.Math.pow: log2 |x| and its product with y in two floats each.
template <class V>
TL_INLINE V power_of(V x, V y) {
  V k;
  const V a = magnitude(x), m = split(a, k);

  // s = (m - 1) / (m + 1), in two parts
  const V f = m - 1.0f, d = m + 1.0f, d_low = m - (d - 1.0f), s = f / d, back = s * d;
  const V s_low = (((f - back) - product_error(s, d, back)) - s * d_low) / d;
  const V z = s * s;
  V q = z * 0.333544225f + 0.412058532f;
  q = q * z + 0.577077448f;
  q = q * z + 0.961796701f;
  const V h = s * 2.88539004f;
  V low = product_error(s, splat<V>(2.88539004f), h) + s * 3.85192601e-8f + s_low * 2.88539004f + (s * z) * q;
  const V sum = k + h;
  low = low + (h - (sum - k));
  const V log_high = sum + low, log_low = low - (log_high - sum);

  const V limit = splat<V>(4294967296.0f);  // |y| beyond it makes 0, 1 or infinity all the same
  const V c = choose(y > limit, limit, choose(y < -limit, -limit, y));
  V p = c * log_high, p_low = product_error(c, log_high, p) + c * log_low;
  p_low = choose(magnitude(p) > 160.0f, splat<V>(0.0f), p_low);
  p = choose(p > 160.0f, splat<V>(160.0f), choose(p < -160.0f, splat<V>(-160.0f), p));
  const V n = round_even(p), r = (p - n) + p_low;
  V w = r * 1.52401160e-4f + 1.33913081e-3f;
  w = w * r + 9.61883646e-3f;
  w = w * r + 5.55035882e-2f;
  w = w * r + 0.240226448f;
  w = w * r + 0.693147182f;
  w = w * r + 1.0f;
  V value = times_power_of_two(w, n);

  const V nan = splat<V>(__builtin_nanf("")), infinity = splat<V>(__builtin_inff()), zero = splat<V>(0.0f);
  value = choose(a == 0.0f, choose(y > 0.0f, zero, infinity), value);
  value = choose(a == infinity, choose(y > 0.0f, infinity, zero), value);
  const V half_y = y * 0.5f;
  const V odd_sign = choose(round_down(y) == y, choose(round_down(half_y) == half_y, zero, x), zero);
  const V negative_base = choose(round_down(y) == y, value, choose(a == 0.0f, value, choose(a == infinity, value, nan)));
  value = choose(x < 0.0f, negative_base, value);
  value = from_bits(bits(value) ^ (bits(odd_sign) & static_cast<int>(0x80000000u)));
  value = choose(x == x, choose(y == y, value, y), x);
  value = choose(a == 1.0f, choose(magnitude(y) == infinity, nan, value), value);
  return choose(y == 0.0f, splat<V>(1.0f), value);
}

}  // namespace TL_LEVEL
}  // namespace tl
