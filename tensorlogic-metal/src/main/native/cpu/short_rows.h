// Rows of a few adjacent elements, as many at a time as there are lanes: each lane has a row of its own.
#pragma once

#include <type_traits>

#include "axes.h"
#include "transpose.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t SHORT = 32;  // elements of a row, at most
constexpr int64_t BATCH = 32;  // rows: few, since a stack may have little left

// For the rows begin … end - 1, n <= SHORT elements each: step(x, c) for the elements x[0 … n - 1] of LANES rows from the
// c-th of a batch on, then done(i, count) for the batch of `count` <= BATCH rows from row i on. Lanes behind the last row
// hold anything.
template <int64_t IN, class Step, class Done>
static void for_short_rows(const char* data, const Axes& leading, int64_t n, int64_t begin, int64_t end, const Step& step, const Done& done) {
  using T = std::conditional_t<IN == F16, uint16_t, float>;
  const int64_t extent = leading.last_extent(), stride = leading.rank > 0 ? leading.last_stride() : 0;
  alignas(64) T turned[SHORT * BATCH + LANES] = {};
  for (int64_t i = begin, count; i < end; i += count) {
    count = least(BATCH, least(end - i, extent - i % extent));
    transpose(reinterpret_cast<const T*>(data) + offset_of(leading, i), stride, turned, n, count);
    for (int64_t c = 0; c < count; c += LANES) {
      VF x[SHORT];
      for (int64_t k = 0; k < n; k++) x[k] = load_at<IN>(reinterpret_cast<const char*>(turned), k * count + c);
      step(x, c);
    }
    done(i, count);
  }
}

}  // namespace TL_LEVEL
}  // namespace tl
