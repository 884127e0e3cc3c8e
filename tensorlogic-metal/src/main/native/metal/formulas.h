// The layer that shared/elementary.h asks for, for one float of a GPU thread.
#pragma once

#include <metal_stdlib>

#define TL_LEVEL gpu
#define TL_INLINE static inline
#define TL_THREAD thread
#define TL_ULONG ulong
#define TL_LONG long
#ifndef SOFTMETAL
#define __builtin_inff() INFINITY
#define __builtin_nanf(text) NAN
#endif

namespace tl {
namespace TL_LEVEL {

template <class V>
struct IntOfFloat {
  typedef int type;
};
template <class V>
using IntOf = typename IntOfFloat<V>::type;

template <class V>
TL_INLINE V splat(float x) {
  return x;
}
TL_INLINE float choose(bool condition, float yes, float no) { return condition ? yes : no; }
TL_INLINE bool any(bool condition) { return condition; }
TL_INLINE int bits(float x) { return metal::as_type<int>(x); }
TL_INLINE float from_bits(int x) { return metal::as_type<float>(x); }
TL_INLINE int to_int(float x) { return metal::fabs(x) < 2147483520.0f ? static_cast<int>(x) : 0; }
TL_INLINE float to_float(int x) { return static_cast<float>(x); }
TL_INLINE float at_least(float x, float low) { return x < low ? low : x; }
TL_INLINE float at_most(float x, float high) { return x > high ? high : x; }
TL_INLINE float round_even(float x) { return metal::rint(x); }
TL_INLINE float round_down(float x) { return metal::floor(x); }
TL_INLINE float root(float x) { return metal::precise::sqrt(x); }
TL_INLINE float magnitude(float x) { return metal::fabs(x); }
TL_INLINE float product_error(float a, float b, float product) { return metal::fma(a, b, -product); }

TL_INLINE float times_power_of_two(float x, float n) {
  const int i = to_int(n), half_of_it = i >> 1;  // two steps reach subnormal results
  return x * from_bits((half_of_it + 127) << 23) * from_bits((i - half_of_it + 127) << 23);
}

TL_INLINE float split(float x, thread float& k) {
  const bool tiny = x < 1.17549435e-38f;
  const int b = bits(tiny ? x * 8388608.0f : x), e = (b - 0x3F3504F3) >> 23;
  k = to_float(e) - (tiny ? 23.0f : 0.0f);
  return from_bits(b - (e << 23));
}

TL_INLINE void reduce_large(float x, thread float& r, thread float& low, thread int& q);

}  // namespace TL_LEVEL
}  // namespace tl

#include "binary_ops.h"
#include "unary_ops.h"

namespace tl {
namespace TL_LEVEL {

TL_INLINE void reduce_large(float x, thread float& r, thread float& low, thread int& q) {
  const int b = bits(x);
  if ((b & 0x7F800000) == 0x7F800000) {
    r = NAN;
    low = 0.0f;
    q = 0;
    return;
  }
  r = quadrants_of_large(b, q, low);
}

#define TL_CASE(NAME) \
  case Code##NAME:    \
    return NAME().of(x);
#define TL_CODE(NAME) Code##NAME,
enum UnaryCode { TL_UNARY_OPS(TL_CODE) };
static inline float unary(int code, float x) {
  switch (code) {
    TL_UNARY_OPS(TL_CASE)
    default:
      return x;
  }
}
#undef TL_CASE
#define TL_CASE(NAME) \
  case Code##NAME:    \
    return NAME().of(x, y);
enum BinaryCode { TL_BINARY_OPS(TL_CODE) };
static inline float binary(int code, float x, float y) {
  switch (code) {
    TL_BINARY_OPS(TL_CASE)
    default:
      return x;
  }
}
#undef TL_CASE
#undef TL_CODE

}  // namespace TL_LEVEL
}  // namespace tl
