// Transposition of elements of 2 or 4 bytes between strided rows.
#pragma once

#include "rows.h"

namespace tl {
namespace TL_LEVEL {

// to[r · cols + c] = from[c · step + r], 16 bytes at a time where they fit.
template <class T>
static void transpose(const T* from, int64_t step, T* to, int64_t rows, int64_t cols) {
  constexpr int N = 16 / sizeof(T);
  typedef T Vec __attribute__((vector_size(16)));
  const int64_t full_rows = rows - rows % N, full_cols = cols - cols % N;
  for (int64_t c = 0; c < full_cols; c += N)
    for (int64_t r = 0; r < full_rows; r += N) {
      Vec a[N], b[N];
      for (int i = 0; i < N; i++) memcpy(&a[i], from + (c + i) * step + r, 16);
      for (int width = N; width > 1; width /= 2) {  // each round is one perfect shuffle of all N · N
        for (int i = 0; i < N / 2; i++) {
          if constexpr (N == 8) {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
            b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
          } else if constexpr (N == 4) {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + 2], 0, 4, 1, 5);
            b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 2], 2, 6, 3, 7);
          } else {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + 1], 0, 2);
            b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 3);
          }
        }
        for (int i = 0; i < N; i++) a[i] = b[i];
      }
      for (int i = 0; i < N; i++) memcpy(to + (r + i) * cols + c, &a[i], 16);
    }
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = r < full_rows ? full_cols : 0; c < cols; c++) to[r * cols + c] = item(from + c * step + r);
}

// Blocks --------------------------------------------------------------------------------------------
// A block writes two neighbouring cache lines of every row: single lines scattered over memory cost twice as much.

constexpr int64_t BLOCK_BYTES = 128;
constexpr int64_t BLOCK_AHEAD = 128;  // bytes from what is read of a row to its prefetch

// The elements of two lines in turns, 16 bytes by 16 bytes: of their lower or higher halves.
template <class T, bool HIGHER>
TL_INLINE Line interleave(Line a, Line b) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 2) return HIGHER ? _mm512_unpackhi_epi16(a, b) : _mm512_unpacklo_epi16(a, b);
  else return HIGHER ? _mm512_unpackhi_epi32(a, b) : _mm512_unpacklo_epi32(a, b);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 2) return HIGHER ? _mm256_unpackhi_epi16(a, b) : _mm256_unpacklo_epi16(a, b);
  else return HIGHER ? _mm256_unpackhi_epi32(a, b) : _mm256_unpacklo_epi32(a, b);
#else
  typedef T Vec __attribute__((vector_size(16)));
  Vec x, y;
  memcpy(&x, &a, 16);
  memcpy(&y, &b, 16);
  if constexpr (sizeof(T) == 2) x = HIGHER ? __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15) : __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11);
  else x = HIGHER ? __builtin_shufflevector(x, y, 2, 6, 3, 7) : __builtin_shufflevector(x, y, 0, 4, 1, 5);
  memcpy(&a, &x, 16);
  return a;
#endif
}

constexpr int SIXTEENS = sizeof(Line) / 16;

// Piece i of line j, 16 bytes, becomes piece j of line i.
TL_INLINE void exchange_sixteens(Line (&v)[SIXTEENS]) {
#if defined(__AVX512F__)
  const Line low = _mm512_shuffle_i32x4(v[0], v[1], 0x44), high = _mm512_shuffle_i32x4(v[0], v[1], 0xEE);
  const Line low2 = _mm512_shuffle_i32x4(v[2], v[3], 0x44), high2 = _mm512_shuffle_i32x4(v[2], v[3], 0xEE);
  v[0] = _mm512_shuffle_i32x4(low, low2, 0x88);
  v[1] = _mm512_shuffle_i32x4(low, low2, 0xDD);
  v[2] = _mm512_shuffle_i32x4(high, high2, 0x88);
  v[3] = _mm512_shuffle_i32x4(high, high2, 0xDD);
#elif defined(__AVX2__)
  const Line low = _mm256_permute2x128_si256(v[0], v[1], 0x20);
  v[1] = _mm256_permute2x128_si256(v[0], v[1], 0x31);
  v[0] = low;
#else
  (void)v;
#endif
}

// to[r · to_step + c] = from[c · step + r] for one line of r and BLOCK_BYTES of c.
template <class T>
TL_INLINE void transpose_block(const T* from, int64_t step, T* to, int64_t to_step, bool stream) {
  constexpr int N = 16 / sizeof(T), GROUPS = BLOCK_BYTES / 16;
  alignas(64) Line room[GROUPS][N];
#pragma GCC unroll 8
  for (int g = 0; g < GROUPS; g++) {
    Line a[N], b[N];
#pragma GCC unroll 8
    for (int i = 0; i < N; i++) {
      const T* p = from + (g * N + i) * step;
      __builtin_prefetch(reinterpret_cast<const char*>(p) + BLOCK_AHEAD, 0, 2);
      memcpy(&a[i], p, sizeof(Line));
    }
#pragma GCC unroll 4
    for (int width = N; width > 1; width /= 2) {
#pragma GCC unroll 4
      for (int i = 0; i < N / 2; i++) {
        b[2 * i] = interleave<T, false>(a[i], a[i + N / 2]);
        b[2 * i + 1] = interleave<T, true>(a[i], a[i + N / 2]);
      }
#pragma GCC unroll 8
      for (int i = 0; i < N; i++) a[i] = b[i];
    }
#pragma GCC unroll 8
    for (int i = 0; i < N; i++) room[g][i] = a[i];
  }
  for (int i = 0; i < N; i++) {
    Line v[GROUPS / SIXTEENS][SIXTEENS];
#pragma GCC unroll 8
    for (int g = 0; g < GROUPS; g++) v[g / SIXTEENS][g % SIXTEENS] = room[g][i];
#pragma GCC unroll 8
    for (int q = 0; q < GROUPS / SIXTEENS; q++) exchange_sixteens(v[q]);
#pragma GCC unroll 4
    for (int s = 0; s < SIXTEENS; s++) {
      char* row = reinterpret_cast<char*>(to + (s * N + i) * to_step);
#pragma GCC unroll 8
      for (int q = 0; q < GROUPS / SIXTEENS; q++) {
        if (stream) stream_line(row + q * sizeof(Line), v[q][s]);
        else memcpy(row + q * sizeof(Line), &v[q][s], sizeof(Line));
      }
    }
  }
}

// to[r · to_step + c] = from[c · step + r] for `rows` r and BLOCK_BYTES of c; streamed if the addresses allow it.
template <class T>
static void transpose_blocks(const T* from, int64_t step, T* to, int64_t to_step, int64_t rows, bool stream) {
  constexpr int64_t WIDE = sizeof(Line) / sizeof(T), COLUMNS = BLOCK_BYTES / static_cast<int64_t>(sizeof(T));
  stream = stream && (reinterpret_cast<uintptr_t>(to) | static_cast<uintptr_t>(to_step) * sizeof(T)) % sizeof(Line) == 0;
  int64_t r = 0;
  for (; r + WIDE <= rows; r += WIDE) transpose_block(from + r, step, to + r * to_step, to_step, stream);
  for (; r < rows; r++)
    for (int64_t c = 0; c < COLUMNS; c++) to[r * to_step + c] = item(from + c * step + r);
}

}  // namespace TL_LEVEL
}  // namespace tl
