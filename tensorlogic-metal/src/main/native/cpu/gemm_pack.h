// Packing for gemm: out[k][width] as f32 from a matrix whose rows or columns become the panel's width.
#pragma once

#include "gemm.h"
#include "transpose.h"

namespace tl {
namespace TL_LEVEL {

// Transposes LANES x LANES elements by log2(LANES) rounds of interleaving row i with row i + LANES/2.
TL_INLINE void transpose(VF (&r)[LANES]) {
#if defined(__AVX512F__)
  constexpr int ROUNDS = 4;
  const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#define TL_LOW(a, b) _mm512_permutex2var_ps(a, low, b)
#define TL_HIGH(a, b) _mm512_permutex2var_ps(a, high, b)
#elif defined(__AVX2__)
  constexpr int ROUNDS = 3;
#define TL_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define TL_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
  constexpr int ROUNDS = 2;
#define TL_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define TL_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif
#pragma GCC unroll 4
  for (int round = 0; round < ROUNDS; round++) {
    VF t[LANES];
#pragma GCC unroll 16
    for (int i = 0; i < LANES / 2; i++) {
      t[2 * i] = TL_LOW(r[i], r[i + LANES / 2]);
      t[2 * i + 1] = TL_HIGH(r[i], r[i + LANES / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) r[i] = t[i];
  }
#undef TL_LOW
#undef TL_HIGH
}

// Bytes along a row that are asked for ahead: too many rows are read at once for the hardware to follow.
constexpr int64_t FETCH_AHEAD = 512;

// One row of the panel may be written a vector beyond its width where a later row overwrites it: the
// panel needs LANES floats of room behind it.

// The panel's rows are consecutive in memory: a copy.
template <int64_t ENC>
static void pack_along(const char* data, int64_t step, int64_t depth, int width, int padded, float* out) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  for (int64_t k = 0; k < depth; k++, data += step * SIZE, out += padded) {
    int i = 0;
    for (; i + LANES <= width; i += LANES) store(out + i, load_as<ENC>(data + i * SIZE));
    if (i < width) {
      const VF v = load_as_n<ENC>(data + i * SIZE, width - i);
      if (padded >= i + LANES)
        store(out + i, v);
      else
        store_n(out + i, v, width - i);
      i += LANES;
    }
    for (; i < padded; i += LANES) store(out + i, VF{});
  }
}

// The panel's columns are consecutive in memory: transposed block by block, in registers.
template <int64_t ENC>
static void pack_across(const char* data, int64_t step, int64_t depth, int width, int padded, float* out) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  for (int64_t k = 0; k < depth; k += LANES, out += LANES * padded) {
    const int rows = static_cast<int>(least(LANES, depth - k));
    // From the last vector to the first: what one writes beyond the width, another overwrites.
    for (int i = (padded - 1) / LANES * LANES; i >= 0; i -= LANES) {
      VF r[LANES];
      const char* p = data + (i * step + k) * SIZE;
      if (rows == LANES && i + LANES <= width) {
#pragma GCC unroll 16
        for (int j = 0; j < LANES; j++) {
          r[j] = load_as<ENC>(p + j * step * SIZE);
          __builtin_prefetch(p + j * step * SIZE + FETCH_AHEAD, 0, 2);
        }
      } else {
        for (int j = 0; j < LANES; j++) {
          if (i + j >= width) r[j] = VF{};
          else if (rows == LANES) r[j] = load_as<ENC>(p + j * step * SIZE);
          else r[j] = load_as_n<ENC>(p + j * step * SIZE, rows);
        }
      }
      transpose(r);
      if (rows == LANES) {
#pragma GCC unroll 16
        for (int j = 0; j < LANES; j++) store(out + j * padded + i, r[j]);
      } else {
        for (int j = 0; j < rows; j++) store(out + j * padded + i, r[j]);
      }
    }
  }
}

#if defined(__AVX512BW__)
// The same for elements of 16 bits, a cache line of each row at a time: transposed before they become floats, which
// takes half as many shuffles.
template <int64_t ENC>
static void pack_across_halves(const char* data, int64_t step, int64_t depth, int width, int padded, float* out) {
  constexpr int DEEP = 32, N = 8;  // elements of a line, of 16 bytes
  const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  for (int64_t k = 0; k < depth; k += DEEP, out += DEEP * padded) {
    const int deep = static_cast<int>(least(DEEP, depth - k));
    const __mmask32 all = deep == DEEP ? ~0u : (1u << deep) - 1;
    for (int i = (padded - 1) / LANES * LANES; i >= 0; i -= LANES) {
      __m512i v[2][N], t[N];
#pragma GCC unroll 2
      for (int g = 0; g < 2; g++) {
#pragma GCC unroll 8
        for (int j = 0; j < N; j++) {
          const char* p = data + ((i + g * N + j) * step + k) * 2;
          v[g][j] = _mm512_maskz_loadu_epi16(i + g * N + j < width ? all : 0, p);
          __builtin_prefetch(p + FETCH_AHEAD, 0, 2);
        }
#pragma GCC unroll 3
        for (int round = 0; round < 3; round++) {
#pragma GCC unroll 4
          for (int j = 0; j < N / 2; j++) {
            t[2 * j] = interleave<uint16_t, false>(v[g][j], v[g][j + N / 2]);
            t[2 * j + 1] = interleave<uint16_t, true>(v[g][j], v[g][j + N / 2]);
          }
#pragma GCC unroll 8
          for (int j = 0; j < N; j++) v[g][j] = t[j];
        }
      }
      // Piece q of v[g][j], 16 bytes, has rows 8g … 8g + 7 of column 8q + j.
      alignas(64) __m512i turned[2][N];
#pragma GCC unroll 8
      for (int j = 0; j < N; j++) {
        turned[0][j] = _mm512_permutex2var_epi64(v[0][j], low, v[1][j]);
        turned[1][j] = _mm512_permutex2var_epi64(v[0][j], high, v[1][j]);
      }
#pragma GCC unroll 4
      for (int q = 0; q < 4; q++)
        for (int j = 0; j < least(N, deep - q * N); j++)
          store(out + (q * N + j) * padded + i, load_as<ENC>(reinterpret_cast<const char*>(&turned[q / 2][j]) + q % 2 * 32));
    }
  }
}
#endif

static void pack_any(const char* data, int64_t enc, int64_t across, int64_t along, int64_t depth, int width, int padded, float* out) {
  const int64_t size = element_size(enc);
  for (int64_t k = 0; k < depth; k++, out += padded)
    for (int i = 0; i < padded; i++) out[i] = i < width ? load_one(data + (i * across + k * along) * size, enc) : 0;
}

// Packs `width` lines of m, k from k0 on. A line is a row if `rows`, else a column; k runs along it.
// Stored k by k, each k's elements padded with zeros from `width` to `padded`.
TL_LOCAL void pack(const Matrix& m, bool rows, int64_t line, int width, int64_t k0, int64_t depth, int padded, float* out) {
  const int64_t across = rows ? m.row : m.column, along = rows ? m.column : m.row;
  const char* data = m.data + (line * across + k0 * along) * element_size(m.enc);
#if defined(__AVX512BW__)
  if (along == 1 && m.enc == F16) return pack_across_halves<F16>(data, across, depth, width, padded, out);
  if (along == 1 && m.enc == BF16) return pack_across_halves<BF16>(data, across, depth, width, padded, out);
#endif
  if (along == 1 && m.enc == F16) pack_across<F16>(data, across, depth, width, padded, out);
  else if (along == 1 && m.enc == F32) pack_across<F32>(data, across, depth, width, padded, out);
  else if (along == 1 && m.enc == BF16) pack_across<BF16>(data, across, depth, width, padded, out);
  else if (across == 1 && m.enc == F16) pack_along<F16>(data, along, depth, width, padded, out);
  else if (across == 1 && m.enc == F32) pack_along<F32>(data, along, depth, width, padded, out);
  else if (across == 1 && m.enc == BF16) pack_along<BF16>(data, along, depth, width, padded, out);
  else pack_any(data, m.enc, across, along, depth, width, padded, out);
}

// The same for rows that are packed blocks: decoded into `scratch` (padded · depth floats) first.
TL_LOCAL void pack_blocks(const Matrix& m, int64_t line, int width, int64_t k0, int64_t depth, int padded, float* scratch, float* out) {
  for (int i = 0; i < width; i++) m.read(m.data + (line + i) * m.row, k0, depth, scratch + i * depth);
  pack_across<F32>(reinterpret_cast<const char*>(scratch), depth, depth, width, padded, out);
}

}  // namespace TL_LEVEL
}  // namespace tl
