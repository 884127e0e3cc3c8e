// What both forms of attention share: out = softmax(scale q k^T + mask) v for q [b, h, n, d],
// k [b, g, m, d], v [b, g, m, e], out [b, h, n, e]; head i reads group i / (h / g).
#pragma once

#include "axes.h"
#include "gemm_pack.h"
#include "math.h"

namespace tl {
namespace TL_LEVEL {

struct Attention {
  View q, k, v, mask, out;
  bool causal;
  float scale;
  int64_t batches, groups, keys, queries, heads;  // heads per group
  int64_t d, e;

  // The rows of one group are numbered query by query, so that neighbours see nearly the same keys.
  int64_t rows() const { return queries * heads; }

  // Keys that a row sees: 0 … visible - 1.
  int64_t visible(int64_t row) const { return causal ? most(0, least(keys, row / heads + keys - queries + 1)) : keys; }

  const char* query(int64_t b, int64_t group, int64_t row) const {
    const int64_t head = group * heads + row % heads;
    return q.data + (b * q.stride[0] + head * q.stride[1] + row / heads * q.stride[2]) * element_size(q.enc);
  }

  // The masks of a row, mask.stride[3] apart.
  const char* masks(int64_t b, int64_t group, int64_t row) const {
    const int64_t head = group * heads + row % heads;
    return mask.data + (b * mask.stride[0] + head * mask.stride[1] + row / heads * mask.stride[2]) * element_size(mask.enc);
  }

  char* result(int64_t b, int64_t group, int64_t row) const {
    const int64_t head = group * heads + row % heads;
    return out.data + ((b * groups * heads + head) * queries + row / heads) * e * element_size(out.enc);
  }

  const char* key(int64_t b, int64_t group, int64_t position) const {
    return k.data + (b * k.stride[0] + group * k.stride[1] + position * k.stride[2]) * element_size(k.enc);
  }

  const char* value(int64_t b, int64_t group, int64_t position) const {
    return v.data + (b * v.stride[0] + group * v.stride[1] + position * v.stride[2]) * element_size(v.enc);
  }
};

// For few rows: streams keys and values once, split by positions.
int64_t attention_by_position(const Attention& a);

}  // namespace TL_LEVEL
}  // namespace tl
