// fill(value; out): every element of out becomes value. out: f32 or f16, dense.
#include "kernels.h"
#include "pool.h"
#include "vec.h"

namespace tl {
namespace TL_LEVEL {

// Elements worth a chunk of their own: about 10 µs of work.
constexpr int64_t GRAIN = 1 << 16;

static void fill_f32(float* out, int64_t n, float value) {
  const VF v = vf(value);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) store(out + i, v);
  if (i < n) store_n(out + i, v, static_cast<int>(n - i));
}

static void fill_f16(uint16_t* out, int64_t n, float value) {
  const VF v = vf(value);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) store_half(out + i, v);
  if (i < n) store_half_n(out + i, v, static_cast<int>(n - i));
}

int64_t fill(const Command& c) {
  const View& out = c.operand[0];
  const float value = real(c, 0);
  if (!dense(out) || (out.enc != F32 && out.enc != F16)) return ERROR_UNSUPPORTED;
  parallel_for(element_count(out), GRAIN, [&](int64_t begin, int64_t end, int) {
    if (out.enc == F32)
      fill_f32(reinterpret_cast<float*>(out.data) + begin, end - begin, value);
    else
      fill_f16(reinterpret_cast<uint16_t*>(out.data) + begin, end - begin, value);
  });
  return OK;
}

}  // namespace TL_LEVEL
}  // namespace tl
