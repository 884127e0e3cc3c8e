// Matrix products. words: activation (-1 none), whether there is a bias; a [..., m, k], b [..., k, n], bias [n],
// out [..., m, n] row-major.
#include <metal_stdlib>
#include "blocks.h"
#include "formulas.h"
#include "views.h"

using namespace metal;

struct Product {
  int activation;
  bool biased;
  View a, b, bias, out;
  long m, n, k;
};

static inline Product product_of(constant long* words) {
  Product p;
  p.activation = static_cast<int>(words[0]);
  p.biased = words[1] != 0;
  words += 2;
  p.a = next_view(words);
  p.b = next_view(words);
  p.bias = next_view(words);
  p.out = next_view(words);
  p.m = p.a.extents[p.a.rank - 2];
  p.k = p.a.extents[p.a.rank - 1];
  p.n = p.b.extents[p.b.rank - 1];
  return p;
}

static inline float finished(Product p, device const uchar* bias, long column, float sum) {
  if (p.biased) sum += load(bias, p.bias.encoding, p.bias.offset + column * p.bias.strides[0]);
  return p.activation < 0 ? sum : tl::gpu::unary(p.activation, sum);
}

constant int kTile = 32;

// A tile of 32 x 32 results by four simdgroups, 16 x 16 each; 32 of the depth at a time in threadgroup memory, as
// halves or floats. Operands may lie in any way; packed b lies along its depth.
#define TL_MATMUL(NAME, TYPE, MATRIX)                                                                                 \
  [[max_total_threads_per_threadgroup(128)]]                                                                          \
  kernel void NAME(constant long* words [[buffer(0)]], device const uchar* a [[buffer(1)]],                          \
                   device const uchar* b [[buffer(2)]], device const uchar* bias [[buffer(3)]],                      \
                   device uchar* out [[buffer(4)]], uint i [[thread_index_in_threadgroup]],                          \
                   uint simdgroup [[simdgroup_index_in_threadgroup]], uint3 group [[threadgroup_position_in_grid]]) { \
    threadgroup TYPE left[32 * 32];                                                                                   \
    threadgroup TYPE right[32 * 32];                                                                                  \
    threadgroup float result[32 * 32];                                                                                \
    const Product p = product_of(words);                                                                              \
    const long row = static_cast<long>(group.y) * kTile, column = static_cast<long>(group.x) * kTile;                 \
    const long a0 = position_of(p.a, p.a.rank - 2, group.z), b0 = position_of(p.b, p.b.rank - 2, group.z);            \
    const long a_row = p.a.strides[p.a.rank - 2], a_deep = p.a.strides[p.a.rank - 1];                                 \
    const long b_deep = p.b.strides[p.b.rank - 2], b_column = p.b.strides[p.b.rank - 1];                              \
    const int packed = block_size(p.b.encoding) > 1;                                                                  \
    const uint block_row = simdgroup / 2 * 16, block_column = simdgroup % 2 * 16;                                     \
    simdgroup_float8x8 sums[4];                                                                                       \
    for (int t = 0; t < 4; t++) sums[t] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);                            \
    for (long deep = 0; deep < p.k; deep += kTile) {                                                                  \
      for (int e = static_cast<int>(i); e < kTile * kTile; e += 128) {                                                \
        const long r = row + e / kTile, d = deep + e % kTile;                                                         \
        left[e] = r < p.m && d < p.k ? static_cast<TYPE>(load(a, p.a.encoding, a0 + r * a_row + d * a_deep))          \
                                     : static_cast<TYPE>(0.0f);                                                       \
      }                                                                                                               \
      if (packed) {                                                                                                   \
        if (i < 32) {                                                                                                 \
          float values[32];                                                                                           \
          const long c = column + i;                                                                                  \
          const long first = (b0 + (c < p.n ? c : p.n - 1) * b_column) / block_size(p.b.encoding);                    \
          decode_32(b + first * block_bytes(p.b.encoding), p.b.encoding, deep / 32, values);                          \
          for (int d = 0; d < kTile; d++) right[d * kTile + static_cast<int>(i)] = static_cast<TYPE>(values[d]);      \
        }                                                                                                             \
      } else {                                                                                                        \
        for (int e = static_cast<int>(i); e < kTile * kTile; e += 128) {                                              \
          const long d = deep + e / kTile, c = column + e % kTile;                                                    \
          right[e] = d < p.k && c < p.n ? static_cast<TYPE>(load(b, p.b.encoding, b0 + d * b_deep + c * b_column))    \
                                        : static_cast<TYPE>(0.0f);                                                    \
        }                                                                                                             \
      }                                                                                                               \
      threadgroup_barrier(mem_flags::mem_threadgroup);                                                                \
      for (uint d = 0; d < 32; d += 8) {                                                                              \
        MATRIX x[2];                                                                                                  \
        MATRIX y[2];                                                                                                  \
        for (uint t = 0; t < 2; t++) {                                                                                \
          simdgroup_load(x[t], left + (block_row + 8 * t) * 32 + d, 32);                                              \
          simdgroup_load(y[t], right + d * 32 + block_column + 8 * t, 32);                                            \
        }                                                                                                             \
        for (uint t = 0; t < 4; t++) simdgroup_multiply_accumulate(sums[t], x[t / 2], y[t % 2], sums[t]);             \
      }                                                                                                               \
      threadgroup_barrier(mem_flags::mem_threadgroup);                                                                \
    }                                                                                                                 \
    for (uint t = 0; t < 4; t++)                                                                                      \
      simdgroup_store(sums[t], result + (block_row + t / 2 * 8) * 32 + block_column + t % 2 * 8, 32);                 \
    threadgroup_barrier(mem_flags::mem_threadgroup);                                                                  \
    for (int e = static_cast<int>(i); e < kTile * kTile; e += 128) {                                                  \
      const long r = row + e / kTile, c = column + e % kTile;                                                         \
      if (r < p.m && c < p.n)                                                                                         \
        store(out, p.out.encoding, p.out.offset + (static_cast<long>(group.z) * p.m + r) * p.n + c,                   \
              finished(p, bias, c, result[e]));                                                                       \
    }                                                                                                                 \
  }

TL_MATMUL(matmul_half, half, simdgroup_half8x8)
TL_MATMUL(matmul_float, float, simdgroup_float8x8)

// Few rows: a simdgroup for each result; its lanes take 32 of the depth at a time. b lies along its depth, in blocks
// or plain.
[[max_total_threads_per_threadgroup(128)]]
kernel void matvec(constant long* words [[buffer(0)]], device const uchar* a [[buffer(1)]],
                   device const uchar* b [[buffer(2)]], device const uchar* bias [[buffer(3)]],
                   device uchar* out [[buffer(4)]], uint lane [[thread_index_in_simdgroup]],
                   uint simdgroup [[simdgroup_index_in_threadgroup]], uint3 group [[threadgroup_position_in_grid]]) {
  const Product p = product_of(words);
  const long column = static_cast<long>(group.x) * 4 + simdgroup, row = group.y;
  if (column >= p.n) return;
  const long a0 = position_of(p.a, p.a.rank - 2, group.z) + row * p.a.strides[p.a.rank - 2];
  const long b0 = position_of(p.b, p.b.rank - 2, group.z) + column * p.b.strides[p.b.rank - 1];
  const long a_deep = p.a.strides[p.a.rank - 1];
  device const uchar* weights = b + b0 / block_size(p.b.encoding) * block_bytes(p.b.encoding);
  float sum = 0.0f;
  for (long chunk = lane; chunk * 32 < p.k; chunk += 32) {
    const int count = static_cast<int>(min(static_cast<long>(32), p.k - chunk * 32));
    if (count == 32) {
      float values[32];
      decode_32(weights, p.b.encoding, chunk, values);
      for (int d = 0; d < 32; d++) sum += values[d] * load(a, p.a.encoding, a0 + (chunk * 32 + d) * a_deep);
    } else {  // plain encodings only: blocks have whole chunks
      for (long d = chunk * 32; d < p.k; d++)
        sum += load(weights, p.b.encoding, d) * load(a, p.a.encoding, a0 + d * a_deep);
    }
  }
  sum = simd_sum(sum);
  if (lane == 0)
    store(out, p.out.encoding, p.out.offset + (static_cast<long>(group.z) * p.m + row) * p.n + column,
          finished(p, bias, column, sum));
}
