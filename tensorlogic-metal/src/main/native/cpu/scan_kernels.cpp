// arg_reduce and cumsum: along the last axis of a strided view.
#include "axes.h"
#include "kernels.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t BLOCK = 4096;

struct Best {
  float value;
  int64_t index;
};

// NaN beats everything, the first of equals wins; SIGN -1 looks for the smallest.
template <int SIGN>
TL_INLINE bool beats(float v, float best) { return SIGN * v > SIGN * best || (v != v && best == best); }

template <int SIGN, int64_t ENC>
static void find_best(const char* p, int64_t n, int64_t base, Best& best) {
  int64_t i = 0;
  if (n >= 2 * LANES) {
    VF value = load_at<ENC>(p, 0) * vf(SIGN);
    VI index{}, lane;
    for (int k = 0; k < LANES; k++) lane[k] = k;
    for (i = LANES; i + LANES <= n; i += LANES) {
      const VF v = load_at<ENC>(p, i) * vf(SIGN);
      const VI better = (v > value) | ((v != v) & (value == value));
      value = better ? v : value;
      index = better ? vi(static_cast<int32_t>(i)) : index;
    }
    index += lane;
    Best here{value[0] * SIGN, index[0]};
    for (int k = 1; k < LANES; k++) {
      const float v = value[k] * SIGN;
      const bool same = v == here.value || (v != v && here.value != here.value);
      if (beats<SIGN>(v, here.value) || (same && index[k] < here.index)) here = {v, index[k]};
    }
    if (best.index < 0 || beats<SIGN>(here.value, best.value)) best = {here.value, base + here.index};
  }
  for (; i < n; i++) {
    const float v = load_one(p + i * element_size(ENC), ENC);
    if (best.index < 0 || beats<SIGN>(v, best.value)) best = {v, base + i};
  }
}

using FindBest = void (*)(const char*, int64_t, int64_t, Best&);

int64_t arg_reduce(const Command& c) {
  const View &x = c.operand[0], &out = c.operand[1];
  const bool largest = integer(c, 0) != 0;
  if (x.rank < 1 || x.dim[x.rank - 1] == 0 || !dense(out)) return ERROR_COMMAND;
  if ((x.enc != F32 && x.enc != F16) || out.enc != I32) return ERROR_UNSUPPORTED;
  const Axes rows = merged_axes(x, 0, x.rank - 1);
  const int64_t n = x.dim[x.rank - 1], stride = x.stride[x.rank - 1], size = element_size(x.enc);
  if (element_count(out) != rows.count) return ERROR_COMMAND;
  const FindBest find = stride != 1 || x.enc == F32 ? (largest ? find_best<1, F32> : find_best<-1, F32>)
                                                    : (largest ? find_best<1, F16> : find_best<-1, F16>);
  parallel_for(rows.count, rows_grain(n), [&](int64_t begin, int64_t end, int) {
    alignas(64) float block[BLOCK];
    for (int64_t row = begin; row < end; row++) {
      const char* p = x.data + offset_of(rows, row) * size;
      Best best{0, -1};
      for (int64_t i = 0; i < n; i += BLOCK) {
        const int64_t m = least(BLOCK, n - i);
        if (stride != 1) load_strided(x.enc, p + i * stride * size, stride, block, m);
        find(stride != 1 ? reinterpret_cast<const char*>(block) : p + i * size, m, i, best);
      }
      reinterpret_cast<int32_t*>(out.data)[row] = static_cast<int32_t>(best.index);
    }
  });
  return OK;
}

// Running sums in double; rows one after another.
int64_t cumsum(const Command& c) {
  const View &x = c.operand[0], &out = c.operand[1];
  if (x.rank < 1 || !dense(out) || element_count(out) != element_count(x)) return ERROR_COMMAND;
  if ((x.enc != F32 && x.enc != F16) || (out.enc != F32 && out.enc != F16)) return ERROR_UNSUPPORTED;
  const Axes rows = merged_axes(x, 0, x.rank - 1);
  const int64_t n = x.dim[x.rank - 1], stride = x.stride[x.rank - 1];
  const bool stream = element_count(out) * element_size(out.enc) >= STREAM_BYTES;
  parallel_for(rows.count, rows_grain(n), [&](int64_t begin, int64_t end, int) {
    alignas(64) float block[BLOCK];
    for (int64_t row = begin; row < end; row++) {
      const char* p = x.data + offset_of(rows, row) * element_size(x.enc);
      double sum = 0;
      for (int64_t i = 0; i < n; i += BLOCK) {
        const int64_t m = least(BLOCK, n - i);
        load_strided(x.enc, p + i * stride * element_size(x.enc), stride, block, m);
        for (int64_t k = 0; k < m; k++) {
          sum += static_cast<double>(block[k]);
          block[k] = static_cast<float>(sum);
        }
        store_row(out.enc, block, out.data + (row * n + i) * element_size(out.enc), m, stream);
      }
    }
    if (stream) stream_end();
  });
  return OK;
}

}  // namespace TL_LEVEL
}  // namespace tl
