// Every elementwise function of two and three numbers, once, for the C++ and the Metal kernels.
// The order is the code that Java passes.
#pragma once

#include "elementary.h"

#define TL_BINARY_OPS(OP) \
  OP(Add)                 \
  OP(Sub)                 \
  OP(Mul)                 \
  OP(Div)                 \
  OP(Pow)                 \
  OP(Maximum)             \
  OP(Minimum)             \
  OP(Equal)               \
  OP(NotEqual)            \
  OP(Less)                \
  OP(LessEqual)           \
  OP(Greater)             \
  OP(GreaterEqual)        \
  OP(SiluMul)

#define TL_TERNARY_OPS(OP) \
  OP(Where)                \
  OP(MulAdd)               \
  OP(Clamp)

namespace tl {
namespace TL_LEVEL {

// The larger and the smaller; NaN if either is NaN, +0 above -0.
template <class V>
TL_INLINE V larger(V x, V y) {
  const V same = from_bits(bits(x) & bits(y));
  return choose(x == y, same, choose(x > y, x, choose(x == x, y, x)));
}

template <class V>
TL_INLINE V smaller(V x, V y) {
  const V same = from_bits(bits(x) | bits(y));
  return choose(x == y, same, choose(x < y, x, choose(x == x, y, x)));
}

#define TL_BINARY(NAME, FORMULA)                \
  struct NAME {                                 \
    template <class V>                          \
    TL_INLINE V of(V x, V y) {                  \
      return FORMULA;                           \
    }                                           \
  };
#define TL_COMPARISON(NAME, CONDITION) \
  TL_BINARY(NAME, choose(CONDITION, splat<V>(1.0f), splat<V>(0.0f)))

TL_BINARY(Add, x + y)
TL_BINARY(Sub, x - y)
TL_BINARY(Mul, x* y)
TL_BINARY(Div, x / y)
TL_BINARY(Pow, power_of(x, y))
TL_BINARY(Maximum, larger(x, y))
TL_BINARY(Minimum, smaller(x, y))
TL_COMPARISON(Equal, x == y)
TL_COMPARISON(NotEqual, x != y)
TL_COMPARISON(Less, x < y)
TL_COMPARISON(LessEqual, x <= y)
TL_COMPARISON(Greater, x > y)
TL_COMPARISON(GreaterEqual, x >= y)
TL_BINARY(SiluMul, x* sigmoid_of(x) * y)

#undef TL_COMPARISON
#undef TL_BINARY

struct Where {
  template <class V>
  TL_INLINE V of(V x, V y, V z) {
    return choose(x != 0.0f, y, z);
  }
};

struct MulAdd {
  template <class V>
  TL_INLINE V of(V x, V y, V z) {
    return x * y + z;
  }
};

struct Clamp {
  template <class V>
  TL_INLINE V of(V x, V low, V high) {
    const V v = choose(x < low, low, x);
    return choose(v > high, high, v);
  }
};

}  // namespace TL_LEVEL
}  // namespace tl
