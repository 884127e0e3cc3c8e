// The blocked, packed matrix product.
#include "gemm_pack.h"
#include "memory.h"
#include "pool.h"

namespace tl {
namespace TL_LEVEL {

// Depth of a packed block: a panel of B (KC · NR floats) streams from the second-level cache. Whole blocks of packed
// weights, of which the longest have 256 elements.
constexpr int64_t KC = ceil_div(32 * NR, 256) * 256;
// Columns of B packed at a time (4 · KC · NC bytes, in the last-level cache), rows of A likewise.
constexpr int64_t NC = 1024 / NR * NR;
constexpr int64_t MB = 64 * MR;
// Rows whose partial sums are kept while the blocks of K go by.
constexpr int64_t ROWS = 8192;
// A task: this many tiles of A against this many panels of B, of which both fit the second-level cache.
constexpr int64_t TASK_TILES = 8;
constexpr int64_t TASK_PANELS = 4;
constexpr int64_t TASKS_PER_THREAD = 4;
// Tiles, times panels, times depth, from which on memory matters: tasks pack for themselves.
constexpr int64_t LARGE = 1 << 14;
// Rows of a tile and a panel that are fetched ahead of their use; floats of a cache line.
constexpr int64_t AHEAD = 16, LINE = 16;

// sums[R][V vectors] = or += tile of A times panel of B, over `depth`.
template <int R, int V>
static void micro(int64_t depth, const float* a, const float* b, float* sums, int64_t ld, bool accumulate) {
  VF acc[R][V] = {};
  if (accumulate)
    for (int i = 0; i < R; i++)
      for (int v = 0; v < V * LANES; v += LINE) __builtin_prefetch(sums + i * ld + v, 1);
  for (int64_t k = 0; k < depth; k++, a += R, b += NR) {
    VF panel[V];
    __builtin_prefetch(a + AHEAD * R);
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      if (v * LANES % LINE == 0) __builtin_prefetch(b + AHEAD * NR + v * LANES);
      panel[v] = load(b + v * LANES);
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      VF element = vf(a[i]);
#if defined(__AVX512F__)
      // Keeps the broadcast in a register: as a memory operand of every product it would double the loads.
      asm("" : "+v"(element));
#endif
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) acc[i][v] = fma(element, panel[v], acc[i][v]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      float* at = sums + i * ld + v * LANES;
      store(at, accumulate ? load(at) + acc[i][v] : acc[i][v]);
    }
}

using Micro = void (*)(int64_t, const float*, const float*, float*, int64_t, bool);

template <int R>
static Micro micro_of(int vectors) {
  static_assert(NV <= 3, "one line per width");
  if (vectors == 1) return micro<R, 1>;
  if (vectors == 2) return micro<R, 2>;
  return micro<R, NV>;
}

static Micro micro_for(int64_t rows, int vectors) {
  switch (rows) {
    case 1: return micro_of<1>(vectors);
    case 2: return micro_of<2>(vectors);
    case 3: return micro_of<3>(vectors);
    case 4: return micro_of<4>(vectors);
#if defined(__AVX2__) || defined(__aarch64__)
    case 5: return micro_of<5>(vectors);
    case 6: return micro_of<6>(vectors);
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
    case 7: return micro_of<7>(vectors);
    case 8: return micro_of<8>(vectors);
#endif
#if defined(__AVX512F__)
    case 9: return micro_of<9>(vectors);
    case 10: return micro_of<10>(vectors);
    case 11: return micro_of<11>(vectors);
    case 12: return micro_of<12>(vectors);
    case 13: return micro_of<13>(vectors);
    case 14: return micro_of<14>(vectors);
#endif
    default: return nullptr;
  }
}

void multiply_tile(int64_t rows, int64_t depth, const float* a, const float* b, float* sums, int64_t ld, bool accumulate) {
  micro_for(rows, NV)(depth, a, b, sums, ld, accumulate);
}

// Splits m rows into ceil(m / MR) tiles of nearly equal height: no tile is left almost empty.
struct Tiling {
  int64_t rows, tiles;
  explicit Tiling(int64_t m) : rows(m), tiles(ceil_div(m, MR)) {}
  int64_t begin(int64_t tile) const { return rows * tile / tiles; }
};

namespace {

constexpr int64_t SUM_FLOATS = MR * NR;  // of a tile and a panel

// The block of a product that is being computed: some rows, columns and a part of their depth.
struct Blocked {
  const Product& p;
  float* sums;        // partial sums of all tiles and panels, or null if K is a single block
  int64_t m0, m_end;  // rows whose sums are kept
  int64_t j0, j_end;
  int64_t k0, k_end;

  int64_t depth() const { return k_end - k0; }
  int64_t panels() const { return ceil_div(j_end - j0, NR); }
  int64_t tile_floats() const { return MR * (depth() + LANES); }  // of a packed tile of A
  int64_t panel_floats() const { return NR * depth(); }           // of a packed panel of B

  // Panels begin … end - 1. False if there is no memory to decode into.
  bool pack_b(int64_t begin, int64_t end, float* out) const {
    Scratch decoded(p.b.read == nullptr ? 0 : 4 * NR * depth());
    if (decoded.data() == nullptr) return false;
    for (int64_t panel = begin; panel < end; panel++, out += panel_floats()) {
      const int64_t j = j0 + panel * NR;
      const int width = static_cast<int>(least(NR, j_end - j));
      if (p.b.read != nullptr)
        pack_blocks(p.b, j, width, k0, depth(), NR, decoded.floats(), out);
      else
        pack(p.b, false, j, width, k0, depth(), NR, out);
    }
    return true;
  }

  void pack_a(const Tiling& t, int64_t begin, int64_t end, float* out) const {
    for (int64_t tile = begin; tile < end; tile++, out += tile_floats()) {
      const int rows = static_cast<int>(t.begin(tile + 1) - t.begin(tile));
      pack(p.a, true, m0 + t.begin(tile), rows, k0, depth(), rows, out);
    }
  }

  // Tiles from a on, times panels from b on.
  void compute(const Tiling& t, const float* a, int64_t tile0, int64_t tile_end, const float* b, int64_t panel0, int64_t panel_end) const {
    const bool last = k_end == p.k;
    float buffer[SUM_FLOATS];
    for (int64_t panel = panel0; panel < panel_end; panel++) {
      const int64_t j = j0 + panel * NR, columns = least(NR, j_end - j);
      const int vectors = static_cast<int>(ceil_div(columns, LANES));
      for (int64_t tile = tile0; tile < tile_end; tile++) {
        const int64_t i = m0 + t.begin(tile), rows = t.begin(tile + 1) - t.begin(tile);
        float* target = sums == nullptr ? buffer : sums + (tile * panels() + panel) * SUM_FLOATS;
        if (last)
          for (int64_t r = 0; r < rows; r++) __builtin_prefetch(p.out + ((i + r) * p.out_row + j * p.out_column) * element_size(p.out_enc), 1);
        micro_for(rows, vectors)(depth(), a + (tile - tile0) * tile_floats(), b + (panel - panel0) * panel_floats(), target, NR, k0 > 0);
        if (last) finish(p, i, j, rows, columns, target, NR);
      }
    }
  }

  // What only one task reads is packed by that task, into its core's cache; what several read is packed before.
  int64_t run() const {
    const Tiling t(m_end - m0);
    const int64_t wanted = TASKS_PER_THREAD * pool_size();
    const bool large = t.tiles * panels() * depth() >= LARGE;
    const bool own_b = large && t.tiles <= MB / MR && panels() >= wanted, own_a = large && !own_b && t.tiles >= TASK_TILES / 2 * wanted;
    const int64_t across = own_a ? 1 : most(ceil_div(panels(), TASK_PANELS), own_b ? wanted : 1);
    Scratch b_room(own_b ? 0 : 4 * (panels() * panel_floats() + LANES));
    if (b_room.data() == nullptr) return ERROR_MEMORY;
    int64_t status = OK;
    const auto fail = [&] { __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED); };
    if (!own_b)
      parallel_for(panels(), 2, [&](int64_t begin, int64_t end, int) {
        if (!pack_b(begin, end, b_room.floats() + begin * panel_floats())) fail();
      });
    const int64_t block = own_a ? t.tiles : least(t.tiles, MB / MR);
    Scratch a_room(own_a ? 0 : 4 * (block * tile_floats() + LANES));
    if (a_room.data() == nullptr) return ERROR_MEMORY;
    for (int64_t first = 0; first < t.tiles && status == OK; first += block) {
      const int64_t tiles = least(block, t.tiles - first);
      if (!own_a)
        parallel_for(tiles, 4, [&](int64_t begin, int64_t end, int) { pack_a(t, first + begin, first + end, a_room.floats() + begin * tile_floats()); });
      // Tasks run down the columns of a grid, so that consecutive ones share their panels of B.
      const int64_t down = own_b ? 1 : most(ceil_div(tiles, TASK_TILES), own_a ? wanted : 1);
      parallel_for(down * across, 1, [&](int64_t begin, int64_t end, int) {
        for (int64_t task = begin; task < end; task++) {
          const int64_t tile = first + tiles * (task % down) / down, tile_end = first + tiles * (task % down + 1) / down;
          const int64_t panel = panels() * (task / down) / across, panel_end = panels() * (task / down + 1) / across;
          Scratch own(own_a ? 4 * ((tile_end - tile) * tile_floats() + LANES) : own_b ? 4 * ((panel_end - panel) * panel_floats() + LANES) : 0);
          if (own.data() == nullptr || (own_b && !pack_b(panel, panel_end, own.floats()))) return fail();
          if (own_a) pack_a(t, tile, tile_end, own.floats());
          compute(t, own_a ? own.floats() : a_room.floats() + (tile - first) * tile_floats(), tile, tile_end,
                  own_b ? own.floats() : b_room.floats() + panel * panel_floats(), panel, panel_end);
        }
      });
    }
    return status;
  }
};

}  // namespace

int64_t gemm(const Product& p) {
  const int64_t rows = least(ROWS, p.m), columns = least(NC, p.n);
  Scratch sums(p.k > KC ? 4 * ceil_div(rows, MR) * ceil_div(columns, NR) * SUM_FLOATS : 0);
  if (sums.data() == nullptr) return ERROR_MEMORY;
  Blocked s{p, p.k > KC ? sums.floats() : nullptr, 0, 0, 0, 0, 0, 0};
  for (s.m0 = 0; s.m0 < p.m; s.m0 = s.m_end) {
    s.m_end = least(s.m0 + ROWS, p.m);
    for (s.j0 = 0; s.j0 < p.n; s.j0 = s.j_end) {
      s.j_end = least(s.j0 + NC, p.n);
      for (s.k0 = 0; s.k0 < p.k; s.k0 = s.k_end) {
        s.k_end = least(s.k0 + KC, p.k);
        const int64_t status = s.run();
        if (status != OK) return status;
      }
    }
  }
  return OK;
}

}  // namespace TL_LEVEL
}  // namespace tl
