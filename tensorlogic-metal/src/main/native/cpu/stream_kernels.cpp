// Products with few rows of A: B is read once, as it lies, at the speed of memory.
#include "gemm.h"
#include "memory.h"
#include "pool.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t MAX_ROWS = 8;
constexpr int64_t X_FLOATS = 8192;      // of A that fit the first-level cache beside the streams
constexpr int64_t COLUMNS = 64;         // whose sums are kept while a block of K goes by
constexpr int64_t CHUNK_BYTES = 1 << 18;  // of B, worth a task
constexpr int64_t AHEAD = 5120;         // bytes from a load to its prefetch
constexpr int64_t WIDTH = 1024;         // columns of a task if B's rows are streamed
constexpr int64_t LONG_K = 4096;        // rows of such a task, if there are too few columns for many

bool streamable(const Product& p) {
  if (p.m > MAX_ROWS || p.b.read != nullptr) return false;
  return p.b.row == 1 || p.b.column == 1 || p.k == 1 || p.n == 1;
}

// How many columns of B go side by side with M rows of A in registers. A single row leaves the processor
// waiting for memory: one column at a time, with far prefetches, then is the longest stream.
constexpr int together(int m) {
#if defined(__AVX512F__) || defined(__aarch64__)
  return m == 1 ? 1 : m == 2 ? 3 : 4;
#else
  return m == 1 ? 1 : m < 3 ? 4 : m < 4 ? 3 : m < 7 ? 2 : 1;
#endif
}

// sums[i · COLUMNS + j] += x_i · b_j over `depth` elements, for M rows x and C columns b.
template <int64_t ENC, int M, int C>
static void dots(const char* b, int64_t step, const float* x, int64_t x_step, int64_t depth, float* sums) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  constexpr int U = M * C < 8 ? (8 + M * C - 1) / (M * C) : 1;  // enough independent sums to hide the latency of one
  VF acc[U][M][C] = {};
  int64_t k = 0;
  for (; k + U * LANES <= depth; k += U * LANES) {
#pragma GCC unroll 8
    for (int u = 0; u < U; u++) {
      VF w[C];
#pragma GCC unroll 4
      for (int j = 0; j < C; j++) {
        const char* p = b + j * step + (k + u * LANES) * SIZE;
        if (u * LANES * SIZE % 64 == 0) __builtin_prefetch(p + AHEAD);
        w[j] = load_as<ENC>(p);
      }
#pragma GCC unroll 8
      for (int i = 0; i < M; i++) {
        const VF a = load(x + i * x_step + k + u * LANES);
#pragma GCC unroll 4
        for (int j = 0; j < C; j++) acc[u][i][j] = fma(a, w[j], acc[u][i][j]);
      }
    }
  }
  for (; k < depth; k += LANES) {
    const int n = static_cast<int>(least(LANES, depth - k));
    for (int j = 0; j < C; j++) {
      const VF w = load_as_n<ENC>(b + j * step + k * SIZE, n);
      for (int i = 0; i < M; i++) acc[0][i][j] = fma(load_n(x + i * x_step + k, n), w, acc[0][i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; i++)
#pragma GCC unroll 4
    for (int j = 0; j < C; j++) {
#pragma GCC unroll 8
      for (int u = 1; u < U; u++) acc[0][i][j] += acc[u][i][j];
      sums[i * COLUMNS + j] += sum(acc[0][i][j]);
    }
}

// Columns of B are consecutive: dot products, several columns and all rows of A at once.
template <int64_t ENC, int M>
static void stream_columns(const Product& p, const float* x, int64_t begin, int64_t end) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  constexpr int C = together(M);
  const int64_t step = p.b.column * SIZE, block = X_FLOATS / M / LANES * LANES;
  for (int64_t j0 = begin; j0 < end; j0 += COLUMNS) {
    const int64_t columns = least(COLUMNS, end - j0);
    float sums[M * COLUMNS] = {};
    for (int64_t k = 0; k < p.k; k += block) {
      const int64_t depth = least(block, p.k - k);
      const char* b = p.b.data + j0 * step + k * SIZE;
      int64_t j = 0;
      for (; j + C <= columns; j += C) dots<ENC, M, C>(b + j * step, step, x + k, p.k, depth, sums + j);
      for (; j < columns; j++) dots<ENC, M, 1>(b + j * step, step, x + k, p.k, depth, sums + j);
    }
    finish(p, 0, j0, M, columns, sums, COLUMNS);
  }
}

// sums[i][0 … width-1] += x[i][k] · B[k][…] for `depth` rows of B, four at a time.
template <int64_t ENC, int M>
static void accumulate_rows(const char* b, int64_t step, const float* x, int64_t x_step, int64_t depth, int64_t width, float* sums) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  constexpr int R = 4;
  int64_t k = 0;
  for (; k + R <= depth; k += R) {
    const char* row = b + k * step;
    int64_t j = 0;
    for (; j + LANES <= width; j += LANES) {
      VF w[R];
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) {
        const char* p = row + r * step + j * SIZE;
        __builtin_prefetch(p + R * step);  // the next four rows
        w[r] = load_as<ENC>(p);
      }
#pragma GCC unroll 8
      for (int i = 0; i < M; i++) {
        VF s = load(sums + i * WIDTH + j);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) s = fma(vf(x[i * x_step + k + r]), w[r], s);
        store(sums + i * WIDTH + j, s);
      }
    }
    if (j < width) {
      const int n = static_cast<int>(width - j);
      for (int r = 0; r < R; r++) {
        const VF w = load_as_n<ENC>(row + r * step + j * SIZE, n);
        for (int i = 0; i < M; i++) store(sums + i * WIDTH + j, fma(vf(x[i * x_step + k + r]), w, load(sums + i * WIDTH + j)));
      }
    }
  }
  for (; k < depth; k++) {
    for (int64_t j = 0; j < width; j += LANES) {
      const VF w = load_as_n<ENC>(b + k * step + j * SIZE, static_cast<int>(least(LANES, width - j)));
      for (int i = 0; i < M; i++) store(sums + i * WIDTH + j, fma(vf(x[i * x_step + k]), w, load(sums + i * WIDTH + j)));
    }
  }
}

template <int64_t ENC, int M>
static int64_t stream(const Product& p, const float* x) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : 2;
  if (p.b.row == 1 || p.k == 1) {
    const int64_t grain = most(together(M), CHUNK_BYTES / (p.k * SIZE));
    parallel_for(p.n, grain, [&](int64_t begin, int64_t end, int) { stream_columns<ENC, M>(p, x, begin, end); });
    return OK;
  }
  // Rows of B are consecutive. The split depends on the shape alone, so results do not on threads.
  const int64_t blocks = ceil_div(p.n, WIDTH), depth = p.n < 4 * WIDTH ? LONG_K : p.k, parts = ceil_div(p.k, depth);
  Scratch room(4 * blocks * parts * M * WIDTH);
  if (room.data() == nullptr) return ERROR_MEMORY;
  const auto sums_of = [&](int64_t block, int64_t part) { return room.floats() + (block * parts + part) * M * WIDTH; };
  const int64_t grain = most(1, CHUNK_BYTES / (least(depth, p.k) * least(WIDTH, p.n) * SIZE));
  parallel_for(blocks * parts, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t part = task % parts, j = task / parts * WIDTH, k = part * depth;
      float* sums = sums_of(task / parts, part);
      memset(sums, 0, 4 * M * WIDTH);
      accumulate_rows<ENC, M>(p.b.data + (k * p.b.row + j) * SIZE, p.b.row * SIZE, x + k, p.k, least(depth, p.k - k), least(WIDTH, p.n - j), sums);
    }
  });
  for (int64_t block = 0; block < blocks; block++) {
    float* total = sums_of(block, 0);
    for (int64_t part = 1; part < parts; part++)
      for (int64_t i = 0; i < M * WIDTH; i += LANES) store(total + i, load(total + i) + load(sums_of(block, part) + i));
    finish(p, 0, block * WIDTH, M, least(WIDTH, p.n - block * WIDTH), total, WIDTH);
  }
  return OK;
}

template <int64_t ENC>
static int64_t stream_rows(const Product& p, const float* x) {
  switch (p.m) {
    case 1: return stream<ENC, 1>(p, x);
    case 2: return stream<ENC, 2>(p, x);
    case 3: return stream<ENC, 3>(p, x);
    case 4: return stream<ENC, 4>(p, x);
    case 5: return stream<ENC, 5>(p, x);
    case 6: return stream<ENC, 6>(p, x);
    case 7: return stream<ENC, 7>(p, x);
    default: return stream<ENC, 8>(p, x);
  }
}

int64_t gemm_streaming(const Product& p) {
  // A as contiguous floats, once for all columns.
  Scratch room(4 * p.m * p.k);
  if (room.data() == nullptr) return ERROR_MEMORY;
  for (int64_t i = 0; i < p.m; i++) to_floats(p.a.data + i * p.a.row * element_size(p.a.enc), p.a.enc, p.a.column, p.k, room.floats() + i * p.k);
  if (p.b.enc == F16) return stream_rows<F16>(p, room.floats());
  if (p.b.enc == BF16) return stream_rows<BF16>(p, room.floats());
  return stream_rows<F32>(p, room.floats());
}

}  // namespace TL_LEVEL
}  // namespace tl
