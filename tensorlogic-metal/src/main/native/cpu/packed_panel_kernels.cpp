// Many rows of activations times a packed matrix: integer dot products on interleaved panels.
//
// PANEL rows of weights form a panel: for each 32 elements their scales (and offsets) side by side, then, for every
// four elements, the codes of all rows. A tile holds the same 32 elements of a few rows of activations, its columns.
// One step multiplies four elements of all rows of a panel with those of one column,
// repeated in all lanes. Panels are unpacked into a cache-sized block for each call, a small share of the work
// from a dozen columns on.
#include <utility>

#include "memory.h"
#include "packed_activations.h"
#include "pool.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t PANEL_ELEMENTS = 1024;  // of k: a tile and a panel stay in the first-level cache
constexpr int64_t PANEL_ROWS = 64;        // of weights unpacked at a time
constexpr int64_t MOST_TILES = 128;       // of activations multiplied with them before they are unpacked again

// A panel of two vectors and a tile of six columns halve the loads of one and twelve; both fill the registers
// with accumulators, one vector of integers and one of floats each.
constexpr int VECTORS_HIGH = WIDTH == 64 ? 2 : 1;
constexpr int PANEL = VECTORS_HIGH * INTS;
constexpr int TILE = WIDTH == 64 ? 6 : 4;

// What the products of formats have in common; the other names are those of PackedCode.
template <int Group, bool Signed, bool Offsets, bool Zero>
struct Kind {
  static constexpr int PARTS = 32 / Group;
  static constexpr bool SIGNED = Signed, OFFSETS = Offsets, ZERO = Zero;
};

// 32 elements of a panel.
template <class K>
struct alignas(WIDTH) PanelGroup {
  Bytes code[8][VECTORS_HIGH];
  Floats scale[K::PARTS][VECTORS_HIGH];
  Floats offset[K::OFFSETS ? K::PARTS : 0][VECTORS_HIGH];
};

// 32 elements of a tile. A part's sum of codes is for the offsets, or, times -zero, begins the integer sum.
template <class K, int Columns>
struct TileGroup {
  int32_t code[8][Columns];
  float scale[Columns];
  union {
    float sum[K::PARTS][Columns];
    int32_t start[K::PARTS][Columns];
  };
};

// Packing ----------------------------------------------------------------------------------------

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
template <class K>
static void pack_rows(const PackedCode& f, const char* rows, int64_t row_bytes, int64_t valid, int64_t first, int64_t count,
                      int high, PanelGroup<K>* panel) {
  constexpr int GROUPS = CHUNK / 32 * K::PARTS;
  for (int64_t done = 0; done < count; done += CHUNK, panel += CHUNK / 32) {
    Ints codes[VECTORS][INTS];
    alignas(64) float scale[INTS][GROUPS], offset[K::OFFSETS ? INTS : 1][GROUPS];
    const int64_t elements = count - done;
    for (int r = 0; r < INTS; r++) {
      const char* row = rows + (r < valid ? r : valid - 1) * row_bytes + (first + done) * f.chunk_bytes / CHUNK;
      uint8_t padded[MOST_CHUNK_BYTES];
      f.unpack(whole_chunk(reinterpret_cast<const uint8_t*>(row), elements, f.chunk_bytes, padded), &codes[0][r], INTS,
               scale[r], offset[K::OFFSETS ? r : 0]);
    }
    for (int v = 0; v < VECTORS; v++) {
      Ints quads[INTS];
#pragma GCC unroll 16
      for (int r = 0; r < INTS; r++) quads[r] = codes[v][r];
      transpose(quads);
#pragma GCC unroll 4
      for (int piece = 0; piece < PIECES; piece++) {
        const int half = f.half[v * PIECES + piece];
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) panel[half / 2].code[half % 2 * 4 + j][high] = (Bytes)quads[piece * 4 + j];
      }
    }
    for (int g = 0; g < GROUPS; g++) {
      PanelGroup<K>& group = panel[g / K::PARTS];
      for (int r = 0; r < INTS; r++) group.scale[g % K::PARTS][high][r] = scale[r][g];
      if constexpr (K::OFFSETS)
        for (int r = 0; r < INTS; r++) group.offset[g % K::PARTS][high][r] = offset[r][g];
    }
  }
}

template <class K>
static void pack_panel(const PackedCode& f, const char* rows, int64_t row_bytes, int64_t valid, int64_t first, int64_t count,
                       char* panel) {
  for (int high = 0; high < VECTORS_HIGH; high++) {
    const int64_t from = high * INTS < valid ? high * INTS : valid - 1;
    pack_rows<K>(f, rows + from * row_bytes, row_bytes, valid - from, first, count, high,
                 reinterpret_cast<PanelGroup<K>*>(panel));
  }
}

// Columns i … i + Columns - 1 of a tile, rows of a.
template <class K, int Columns>
static void fill_tile(const PackedCode& f, const Product& p, int64_t i, char* memory) {
  for (int c = 0; c < Columns; c++) {
    TileGroup<K, Columns>* tile = reinterpret_cast<TileGroup<K, Columns>*>(memory);
    for (int64_t first = 0; first < p.k; first += CHUNK) {
      float values[CHUNK] = {};
      Quantized q;
      if (i + c < p.m) read_chunk(p, i + c, first, values);
      quantize(values, q);
      for (int g = 0; g < least(CHUNK, p.k - first) / 32; g++, tile++) {
        tile->scale[c] = q.scale[g];
#pragma GCC unroll 8
        for (int e = 0; e < 8; e++) memcpy(&tile->code[e][c], q.code + 32 * g + 4 * e, 4);
#pragma GCC unroll 2
        for (int part = 0; part < K::PARTS; part++) {
          const int32_t sum = q.sum(g * K::PARTS + part, 32 / K::PARTS);
          if constexpr (K::OFFSETS) tile->sum[part][c] = static_cast<float>(sum);
          else tile->start[part][c] = -f.zero * sum;
        }
      }
    }
  }
}

// Products ---------------------------------------------------------------------------------------

// sums[c * PANEL_ROWS + r] = row r of the panel · column c of the tile over `groups` times 32 elements, from group `at`
// of the tile on; added to what is there unless that is the first.
template <class K, int Columns>
static void multiply_panel(const char* packed, const char* columns, int64_t at, int64_t groups, float* sums) {
  const PanelGroup<K>* panel = reinterpret_cast<const PanelGroup<K>*>(packed);
  const TileGroup<K, Columns>* tile = reinterpret_cast<const TileGroup<K, Columns>*>(columns) + at;
  Floats total[Columns][VECTORS_HIGH] = {};
  if (at > 0) {
#pragma GCC unroll 6
    for (int c = 0; c < Columns; c++)
#pragma GCC unroll 2
      for (int h = 0; h < VECTORS_HIGH; h++) total[c][h] = load_as<Floats>(sums + c * PANEL_ROWS + h * INTS);
  }
  for (int64_t g = 0; g < groups; g++, panel++, tile++) {
    Floats product[Columns][VECTORS_HIGH];
#pragma GCC unroll 2
    for (int part = 0; part < K::PARTS; part++) {
      Ints s[Columns][VECTORS_HIGH];
#pragma GCC unroll 6
      for (int c = 0; c < Columns; c++)
#pragma GCC unroll 2
        for (int h = 0; h < VECTORS_HIGH; h++) s[c][h] = K::ZERO ? Ints{} + tile->start[part][c] : Ints{};
#pragma GCC unroll 8
      for (int i = part * 8 / K::PARTS; i < (part + 1) * 8 / K::PARTS; i++) {
#pragma GCC unroll 6
        for (int c = 0; c < Columns; c++) {
          const Bytes x = (Bytes)(Ints{} + tile->code[i][c]);
#pragma GCC unroll 2
          for (int h = 0; h < VECTORS_HIGH; h++) s[c][h] = dot<K::SIGNED>(s[c][h], panel->code[i][h], x);
        }
      }
#pragma GCC unroll 6
      for (int c = 0; c < Columns; c++)
#pragma GCC unroll 2
        for (int h = 0; h < VECTORS_HIGH; h++) {
          const Floats f = to_floats(s[c][h]), scale = panel->scale[part][h];
          product[c][h] = part == 0 ? f * scale : multiply_add(f, scale, product[c][h]);
          if constexpr (K::OFFSETS)
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
    for (int h = 0; h < VECTORS_HIGH; h++) store_as(sums + c * PANEL_ROWS + h * INTS, total[c][h]);
}

struct TileCode {
  void (*fill)(const PackedCode& f, const Product& p, int64_t i, char* tile);
  void (*multiply)(const char* panel, const char* tile, int64_t at, int64_t groups, float* sums);
};

// The functions and sizes of a Kind.
struct PanelCode {
  int64_t panel_group, tile_group;  // bytes of 32 elements, of a tile with all its columns
  void (*pack)(const PackedCode& f, const char* rows, int64_t row_bytes, int64_t valid, int64_t first, int64_t count, char* panel);
  TileCode two, four, all;

  // The last tile is narrower if fewer columns are left: as few as fit in steps of two.
  const TileCode& tile(int64_t columns) const { return columns <= 2 ? two : columns <= 4 ? four : all; }
};

template <class K>
static const PanelCode& panel_code() {
  static constexpr PanelCode code = {sizeof(PanelGroup<K>), sizeof(TileGroup<K, TILE>), pack_panel<K>,
                                     {fill_tile<K, 2>, multiply_panel<K, 2>},
                                     {fill_tile<K, 4>, multiply_panel<K, 4>},
                                     {fill_tile<K, TILE>, multiply_panel<K, TILE>}};
  return code;
}

static const PanelCode& panel_code(const PackedCode& f) {
  if (f.offsets) return f.group == 16 ? panel_code<Kind<16, false, true, false>>() : panel_code<Kind<32, false, true, false>>();
  if constexpr (!UNSIGNED_CODES)  // there every signed code has a zero
    if (f.is_signed) return panel_code<Kind<32, true, false, false>>();
  return f.group == 16 ? panel_code<Kind<16, false, false, true>>() : panel_code<Kind<32, false, false, true>>();
}

int64_t panel_product(const PackedCode& f, const Product& p) {
  const PanelCode& code = panel_code(f);
  const int64_t tiles = ceil_div(p.m, TILE), groups = p.k / 32;
  const int64_t tile_bytes = groups * code.tile_group;
  const int64_t step = ceil_div(tiles, ceil_div(tiles, MOST_TILES));
  constexpr int64_t PANELS = PANEL_ROWS / PANEL, PANEL_GROUPS = PANEL_ELEMENTS / 32;
  const int64_t panel_bytes = PANEL_GROUPS * code.panel_group;
  const int64_t sums_bytes = step * TILE * PANEL_ROWS * static_cast<int64_t>(sizeof(float));
  Scratch activations(tiles * tile_bytes);
  if (activations.data() == nullptr) return ERROR_MEMORY;

  parallel_for(tiles, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t t = begin; t < end; t++)
      code.tile(p.m - t * TILE).fill(f, p, t * TILE, activations.data() + t * tile_bytes);
  });

  int64_t status = OK;
  parallel_for(ceil_div(p.n, PANEL_ROWS), 1, [&](int64_t begin, int64_t end, int) {
    Scratch memory(PANELS * panel_bytes + sums_bytes);
    if (memory.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    float* sums = reinterpret_cast<float*>(memory.data() + PANELS * panel_bytes);
    for (int64_t b = begin; b < end; b++) {
      const int64_t row = b * PANEL_ROWS, rows = least(PANEL_ROWS, p.n - row), panels = ceil_div(rows, PANEL);
      for (int64_t t0 = 0; t0 < tiles; t0 += step) {
        const int64_t t1 = least(t0 + step, tiles);
        for (int64_t first = 0; first < groups; first += PANEL_GROUPS) {
          const int64_t count = least(PANEL_GROUPS, groups - first);
          for (int64_t q = 0; q < panels; q++) {
            char* panel = memory.data() + q * panel_bytes;
            code.pack(f, p.b.data + (row + q * PANEL) * p.b.row, p.b.row, rows - q * PANEL, first * 32, count * 32, panel);
            for (int64_t t = t0; t < t1; t++)
              code.tile(p.m - t * TILE).multiply(panel, activations.data() + t * tile_bytes, first, count,
                                                 sums + (t - t0) * TILE * PANEL_ROWS + q * PANEL);
          }
        }
        finish(p, t0 * TILE, row, least(t1 * TILE, p.m) - t0 * TILE, rows, sums, PANEL_ROWS);
      }
    }
  });
  return status;
}

}  // namespace TL_LEVEL
}  // namespace tl
