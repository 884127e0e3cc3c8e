// Products with few rows of A: B is read once, as it lies, at the speed of memory.
#include "gemm.h"
#include "memory.h"
#include "pool.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t MAX_ROWS = 8;
constexpr int64_t X_BYTES = 1 << 15;    // of A that are read again for every group of columns
constexpr int MOST_HALF_ROWS = 1;       // of A that are not made floats first
constexpr int64_t COLUMNS = 64;         // whose sums are kept while a block of K goes by
constexpr int64_t CHUNK_BYTES = 1 << 18;  // of B, worth a task
constexpr int64_t AHEAD = 4096;         // bytes from a load to its prefetch into the second-level cache
constexpr int64_t WIDTH = 2048;         // columns of a task if B's rows are streamed
constexpr int64_t PARTS = 16;           // such tasks, at least, if none is shorter than
constexpr int64_t LEAST_DEPTH = 256;    // rows of B

bool streamable(const Product& p) {
  if (p.m > MAX_ROWS || p.b.read != nullptr) return false;
  return p.b.row == 1 || p.b.column == 1 || p.k == 1 || p.n == 1;
}

// How many columns of B go side by side with M rows of A in registers: as many streams as the processor follows,
// each element of A loaded once for all of them.
constexpr int together(int m) {
#if defined(__AVX512F__) || defined(__aarch64__)
  return m <= 3 ? 8 : 4;
#else
  return m == 1 ? 6 : m == 2 ? 4 : m == 3 ? 3 : m < 7 ? 2 : 1;
#endif
}

// sums[i · COLUMNS + j] += x_i · b_j over `depth` elements, for M rows x, X as stored, and C columns b.
template <int64_t ENC, int64_t X, int M, int C>
static void dots(const char* b, int64_t step, const char* x, int64_t x_step, int64_t depth, float* sums) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2, X_SIZE = X == F32 ? 4 : 2;
  constexpr int U = M * C < 8 ? (8 + M * C - 1) / (M * C) : 1;  // sums enough to hide the latency of one
  constexpr int BYTES = M == 1 ? 128 : M < 4 ? 64 : 0;  // of a column at a time, at least
  constexpr int STEPS = BYTES / (LANES * SIZE) > U ? BYTES / (LANES * SIZE) : U;
  VF acc[U][M][C] = {};
  int64_t k = 0;
  for (; k + STEPS * LANES <= depth; k += STEPS * LANES) {
    const int64_t ahead = k * SIZE + AHEAD < depth * SIZE ? AHEAD : AHEAD + C * step - depth * SIZE;
#pragma GCC unroll 16
    for (int u = 0; u < STEPS; u++) {
      VF w[C];
#pragma GCC unroll 8
      for (int j = 0; j < C; j++) {
        const char* p = b + j * step + (k + u * LANES) * SIZE;
        if (u * LANES * SIZE % 64 == 0) __builtin_prefetch(p + ahead, 0, 2);
        w[j] = load_as<ENC>(p);
      }
#pragma GCC unroll 8
      for (int i = 0; i < M; i++) {
        const VF a = load_as<X>(x + (i * x_step + k + u * LANES) * X_SIZE);
#pragma GCC unroll 8
        for (int j = 0; j < C; j++) acc[u % U][i][j] = fma(a, w[j], acc[u % U][i][j]);
      }
    }
  }
  for (; k < depth; k += LANES) {
    const int n = static_cast<int>(least(LANES, depth - k));
    for (int j = 0; j < C; j++) {
      const VF w = load_as_n<ENC>(b + j * step + k * SIZE, n);
      for (int i = 0; i < M; i++) acc[0][i][j] = fma(load_as_n<X>(x + (i * x_step + k) * X_SIZE, n), w, acc[0][i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; i++)
#pragma GCC unroll 8
    for (int j = 0; j < C; j++) {
#pragma GCC unroll 8
      for (int u = 1; u < U; u++) acc[0][i][j] += acc[u][i][j];
      sums[i * COLUMNS + j] += sum(acc[0][i][j]);
    }
}

// Columns of B are consecutive: dot products, several columns and all rows of A at once.
template <int64_t ENC, int64_t X, int M>
static void stream_columns(const Product& p, const char* x, int64_t x_step, int64_t begin, int64_t end) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2, X_SIZE = X == F32 ? 4 : 2;
  constexpr int C = together(M);
  const int64_t step = p.b.column * SIZE, block = X_BYTES / X_SIZE / M / LANES * LANES;
  for (int64_t j0 = begin; j0 < end; j0 += COLUMNS) {
    const int64_t columns = least(COLUMNS, end - j0);
    float sums[M * COLUMNS] = {};
    for (int64_t k = 0; k < p.k; k += block) {
      const int64_t depth = least(block, p.k - k);
      const char* b = p.b.data + j0 * step + k * SIZE;
      int64_t j = 0;
      for (; j + C <= columns; j += C) dots<ENC, X, M, C>(b + j * step, step, x + k * X_SIZE, x_step, depth, sums + j);
      for (; j < columns; j++) dots<ENC, X, M, 1>(b + j * step, step, x + k * X_SIZE, x_step, depth, sums + j);
    }
    finish(p, 0, j0, M, columns, sums, COLUMNS);
  }
}

// Vectors of columns whose sums with M rows of A stay in registers while rows of B go by.
constexpr int side_by_side(int m) {
#if defined(__AVX512F__) || defined(__aarch64__)
  return m <= 5 ? 4 : m <= 7 ? 3 : 2;
#else
  return m <= 2 ? 4 : m == 3 ? 3 : m <= 6 ? 2 : 1;
#endif
}

// sums[i · WIDTH + …] += x[i][0 … R-1] · R rows of B, V vectors wide; the rows after them are fetched meanwhile.
template <int64_t ENC, int M, int V, int R>
TL_INLINE void accumulate_strip(const char* b, int64_t step, const float* x, int64_t x_step, float* sums) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  VF acc[M][V];
#pragma GCC unroll 8
  for (int i = 0; i < M; i++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) acc[i][v] = load(sums + i * WIDTH + v * LANES);
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    VF w[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      const char* p = b + r * step + v * LANES * SIZE;
      if (v * LANES * SIZE % 64 == 0) __builtin_prefetch(p + R * step, 0, 2);
      w[v] = load_as<ENC>(p);
    }
#pragma GCC unroll 8
    for (int i = 0; i < M; i++) {
      const VF element = vf(x[i * x_step + r]);
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) acc[i][v] = fma(element, w[v], acc[i][v]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; i++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) store(sums + i * WIDTH + v * LANES, acc[i][v]);
}

// The same for all `width` columns.
template <int64_t ENC, int M, int R>
static void accumulate_rows(const char* b, int64_t step, const float* x, int64_t x_step, int64_t width, float* sums) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  constexpr int V = side_by_side(M);
  int64_t j = 0;
  for (; j + V * LANES <= width; j += V * LANES) accumulate_strip<ENC, M, V, R>(b + j * SIZE, step, x, x_step, sums + j);
  for (; j + LANES <= width; j += LANES) accumulate_strip<ENC, M, 1, R>(b + j * SIZE, step, x, x_step, sums + j);
  if (j == width) return;
  const int n = static_cast<int>(width - j);
  for (int r = 0; r < R; r++) {
    const VF w = load_as_n<ENC>(b + r * step + j * SIZE, n);
    for (int i = 0; i < M; i++) store(sums + i * WIDTH + j, fma(vf(x[i * x_step + r]), w, load(sums + i * WIDTH + j)));
  }
}

// Rows of B are consecutive: a task takes a block of columns and a part of k. The split depends on the shape alone,
// so results do not on threads.
template <int64_t ENC, int M>
static int64_t stream_rows(const Product& p, const float* x) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  constexpr int R = 8;
  const int64_t blocks = ceil_div(p.n, WIDTH), wanted = ceil_div(PARTS, blocks);
  const int64_t depth = most(LEAST_DEPTH, ceil_div(p.k, wanted)), parts = ceil_div(p.k, depth);
  Scratch room(4 * blocks * parts * M * WIDTH);
  if (room.data() == nullptr) return ERROR_MEMORY;
  const auto sums_of = [&](int64_t block, int64_t part) { return room.floats() + (block * parts + part) * M * WIDTH; };
  const int64_t grain = most(1, CHUNK_BYTES / (least(depth, p.k) * least(WIDTH, p.n) * SIZE));
  parallel_for(blocks * parts, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t part = task % parts, j = task / parts * WIDTH, width = least(WIDTH, p.n - j);
      const int64_t k_end = least((part + 1) * depth, p.k), step = p.b.row * SIZE;
      float* sums = sums_of(task / parts, part);
      for (int i = 0; i < M; i++) memset(sums + i * WIDTH, 0, 4 * static_cast<size_t>(ceil_div(width, LANES) * LANES));
      int64_t k = part * depth;
      const char* b = p.b.data + k * step + j * SIZE;
      for (; k + R <= k_end; k += R, b += R * step) accumulate_rows<ENC, M, R>(b, step, x + k, p.k, width, sums);
      for (; k < k_end; k++, b += step) accumulate_rows<ENC, M, 1>(b, step, x + k, p.k, width, sums);
    }
  });
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t width = least(WIDTH, p.n - block * WIDTH);
    float* total = sums_of(block, 0);
    for (int64_t part = 1; part < parts; part++)
      for (int64_t i = 0; i < M; i++)
        for (int64_t j = i * WIDTH; j < i * WIDTH + width; j += LANES) store(total + j, load(total + j) + load(sums_of(block, part) + j));
    finish(p, 0, block * WIDTH, M, width, total, WIDTH);
  }
  return OK;
}

// Rows of A are floats or, if X is F16, as they lie: read again for every group of columns, halves take less of the
// first-level cache, through which B streams.
template <int64_t ENC, int64_t X, int M>
static void stream_all_columns(const Product& p, const char* x, int64_t x_step) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  const int64_t grain = most(together(M), CHUNK_BYTES / (p.k * SIZE));
  parallel_for(p.n, grain, [&](int64_t begin, int64_t end, int) { stream_columns<ENC, X, M>(p, x, x_step, begin, end); });
}

template <int64_t ENC, int M>
static int64_t stream(const Product& p) {
  const bool columns = p.b.row == 1 || p.k == 1;
  if constexpr (M <= MOST_HALF_ROWS) {
    if (columns && p.a.enc == F16 && p.a.column == 1) {
      stream_all_columns<ENC, F16, M>(p, p.a.data, p.a.row);
      return OK;
    }
  }
  // A as contiguous floats, once for all columns.
  Scratch room(4 * M * p.k);
  if (room.data() == nullptr) return ERROR_MEMORY;
  for (int64_t i = 0; i < M; i++) to_floats(p.a.data + i * p.a.row * element_size(p.a.enc), p.a.enc, p.a.column, p.k, room.floats() + i * p.k);
  if (!columns) return stream_rows<ENC, M>(p, room.floats());
  stream_all_columns<ENC, F32, M>(p, room.data(), p.k);
  return OK;
}

template <int64_t ENC>
static int64_t stream_as(const Product& p) {
  switch (p.m) {
    case 1: return stream<ENC, 1>(p);
    case 2: return stream<ENC, 2>(p);
    case 3: return stream<ENC, 3>(p);
    case 4: return stream<ENC, 4>(p);
    case 5: return stream<ENC, 5>(p);
    case 6: return stream<ENC, 6>(p);
    case 7: return stream<ENC, 7>(p);
    default: return stream<ENC, 8>(p);
  }
}

int64_t gemm_streaming(const Product& p) {
  if (p.b.enc == F16) return stream_as<F16>(p);
  if (p.b.enc == BF16) return stream_as<BF16>(p);
  return stream_as<F32>(p);
}

}  // namespace TL_LEVEL
}  // namespace tl
