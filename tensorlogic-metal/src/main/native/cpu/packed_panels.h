// Many rows of activations times a packed matrix: integer dot products on interleaved panels.
//
// PANEL rows of weights form a panel: for each 32 elements their scales (and offsets) side by side, then, for every
// four elements, the codes of all rows. A tile holds the same 32 elements of a few rows of activations, its columns.
// One step multiplies four elements of all rows of a panel with those of one column,
// repeated in all lanes. Panels are unpacked into a cache-sized block for each call, a small share of the work
// from a dozen columns on.
#pragma once

#include <utility>

#include "packed_rows.h"

namespace tl {
namespace TL_LEVEL {

// A panel of two vectors and a tile of six columns halve the loads of one and twelve; both fill the registers
// with accumulators, one vector of integers and one of floats each.
constexpr int VECTORS_HIGH = WIDTH == 64 ? 2 : 1;
constexpr int PANEL = VECTORS_HIGH * INTS;
constexpr int TILE = WIDTH == 64 ? 6 : 4;

// 32 elements of a panel.
template <class F>
struct alignas(WIDTH) PanelGroup {
  static constexpr int PARTS = 32 / F::GROUP;
  Bytes code[8][VECTORS_HIGH];
  Floats scale[PARTS][VECTORS_HIGH];
  Floats offset[F::OFFSETS ? PARTS : 0][VECTORS_HIGH];
};

// 32 elements of a tile. A part's sum of codes is for the offsets, or, times -ZERO, begins the integer sum.
template <class F, int Columns>
struct TileGroup {
  static constexpr int PARTS = 32 / F::GROUP;
  int32_t code[8][Columns];
  float scale[Columns];
  union {
    float sum[PARTS][Columns];
    int32_t start[PARTS][Columns];
  };
};

// Exchanges the odd runs of `Step` lanes of a with the even ones of b.
template <int Step, int... J>
TL_INLINE void exchange(Ints& a, Ints& b, std::integer_sequence<int, J...>) {
  const Ints low = __builtin_shufflevector(a, b, ((J & Step) != 0 ? INTS + J - Step : J)...);
  b = __builtin_shufflevector(a, b, ((J & Step) != 0 ? INTS + J : J + Step)...);
  a = low;
}

// Lane j of vector i becomes lane i of vector j.
template <int Step = 1>
TL_INLINE void transpose(Ints* v) {
#pragma GCC unroll 16
  for (int i = 0; i < INTS; i++)
    if ((i & Step) == 0) exchange<Step>(v[i], v[i + Step], std::make_integer_sequence<int, INTS>());
  if constexpr (2 * Step < INTS) transpose<2 * Step>(v);
}

// Unpacks `count` elements from `first` on of INTS rows into vector `high` of a panel, whole chunks of it; rows past
// `valid` repeat the last.
template <class F>
static void pack_rows(const char* rows, int64_t row_bytes, int64_t valid, int64_t first, int64_t count, int high,
                      PanelGroup<F>* panel) {
  constexpr int GROUPS = CHUNK / F::GROUP, PARTS = PanelGroup<F>::PARTS;
  for (int64_t done = 0; done < count; done += CHUNK, panel += CHUNK / 32) {
    Ints codes[VECTORS][INTS];
    alignas(64) float scale[INTS][GROUPS], offset[F::OFFSETS ? INTS : 1][GROUPS];
    const int64_t elements = count - done < CHUNK ? count - done : CHUNK;
    for (int r = 0; r < INTS; r++) {
      const char* row = rows + (r < valid ? r : valid - 1) * row_bytes + (first + done) * F::CHUNK_BYTES / CHUNK;
      uint8_t padded[F::CHUNK_BYTES];
      const uint8_t* p = whole_chunk<F>(reinterpret_cast<const uint8_t*>(row), elements, padded);
      Bytes vectors[VECTORS];
      F::unpack(p, vectors);
#pragma GCC unroll 8
      for (int v = 0; v < VECTORS; v++) codes[v][r] = (Ints)vectors[v];
      store_as(scale[r], F::scales(p));
      if constexpr (F::OFFSETS) store_as(offset[r], F::offsets(p));
    }
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      transpose(codes[v]);
#pragma GCC unroll 16
      for (int j = 0; j < INTS; j++) {
        const int quad = F::half(v * PIECES + j / 4) * 4 + j % 4;
        panel[quad / 8].code[quad % 8][high] = (Bytes)codes[v][j];
      }
    }
    for (int g = 0; g < GROUPS; g++) {
      PanelGroup<F>& group = panel[g / PARTS];
      for (int r = 0; r < INTS; r++) group.scale[g % PARTS][high][r] = scale[r][g];
      if constexpr (F::OFFSETS)
        for (int r = 0; r < INTS; r++) group.offset[g % PARTS][high][r] = offset[r][g];
    }
  }
}

template <class F>
static void pack_panel(const char* rows, int64_t row_bytes, int64_t valid, int64_t first, int64_t count,
                       PanelGroup<F>* panel) {
  for (int high = 0; high < VECTORS_HIGH; high++) {
    const int64_t from = high * INTS < valid ? high * INTS : valid - 1;
    pack_rows<F>(rows + from * row_bytes, row_bytes, valid - from, first, count, high, panel);
  }
}

// Adds column `column` of a tile: 256 quantized activations (or fewer, `elements`).
template <class F, int Columns>
TL_INLINE void pack_tile(const Quantized& q, int64_t elements, int column, TileGroup<F, Columns>* tile) {
  constexpr int PARTS = 32 / F::GROUP;
  for (int g = 0; g < elements / 32; g++) {
    tile[g].scale[column] = q.scale[g];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) memcpy(&tile[g].code[i][column], q.code + 32 * g + 4 * i, 4);
#pragma GCC unroll 2
    for (int part = 0; part < PARTS; part++) {
      const int32_t sum = q.sum(g * PARTS + part, F::GROUP);
      if constexpr (F::OFFSETS) tile[g].sum[part][column] = static_cast<float>(sum);
      else tile[g].start[part][column] = -F::ZERO * sum;
    }
  }
}

// sums[c * ld + r] = row r of the panel · column c of the tile over `groups` times 32 elements, added if not `first`.
template <class F, int Columns>
static __attribute__((noinline)) void multiply_panel(const PanelGroup<F>* panel, const TileGroup<F, Columns>* tile,
                                                     int64_t groups, float* sums, int64_t ld, bool first) {
  constexpr int PARTS = 32 / F::GROUP;
  Floats total[Columns][VECTORS_HIGH] = {};
  if (!first) {
#pragma GCC unroll 6
    for (int c = 0; c < Columns; c++)
#pragma GCC unroll 2
      for (int h = 0; h < VECTORS_HIGH; h++) total[c][h] = load_as<Floats>(sums + c * ld + h * INTS);
  }
  for (int64_t g = 0; g < groups; g++, panel++, tile++) {
    Floats product[Columns][VECTORS_HIGH];
#pragma GCC unroll 2
    for (int part = 0; part < PARTS; part++) {
      Ints s[Columns][VECTORS_HIGH];
#pragma GCC unroll 6
      for (int c = 0; c < Columns; c++)
#pragma GCC unroll 2
        for (int h = 0; h < VECTORS_HIGH; h++) s[c][h] = F::ZERO == 0 ? Ints{} : Ints{} + tile->start[part][c];
#pragma GCC unroll 8
      for (int i = part * F::GROUP / 4; i < (part + 1) * F::GROUP / 4; i++) {
#pragma GCC unroll 6
        for (int c = 0; c < Columns; c++) {
          const Bytes x = (Bytes)(Ints{} + tile->code[i][c]);
#pragma GCC unroll 2
          for (int h = 0; h < VECTORS_HIGH; h++) s[c][h] = dot<F::SIGNED>(s[c][h], panel->code[i][h], x);
        }
      }
#pragma GCC unroll 6
      for (int c = 0; c < Columns; c++)
#pragma GCC unroll 2
        for (int h = 0; h < VECTORS_HIGH; h++) {
          const Floats f = to_floats(s[c][h]), scale = panel->scale[part][h];
          product[c][h] = part == 0 ? f * scale : multiply_add(f, scale, product[c][h]);
          if constexpr (F::OFFSETS)
            product[c][h] = multiply_add(panel->offset[part][h], tile->sum[part][c] - Floats{}, product[c][h]);
        }
    }
#pragma GCC unroll 6
    for (int c = 0; c < Columns; c++)
#pragma GCC unroll 2
      for (int h = 0; h < VECTORS_HIGH; h++)
        total[c][h] = multiply_add(product[c][h], tile->scale[c] - Floats{}, total[c][h]);
  }
#pragma GCC unroll 6
  for (int c = 0; c < Columns; c++)
#pragma GCC unroll 2
    for (int h = 0; h < VECTORS_HIGH; h++) store_as(sums + c * ld + h * INTS, total[c][h]);
}

}  // namespace TL_LEVEL
}  // namespace tl
