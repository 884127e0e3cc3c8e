// arg_reduce and cumsum: along the last axis of a strided view.
#include "kernels.h"
#include "math.h"
#include "reduce.h"
#include "short_rows.h"

namespace tl {
namespace TL_LEVEL {

// The first position of a value, NaN standing for any NaN, or n.
template <int64_t ENC>
static int64_t find(const char* p, int64_t n, float value) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const VF v = load_at<ENC>(p, i);
    if (any(value == value ? v == value : v != v)) break;
  }
  for (; i < n; i++) {
    const float v = load_one(p + i * element_size(ENC), ENC);
    if (value == value ? v == value : v != v) break;
  }
  return i;
}

// The best element of a row: the best of each block, then its position in the first best block.
template <class R, int64_t ENC>
static int64_t find_best(const char* p, int64_t n) {
  float best = reduce_block<R, ENC>(p, least(BLOCK, n));
  int64_t at = 0;
  for (int64_t i = BLOCK; i < n && best == best; i += BLOCK) {
    const float here = reduce_block<R, ENC>(p + i * element_size(ENC), least(BLOCK, n - i));
    if (here == best || (here == here && R::merge(static_cast<double>(here), static_cast<double>(best)) == static_cast<double>(best))) continue;
    best = here;
    at = i;
  }
  return at + find<ENC>(p + at * element_size(ENC), least(BLOCK, n - at), best);
}

// The first position of the best of n elements in each lane.
template <bool LARGEST>
TL_INLINE VI best_of(const VF* x, int64_t n) {
  VF best = x[0];
  VI at = {};
  for (int64_t k = 1; k < n; k++) {
    const VI better = (LARGEST ? x[k] > best : x[k] < best) | ((x[k] != x[k]) & (best == best));
    best = choose(better, x[k], best);
    at = better ? VI{} + static_cast<int32_t>(k) : at;
  }
  return at;
}

template <int64_t IN, bool LARGEST>
static void find_best_of_short(const View& x, const Axes& rows, int64_t n, int32_t* out) {
  parallel_for(rows.count, rows_grain(n), [&](int64_t begin, int64_t end, int) {
    alignas(64) int32_t found[BATCH];
    for_short_rows<IN>(
        x.data, rows, n, begin, end,
        [&](const VF* lanes, int64_t c) {
          const VI at = best_of<LARGEST>(lanes, n);
          memcpy(found + c, &at, sizeof at);
        },
        [&](int64_t i, int64_t count) { memcpy(out + i, found, 4 * static_cast<size_t>(count)); });
  });
}

using FindBest = int64_t (*)(const char* p, int64_t n);

int64_t arg_reduce(const Command& c) {
  const View &x = c.operand[0], &out = c.operand[1];
  const bool largest = integer(c, 0) != 0;
  if (x.rank < 1 || x.dim[x.rank - 1] == 0 || !dense(out)) return ERROR_COMMAND;
  if ((x.enc != F32 && x.enc != F16) || out.enc != I32) return ERROR_UNSUPPORTED;
  const Axes rows = merged_axes(x, 0, x.rank - 1);
  const int64_t n = x.dim[x.rank - 1], stride = x.stride[x.rank - 1], size = element_size(x.enc);
  if (element_count(out) != rows.count) return ERROR_COMMAND;
  const bool halves = stride == 1 && x.enc == F16;
  if (stride == 1 && n <= SHORT) {
    int32_t* to = reinterpret_cast<int32_t*>(out.data);
    if (largest) halves ? find_best_of_short<F16, true>(x, rows, n, to) : find_best_of_short<F32, true>(x, rows, n, to);
    else halves ? find_best_of_short<F16, false>(x, rows, n, to) : find_best_of_short<F32, false>(x, rows, n, to);
    return OK;
  }
  const FindBest best = halves ? (largest ? find_best<Largest, F16> : find_best<Smallest, F16>)
                               : (largest ? find_best<Largest, F32> : find_best<Smallest, F32>);
  int64_t status = OK;
  parallel_for(rows.count, rows_grain(n), [&](int64_t begin, int64_t end, int) {
    Scratchpad row(stride == 1 ? 0 : n);
    if (row.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    for (int64_t i = begin; i < end; i++) {
      const char* p = x.data + offset_of(rows, i) * size;
      if (stride != 1) load_strided(x.enc, p, stride, row.data(), n);
      reinterpret_cast<int32_t*>(out.data)[i] = static_cast<int32_t>(best(stride == 1 ? p : reinterpret_cast<const char*>(row.data()), n));
    }
  });
  return status;
}

// The sums of lanes 0 … i in lane i.
TL_INLINE VF prefix_sums(VF v) {
  const VF zero = vf(0);
#if defined(__AVX512F__)
  v += (VF)__builtin_shufflevector(v, zero, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  v += (VF)__builtin_shufflevector(v, zero, 16, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
  v += (VF)__builtin_shufflevector(v, zero, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  v += (VF)__builtin_shufflevector(v, zero, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7);
#elif defined(__AVX2__)
  v += (VF)__builtin_shufflevector(v, zero, 8, 0, 1, 2, 3, 4, 5, 6);
  v += (VF)__builtin_shufflevector(v, zero, 8, 9, 0, 1, 2, 3, 4, 5);
  v += (VF)__builtin_shufflevector(v, zero, 8, 9, 10, 11, 0, 1, 2, 3);
#else
  v += (VF)__builtin_shufflevector(v, zero, 4, 0, 1, 2);
  v += (VF)__builtin_shufflevector(v, zero, 4, 5, 0, 1);
#endif
  return v;
}

// Float sums within a vector, double between vectors.
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
        for (int64_t k = 0; k < m; k += LANES) {
          const int lanes = static_cast<int>(least(LANES, m - k));
          const VF sums = prefix_sums(load(block + k));
          store(block + k, sums + static_cast<float>(sum));
          sum += static_cast<double>(sums[lanes - 1]);
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
