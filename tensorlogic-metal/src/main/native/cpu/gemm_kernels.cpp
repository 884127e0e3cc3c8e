// The blocked, packed matrix product.
#include "gemm_pack.h"
#include "memory.h"
#include "pool.h"

namespace tl {
namespace TL_LEVEL {

// Depth of a packed block: a panel of B (KC · NR floats) streams from the second-level cache.
constexpr int64_t KC = 512;
// Columns of B packed at a time (4 · KC · NC bytes, in the last-level cache), rows of A likewise.
constexpr int64_t NC = 1024 / NR * NR;
constexpr int64_t MB = 64 * MR;
// Rows whose partial sums are kept while the blocks of K go by.
constexpr int64_t ROWS = 8192;
// A task: this many tiles of A (which stay in the second-level cache) against this many panels of B.
constexpr int64_t TASK_TILES = 8;
constexpr int64_t TASK_PANELS = 8;

// sums[R][V vectors] = or += tile of A times panel of B, over `depth`.
template <int R, int V>
static void micro(int64_t depth, const float* a, const float* b, float* sums, int64_t ld, bool accumulate) {
  VF acc[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) acc[i][v] = accumulate ? load(sums + i * ld + v * LANES) : VF{};
  for (int64_t k = 0; k < depth; k++, a += R, b += NR) {
    VF panel[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) panel[v] = load(b + v * LANES);
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
    for (int v = 0; v < V; v++) store(sums + i * ld + v * LANES, acc[i][v]);
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

struct Blocked {
  const Product& p;
  float* a;         // tiles, MR · KC floats apart
  float* b;         // panels, NR · KC floats apart
  float* sums;      // partial sums of all rows, or null if K is a single block
  int64_t m0, m_end;  // rows whose sums are kept
  int64_t j0, j_end;  // columns of this block of B
  int64_t k0, k_end;

  int64_t depth() const { return k_end - k0; }
  int64_t ld() const { return ceil_div(j_end - j0, NR) * NR; }

  // False if there is no memory to decode into.
  bool pack_b(int64_t begin, int64_t end) const {
    Scratch decoded(p.b.read == nullptr ? 0 : 4 * NR * depth());
    if (decoded.data() == nullptr) return false;
    for (int64_t panel = begin; panel < end; panel++) {
      const int64_t j = j0 + panel * NR;
      const int width = static_cast<int>(least(NR, j_end - j));
      float* out = b + panel * NR * KC;
      if (p.b.read != nullptr)
        pack_blocks(p.b, j, width, k0, depth(), NR, decoded.floats(), out);
      else
        pack(p.b, false, j, width, k0, depth(), NR, out);
    }
    return true;
  }

  void pack_a(const Tiling& t, int64_t i0, int64_t begin, int64_t end) const {
    for (int64_t tile = begin; tile < end; tile++) {
      const int rows = static_cast<int>(t.begin(tile + 1) - t.begin(tile));
      pack(p.a, true, i0 + t.begin(tile), rows, k0, depth(), rows, a + tile * MR * (KC + LANES));
    }
  }

  void compute(const Tiling& t, int64_t i0, int64_t tile0, int64_t tile_end, int64_t panel0, int64_t panel_end) const {
    float buffer[MR * NR];
    for (int64_t panel = panel0; panel < panel_end; panel++) {
      const int64_t j = j0 + panel * NR, columns = least(NR, j_end - j);
      const int vectors = static_cast<int>(ceil_div(columns, LANES));
      for (int64_t tile = tile0; tile < tile_end; tile++) {
        const int64_t i = i0 + t.begin(tile), rows = t.begin(tile + 1) - t.begin(tile);
        float* target = sums == nullptr ? buffer : sums + (i - m0) * ld() + panel * NR;
        const int64_t stride = sums == nullptr ? NR : ld();
        micro_for(rows, vectors)(depth(), a + tile * MR * (KC + LANES), b + panel * NR * KC, target, stride, k0 > 0);
        if (k_end == p.k) finish(p, i, j, rows, columns, target, stride);
      }
    }
  }
};

}  // namespace

int64_t gemm(const Product& p) {
  const int64_t nc = least(NC, ceil_div(p.n, NR) * NR);
  const int64_t rows = least(ROWS, p.m), mb = least(MB, p.m);
  const bool many_blocks = p.k > KC;
  Scratch b_room(4 * (nc * KC + LANES)), a_room(4 * (ceil_div(mb, MR) * MR * (KC + LANES) + LANES));
  Scratch sums_room(many_blocks ? 4 * rows * nc : 0);
  if (b_room.data() == nullptr || a_room.data() == nullptr || sums_room.data() == nullptr) return ERROR_MEMORY;
  Blocked s{p, a_room.floats(), b_room.floats(), many_blocks ? sums_room.floats() : nullptr, 0, 0, 0, 0, 0, 0};
  for (s.m0 = 0; s.m0 < p.m; s.m0 = s.m_end) {
    s.m_end = least(s.m0 + ROWS, p.m);
    for (s.j0 = 0; s.j0 < p.n; s.j0 = s.j_end) {
      s.j_end = least(s.j0 + nc, p.n);
      const int64_t panels = ceil_div(s.j_end - s.j0, NR);
      for (s.k0 = 0; s.k0 < p.k; s.k0 = s.k_end) {
        s.k_end = least(s.k0 + KC, p.k);
        bool packed = true;
        parallel_for(panels, 2, [&](int64_t begin, int64_t end, int) {
          if (!s.pack_b(begin, end)) __atomic_store_n(&packed, false, __ATOMIC_RELAXED);
        });
        if (!packed) return ERROR_MEMORY;
        for (int64_t i0 = s.m0; i0 < s.m_end; i0 += MB) {
          const Tiling t(least(MB, s.m_end - i0));
          parallel_for(t.tiles, 4, [&](int64_t begin, int64_t end, int) { s.pack_a(t, i0, begin, end); });
          // Tasks run down the columns of a grid, so that consecutive ones share their panels of B.
          const int64_t down = ceil_div(t.tiles, TASK_TILES), across = ceil_div(panels, TASK_PANELS);
          parallel_for(down * across, 1, [&](int64_t begin, int64_t end, int) {
            for (int64_t task = begin; task < end; task++) {
              const int64_t tile = task % down, panel = task / down;
              s.compute(t, i0, t.tiles * tile / down, t.tiles * (tile + 1) / down, panels * panel / across, panels * (panel + 1) / across);
            }
          });
        }
      }
    }
  }
  return OK;
}

}  // namespace TL_LEVEL
}  // namespace tl
