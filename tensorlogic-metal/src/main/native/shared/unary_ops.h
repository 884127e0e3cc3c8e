// Every elementwise function of one number, once, for the C++ and the Metal kernels.
// The order is the code that Java passes; see elementary.h for what V may be and how exact they are.
#pragma once

#include "elementary.h"

#define TL_UNARY_OPS(OP) \
  OP(Neg)                \
  OP(Abs)                \
  OP(Exp)                \
  OP(Log)                \
  OP(Sqrt)               \
  OP(Rsqrt)              \
  OP(Reciprocal)         \
  OP(Square)             \
  OP(Sin)                \
  OP(Cos)                \
  OP(Tan)                \
  OP(Tanh)               \
  OP(Sigmoid)            \
  OP(Relu)               \
  OP(Gelu)               \
  OP(GeluErf)            \
  OP(Silu)               \
  OP(Erf)                \
  OP(Floor)              \
  OP(Ceil)               \
  OP(Round)              \
  OP(Sign)               \
  OP(Step)

namespace tl {
namespace TL_LEVEL {

#define TL_UNARY(NAME, FORMULA)                 \
  struct NAME {                                 \
    template <class V>                          \
    TL_INLINE V of(V x) {                       \
      return FORMULA;                           \
    }                                           \
  };

TL_UNARY(Neg, -x)
TL_UNARY(Abs, magnitude(x))
TL_UNARY(Exp, exp_of(x))
TL_UNARY(Log, log_of(x))
TL_UNARY(Sqrt, root(x))
TL_UNARY(Rsqrt, 1.0f / root(x))
TL_UNARY(Reciprocal, 1.0f / x)
TL_UNARY(Square, x * x)
TL_UNARY(Sin, sin_of(x))
TL_UNARY(Cos, cos_of(x))
TL_UNARY(Tan, tan_of(x))
TL_UNARY(Tanh, tanh_of(x))
TL_UNARY(Sigmoid, sigmoid_of(x))
TL_UNARY(Relu, choose(x < 0.0f, splat<V>(0.0f), x))
// 0.5 (1 + tanh u) is sigmoid(2 u); 2 sqrt(2/π) = 1.59576912
TL_UNARY(Gelu, x* sigmoid_of(x*(1.59576912f + 0.0713548163f * (x * x))))
TL_UNARY(GeluErf, x* normal_cdf(x))
TL_UNARY(Silu, x* sigmoid_of(x))
TL_UNARY(Erf, erf_of(x))
TL_UNARY(Floor, round_down(x))
TL_UNARY(Ceil, -round_down(-x))
TL_UNARY(Round, round_even(x))
TL_UNARY(Sign, choose(x > 0.0f, splat<V>(1.0f), choose(x < 0.0f, splat<V>(-1.0f), x)))
TL_UNARY(Step, choose(x > 0.0f, splat<V>(1.0f), splat<V>(0.0f)))

#undef TL_UNARY

}  // namespace TL_LEVEL
}  // namespace tl
