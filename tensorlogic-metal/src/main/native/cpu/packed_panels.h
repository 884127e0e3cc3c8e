// Many rows of activations times a packed matrix: integer dot products on interleaved panels.
//
// INTS rows of weights form a panel: for each group of 16 or 32 elements their scales (and offsets) side by
// side, then, for every four elements, the codes of all rows. A tile holds the same groups of Columns rows of
// activations. One step multiplies four elements of all rows of a panel with those of one column, which is
// broadcast: the accumulators are one vector of integers and one of floats for each column.
// Panels are unpacked into a cache-sized block for each call, a small share of the work from 16 columns on.
#pragma once

#include <utility>

#include "packed_rows.h"

namespace tl {
namespace TL_LEVEL {

// The widest tile whose accumulators fit the registers.
constexpr int TILE = WIDTH == 64 ? 12 : 4;

template <bool Offsets>
struct PanelScales { Floats scale; };
template <>
struct PanelScales<true> { Floats scale, offset; };

// One group of a panel.
template <class F>
struct alignas(WIDTH) PanelGroup : PanelScales<F::OFFSETS> {
  Bytes code[F::GROUP / 4];
};

// One group of a tile. `start` begins the integer sum at -ZERO times the sum of the codes; with offsets it is
// the float sum of the activations.
template <class F, int Columns>
struct TileGroup {
  float scale[Columns];
  union {
    int32_t start[Columns];
    float sum[Columns];
  };
  int32_t code[F::GROUP / 4][Columns];
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

// Unpacks `count` elements from `first` on of INTS rows, whole chunks of the panel; rows past `valid` repeat the last.
template <class F>
static void pack_panel(const uint8_t* rows, int64_t row_bytes, int64_t valid, int64_t first, int64_t count,
                       PanelGroup<F>* panel) {
  constexpr int GROUPS = CHUNK / F::GROUP;
  for (int64_t done = 0; done < count; done += CHUNK, panel += GROUPS) {
    Ints codes[VECTORS][INTS];
    alignas(64) float scale[INTS][GROUPS], offset[F::OFFSETS ? INTS : 1][GROUPS];
    const int64_t elements = count - done < CHUNK ? count - done : CHUNK;
    for (int r = 0; r < INTS; r++) {
      const uint8_t* row = rows + (r < valid ? r : valid - 1) * row_bytes;
      uint8_t padded[F::CHUNK_BYTES];
      const uint8_t* p = whole_chunk<F>(row + (first + done) * F::CHUNK_BYTES / CHUNK, elements, padded);
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
        panel[quad / (F::GROUP / 4)].code[quad % (F::GROUP / 4)] = (Bytes)codes[v][j];
      }
    }
    for (int g = 0; g < GROUPS; g++) {
      for (int r = 0; r < INTS; r++) panel[g].scale[r] = scale[r][g];
      if constexpr (F::OFFSETS)
        for (int r = 0; r < INTS; r++) panel[g].offset[r] = offset[r][g];
    }
  }
}

// Adds column `column` of a tile: 256 quantized activations (or fewer, `elements`).
template <class F, int Columns>
TL_INLINE void pack_tile(const Quantized& q, int64_t elements, int column, TileGroup<F, Columns>* tile) {
  for (int g = 0; g < elements / F::GROUP; g++) {
    const int8_t* code = q.code + g * F::GROUP;
    const float scale = q.scale[g * F::GROUP / 32];
    int sum = 0;
    for (int e = 0; e < F::GROUP; e++) sum += code[e];
    tile[g].scale[column] = scale;
    if constexpr (F::OFFSETS) tile[g].sum[column] = scale * static_cast<float>(sum);
    else tile[g].start[column] = -F::ZERO * sum;
    for (int i = 0; i < F::GROUP / 4; i++) memcpy(&tile[g].code[i][column], code + 4 * i, 4);
  }
}

// sums[c * ld + r] = row r of the panel · column c of the tile over `groups` groups, added if not `first`.
template <class F, int Columns>
static __attribute__((noinline)) void multiply_panel(const PanelGroup<F>* panel, const TileGroup<F, Columns>* tile,
                                                     int64_t groups, float* sums, int64_t ld, bool first) {
  Floats total[Columns];
#pragma GCC unroll 12
  for (int c = 0; c < Columns; c++) total[c] = first ? Floats{} : load_as<Floats>(sums + c * ld);
  for (int64_t g = 0; g < groups; g++, panel++, tile++) {
    Ints s[Columns];
#pragma GCC unroll 12
    for (int c = 0; c < Columns; c++) s[c] = F::OFFSETS || F::ZERO == 0 ? Ints{} : Ints{} + tile->start[c];
#pragma GCC unroll 8
    for (int i = 0; i < F::GROUP / 4; i++) {
      const Bytes codes = panel->code[i];
#pragma GCC unroll 12
      for (int c = 0; c < Columns; c++) s[c] = dot_repeated<F::SIGNED>(s[c], codes, &tile->code[i][c]);
    }
#pragma GCC unroll 12
    for (int c = 0; c < Columns; c++) {
      total[c] = multiply_add(to_floats(s[c]), panel->scale * tile->scale[c], total[c]);
      if constexpr (F::OFFSETS) total[c] = multiply_add(panel->offset, tile->sum[c] - Floats{}, total[c]);
    }
  }
#pragma GCC unroll 12
  for (int c = 0; c < Columns; c++) store_as(sums + c * ld, total[c]);
}

}  // namespace TL_LEVEL
}  // namespace tl
