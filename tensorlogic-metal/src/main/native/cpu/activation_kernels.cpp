// activate: any unary operation on a few floats in the first-level cache, for the epilogues of products.
#include "gemm.h"
#include "math.h"
#include "unary_ops.h"

namespace tl {
namespace TL_LEVEL {

template <class Op>
static void apply(float* x, int64_t n) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) store(x + i, Op::of(load(x + i)));
  if (i < n) store_n(x + i, Op::of(load_n(x + i, static_cast<int>(n - i))), static_cast<int>(n - i));
}

void activate(int64_t op, float* x, int64_t n) {
  using Apply = void (*)(float*, int64_t);
#define TL_ENTRY(NAME) apply<NAME>,
  static constexpr Apply TABLE[] = {TL_UNARY_OPS(TL_ENTRY)};
#undef TL_ENTRY
  TABLE[op](x, n);
}

bool is_unary(int64_t op) {
#define TL_ONE(NAME) +1
  return op >= 0 && op < 0 TL_UNARY_OPS(TL_ONE);
#undef TL_ONE
}

}  // namespace TL_LEVEL
}  // namespace tl
