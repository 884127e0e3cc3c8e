// Packed weights: what packed.h declares, for every format.
#include "packed.h"

#include "memory.h"
#include "packed_panels.h"
#include "pool.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t GRAIN_BYTES = 1 << 16;  // weights worth a chunk of the pool's work
constexpr int FEW = 4;                    // rows of activations multiplied with a row of weights at a time
constexpr int64_t PANEL_ELEMENTS = 1024;  // of k: a tile and a panel stay in the first-level cache
constexpr int64_t PANEL_ROWS = 64;        // of weights unpacked at a time
constexpr int64_t MOST_TILES = 128;       // of activations multiplied with them before they are unpacked again

// 256 elements of row i of a from `first` on, zeros past k.
TL_INLINE void read_chunk(const Product& p, int64_t i, int64_t first, float* out) {
  const int64_t count = least(CHUNK, p.k - first);
  to_floats(p.a.data + (i * p.a.row + first * p.a.column) * element_size(p.a.enc), p.a.enc, p.a.column, count, out);
  if (count < CHUNK) memset(out + count, 0, static_cast<size_t>(CHUNK - count) * sizeof(float));
}

// Calls multiply(row of weights, streams, i, rows, out) for one or STREAMS rows of weights and ROWS rows of a, from
// i on, at a time; out[s · rows + r] is the product of row s of the weights and row r of a.
template <int ROWS, class Multiply>
static void for_each_row(const Product& p, Multiply&& multiply) {
  constexpr int64_t BLOCK = 64;
  const int64_t grain = ceil_div(GRAIN_BYTES, most(p.b.row, 1) * BLOCK);  // a repeated row is 0 bytes apart
  parallel_for(ceil_div(p.n, BLOCK), grain, [&](int64_t begin, int64_t end, int) {
    float sums[ROWS * BLOCK];
    for (int64_t block = begin; block < end; block++) {
      const int64_t first = block * BLOCK, columns = least(BLOCK, p.n - first);
      for (int64_t i = 0; i < p.m; i += ROWS) {
        const int rows = static_cast<int>(least(ROWS, p.m - i));
        int streams = STREAMS;
        for (int64_t j = 0; j < columns; j += streams) {
          if (j + streams > columns) streams = 1;
          float out[STREAMS * ROWS];
          multiply(p.b.data + (first + j) * p.b.row, streams, i, rows, out);
          for (int s = 0; s < streams; s++)
            for (int r = 0; r < rows; r++) sums[r * BLOCK + j + s] = out[s * rows + r];
        }
        finish(p, i, first, rows, columns, sums, BLOCK);
      }
    }
  });
}

// Rows of a as integers in PARTS parts. False if an activation is not finite, or too large or small to be parted.
template <class F, int PARTS>
static bool split_rows(const Product& p, Column<F, PARTS>* x) {
  const int64_t chunks = ceil_div(p.k, CHUNK);
  bool ordinary = true;
  for (int64_t i = 0; i < p.m; i++) {
    for (int64_t chunk = 0; chunk < chunks; chunk++, x++) {
      float values[CHUNK];
      Quantized q;
      read_chunk(p, i, chunk * CHUNK, values);
      quantize(values, q);
      arrange<F>(q, 0, *x);
      ordinary = ordinary && q.ordinary();
#pragma GCC unroll 3
      for (int part = 1; part < PARTS; part++) {
        quantize_rest(values, q);
        arrange<F>(q, part, *x);
      }
    }
  }
  return ordinary;
}

// Streams rows of weights and Rows rows of a, the first `rows` of which are wanted.
template <class F, int PARTS, int Rows, int Streams>
TL_INLINE void multiply(const Product& p, const char* weights, const Column<F, PARTS>* const* column, int rows, float* out) {
  float sums[Streams * Rows];
  const char* limit = p.b.data + (p.n - 1) * p.b.row + p.k * F::CHUNK_BYTES / CHUNK;
  dot_rows<F, Rows, PARTS, Streams>(reinterpret_cast<const uint8_t*>(weights), p.b.row,
                                    reinterpret_cast<const uint8_t*>(limit), p.k, column, sums);
  for (int s = 0; s < Streams; s++)
    for (int r = 0; r < rows; r++) out[s * rows + r] = sums[s * Rows + r];
}

template <class F, int PARTS, int ROWS>
static void multiply_rows(const Product& p, const Column<F, PARTS>* x) {
  const int64_t chunks = ceil_div(p.k, CHUNK);
  for_each_row<ROWS>(p, [&](const char* weights, int streams, int64_t i, int rows, float* out) {
    const Column<F, PARTS>* column[ROWS];
    for (int r = 0; r < ROWS; r++) column[r] = x + (i + (r < rows ? r : 0)) * chunks;
    if (streams > 1 && rows == 1) return multiply<F, PARTS, 1, STREAMS>(p, weights, column, rows, out);
    for (int s = 0; s < streams; s++, weights += p.b.row, out += rows) {
      if (ROWS == 1 || rows == 1) multiply<F, PARTS, 1, 1>(p, weights, column, rows, out);
      else if (rows == 2) multiply<F, PARTS, least(2, ROWS), 1>(p, weights, column, rows, out);
      else multiply<F, PARTS, ROWS, 1>(p, weights, column, rows, out);
    }
  });
}

// Exact ------------------------------------------------------------------------------------------

// Three parts leave at most 2^-22 of the largest activation among the 32 that share a scale, about what float does.
constexpr int EXACT_PARTS = 3;

constexpr int DECODED_ROWS = 16;  // of activations, for which a weight is decoded once: as many as come here
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int DECODED_WEIGHTS = 4;  // rows of weights multiplied with four of activations in registers
#else
constexpr int DECODED_WEIGHTS = 2;
#endif

// sums[w][r] += row w of the chunk's decoded weights · row r of the activations, from `first` on.
template <int Weights, int Rows>
static void multiply_chunk(const float (*weights)[CHUNK], const float* const* row, int64_t first, VF (*sums)[4]) {
  VF s[Weights][Rows];
#pragma GCC unroll 4
  for (int w = 0; w < Weights; w++)
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) s[w][r] = sums[w][r];
  for (int e = 0; e < CHUNK; e += LANES) {
    VF x[Rows];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) x[r] = load(row[r] + first + e);
#pragma GCC unroll 4
    for (int w = 0; w < Weights; w++) {
      const VF weight = load(weights[w] + e);
#pragma GCC unroll 4
      for (int r = 0; r < Rows; r++) s[w][r] = fma(weight, x[r], s[w][r]);
    }
  }
#pragma GCC unroll 4
  for (int w = 0; w < Weights; w++)
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) sums[w][r] = s[w][r];
}

template <class F, int Weights>
static void multiply_decoded(const Product& p, const char* weights, const float* const* row, int rows, float* out) {
  VF sums[DECODED_ROWS / 4][Weights][4] = {};
  alignas(64) float values[Weights][CHUNK];
  uint8_t last[F::CHUNK_BYTES];
  for (int64_t first = 0; first < p.k; first += CHUNK, weights += F::CHUNK_BYTES) {
    for (int w = 0; w < Weights; w++) {
      const uint8_t* packed = reinterpret_cast<const uint8_t*>(weights + w * p.b.row);
      decode_chunk<F>(whole_chunk<F>(packed, p.k - first, last), values[w]);
    }
    for (int r = 0; r < rows; r += 4) {
      if (rows - r <= 2) multiply_chunk<Weights, 2>(values, row + r, first, sums[r / 4]);
      else multiply_chunk<Weights, 4>(values, row + r, first, sums[r / 4]);
    }
  }
  for (int w = 0; w < Weights; w++)
    for (int r = 0; r < rows; r++) out[w * rows + r] = sum(sums[r / 4][w][r % 4]);
}

template <class F>
static int64_t decoded_product(const Product& p) {
  const int64_t chunks = ceil_div(p.k, CHUNK), padded = chunks * CHUNK;
  Scratch x(p.m * padded * static_cast<int64_t>(sizeof(float)));
  if (x.data() == nullptr) return ERROR_MEMORY;
  for (int64_t i = 0; i < p.m; i++)
    for (int64_t chunk = 0; chunk < chunks; chunk++)
      read_chunk(p, i, chunk * CHUNK, x.floats() + i * padded + chunk * CHUNK);

  for_each_row<DECODED_ROWS>(p, [&](const char* weights, int streams, int64_t i, int rows, float* out) {
    const float* row[DECODED_ROWS];  // the last one stands for those that are not there
    for (int r = 0; r < DECODED_ROWS; r++) row[r] = x.floats() + (i + least(r, rows - 1)) * padded;
    if (streams == 1) return multiply_decoded<F, 1>(p, weights, row, rows, out);
    for (int s = 0; s < streams; s += DECODED_WEIGHTS)
      multiply_decoded<F, DECODED_WEIGHTS>(p, weights + s * p.b.row, row, rows, out + s * rows);
  });
  return OK;
}

// One row of a is multiplied in integers; more rows are multiplied with decoded weights, decoded once for all.
template <class F>
static int64_t exact_product(const Product& p) {
  if (p.m > 1 || (F::GROUP == 16 && !UNSIGNED_CODES)) return decoded_product<F>(p);
  Scratch scratch(ceil_div(p.k, CHUNK) * static_cast<int64_t>(sizeof(Column<F, EXACT_PARTS>)));
  Column<F, EXACT_PARTS>* x = reinterpret_cast<Column<F, EXACT_PARTS>*>(scratch.data());
  if (x == nullptr) return ERROR_MEMORY;
  if (!split_rows(p, x)) return decoded_product<F>(p);
  multiply_rows<F, EXACT_PARTS, 1>(p, x);
  return OK;
}

// Fast -------------------------------------------------------------------------------------------

template <class F>
static int64_t fast_rows(const Product& p) {
  Scratch scratch(p.m * ceil_div(p.k, CHUNK) * static_cast<int64_t>(sizeof(Column<F, 1>)));
  Column<F, 1>* x = reinterpret_cast<Column<F, 1>*>(scratch.data());
  if (x == nullptr) return ERROR_MEMORY;
  split_rows(p, x);
  multiply_rows<F, 1, FEW>(p, x);
  return OK;
}

template <class F, int Columns>
static void fill_tile(const Product& p, int64_t i, char* memory) {
  for (int c = 0; c < Columns; c++) {
    TileGroup<F, Columns>* tile = reinterpret_cast<TileGroup<F, Columns>*>(memory);
    for (int64_t first = 0; first < p.k; first += CHUNK, tile += CHUNK / 32) {
      float values[CHUNK] = {};
      Quantized q;
      if (i + c < p.m) read_chunk(p, i + c, first, values);
      quantize(values, q);
      pack_tile<F, Columns>(q, least(CHUNK, p.k - first), c, tile);
    }
  }
}

template <class F, int Columns>
static void multiply_tile(const PanelGroup<F>* panel, const char* tile, int64_t first, int64_t groups, float* sums) {
  const TileGroup<F, Columns>* t = reinterpret_cast<const TileGroup<F, Columns>*>(tile) + first;
  multiply_panel<F, Columns>(panel, t, groups, sums, PANEL_ROWS, first == 0);
}

// The last tile is narrower if fewer columns are left: as few as fit in steps of two.
template <class F>
struct TileKernels {
  void (*fill)(const Product& p, int64_t i, char* memory);
  void (*multiply)(const PanelGroup<F>* panel, const char* tile, int64_t first, int64_t groups, float* sums);
};

template <class F>
static TileKernels<F> tile_kernels(int64_t columns) {
  if (columns <= 2) return {fill_tile<F, 2>, multiply_tile<F, 2>};
  if (columns <= 4 || TILE == 4) return {fill_tile<F, 4>, multiply_tile<F, 4>};
  return {fill_tile<F, TILE>, multiply_tile<F, TILE>};
}

template <class F>
static int64_t fast_panels(const Product& p) {
  const int64_t tiles = ceil_div(p.m, TILE), groups = p.k / 32;
  const int64_t tile_bytes = groups * static_cast<int64_t>(sizeof(TileGroup<F, TILE>));
  const int64_t step = ceil_div(tiles, ceil_div(tiles, MOST_TILES));
  constexpr int64_t PANELS = PANEL_ROWS / PANEL, PANEL_GROUPS = PANEL_ELEMENTS / 32;
  constexpr int64_t BLOCK_BYTES = PANELS * PANEL_GROUPS * static_cast<int64_t>(sizeof(PanelGroup<F>));
  const int64_t sums_bytes = step * TILE * PANEL_ROWS * static_cast<int64_t>(sizeof(float));
  Scratch activations(tiles * tile_bytes);
  if (activations.data() == nullptr) return ERROR_MEMORY;

  parallel_for(tiles, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t t = begin; t < end; t++)
      tile_kernels<F>(p.m - t * TILE).fill(p, t * TILE, activations.data() + t * tile_bytes);
  });

  int64_t status = OK;
  parallel_for(ceil_div(p.n, PANEL_ROWS), 1, [&](int64_t begin, int64_t end, int) {
    Scratch memory(BLOCK_BYTES + sums_bytes);
    if (memory.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    PanelGroup<F>* block = reinterpret_cast<PanelGroup<F>*>(memory.data());
    float* sums = reinterpret_cast<float*>(memory.data() + BLOCK_BYTES);
    for (int64_t b = begin; b < end; b++) {
      const int64_t row = b * PANEL_ROWS, rows = least(PANEL_ROWS, p.n - row), panels = ceil_div(rows, PANEL);
      for (int64_t t0 = 0; t0 < tiles; t0 += step) {
        const int64_t t1 = least(t0 + step, tiles);
        for (int64_t first = 0; first < groups; first += PANEL_GROUPS) {
          const int64_t count = least(PANEL_GROUPS, groups - first);
          for (int64_t q = 0; q < panels; q++) {
            pack_panel<F>(p.b.data + (row + q * PANEL) * p.b.row, p.b.row, rows - q * PANEL, first * 32, count * 32,
                          block + q * PANEL_GROUPS);
            for (int64_t t = t0; t < t1; t++)
              tile_kernels<F>(p.m - t * TILE).multiply(block + q * PANEL_GROUPS, activations.data() + t * tile_bytes,
                                                       first, count, sums + (t - t0) * TILE * PANEL_ROWS + q * PANEL);
          }
        }
        finish(p, t0 * TILE, row, least(t1 * TILE, p.m) - t0 * TILE, rows, sums, PANEL_ROWS);
      }
    }
  });
  return status;
}

template <class F>
static int64_t fast_product(const Product& p) {
  return p.m <= 2 * FEW ? fast_rows<F>(p) : fast_panels<F>(p);
}

template <class F>
static constexpr PackedFormat format(int64_t enc) {
  return {enc, F::BLOCK, F::CHUNK_BYTES * F::BLOCK / CHUNK, decode_row<F>, exact_product<F>, fast_product<F>};
}

static const PackedFormat FORMATS[] = {
    format<PackedQ4_0>(Q4_0), format<PackedQ4_1>(Q4_1), format<PackedQ5_0>(Q5_0), format<PackedQ5_1>(Q5_1),
    format<PackedQ8_0>(Q8_0), format<PackedIQ4_NL>(IQ4_NL), format<PackedQ2_K>(Q2_K), format<PackedQ3_K>(Q3_K),
    format<PackedQ4_K>(Q4_K), format<PackedQ5_K>(Q5_K), format<PackedQ6_K>(Q6_K), format<PackedIQ4_XS>(IQ4_XS),
};

const PackedFormat* packed_format(int64_t enc) {
  for (const PackedFormat& f : FORMATS)
    if (f.enc == enc) return &f;
  return nullptr;
}

}  // namespace TL_LEVEL
}  // namespace tl
