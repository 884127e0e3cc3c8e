// attention: checks, and the blocked form for many queries. Queries are the columns of every product, so
// that the softmax over keys runs down columns: scores^T = K Q^T, out^T += V^T probabilities^T, block of
// keys by block of keys, with running maxima and sums ("online softmax").
#include "attention.h"
#include "kernels.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t KEY_BLOCK = 8 * MR;    // keys whose scores are in memory at a time
constexpr int64_t MOST_PANELS = 6;       // panels of NR queries that share a block's packed keys and values

namespace {

// The scratch memory of one task, cut into pieces.
struct Workspace {
  float *keys, *values, *scores, *rows, *result;
  float *queries, *sums, *max, *total;  // of all panels
  static int64_t floats(const Attention& a, int64_t panels) {
    return (a.d + a.e + 2 * NR) * (KEY_BLOCK + MR) + KEY_BLOCK * NR + NR * most(a.d, KEY_BLOCK) + 8 * LANES + a.e +
           panels * ((a.d + a.e + MR) * NR + 2 * NR);
  }
  Workspace(const Attention& a, int64_t panels, float* room) {
    const auto take = [&room](int64_t n) {
      float* piece = room;
      room += n;
      return piece;
    };
    scores = take(KEY_BLOCK * NR);
    queries = take(panels * a.d * NR);
    sums = take(panels * (a.e + MR) * NR);
    max = take(panels * NR);
    total = take(panels * NR);
    keys = take((KEY_BLOCK + MR) * (a.d + NR) + LANES);
    values = take((KEY_BLOCK + MR) * (a.e + NR) + LANES);
    rows = take(NR * most(a.d, KEY_BLOCK));
    result = take(a.e);
  }
};

int64_t tile_begin(int64_t n, int64_t tile, int64_t tiles) { return n * tile / tiles; }

// Panel [d][NR] of the queries of rows first …, scaled.
void pack_queries(const Attention& a, int64_t b, int64_t group, int64_t first, int64_t count, float* rows, float* out) {
  for (int64_t i = 0; i < count; i++) {
    load_strided(a.q.enc, a.query(b, group, first + i), a.q.stride[3], rows + i * a.d, a.d);
    for (int64_t j = 0; j < a.d; j++) rows[i * a.d + j] *= a.scale;
  }
  const Matrix m{reinterpret_cast<const char*>(rows), F32, a.d, 1, nullptr};
  pack(m, true, 0, static_cast<int>(count), 0, a.d, NR, out);
}

void add_masks(const Attention& a, int64_t b, int64_t group, int64_t first, int64_t count, int64_t key0, int64_t keys, float* row, float* scores) {
  for (int64_t i = 0; i < count; i++) {
    const char* from = a.masks(b, group, first + i) + key0 * a.mask.stride[3] * element_size(a.mask.enc);
    load_strided(a.mask.enc, from, a.mask.stride[3], row, keys);
    for (int64_t j = 0; j < keys; j++) scores[j * NR + i] += row[j];
  }
}

// Scores of keys that a row does not see become -inf.
void hide_future(const Attention& a, int64_t first, int64_t count, int64_t key0, int64_t keys, float* scores) {
  for (int64_t i = 0; i < count; i++)
    for (int64_t j = most(0, a.visible(first + i) - key0); j < keys; j++) scores[j * NR + i] = -__builtin_inff();
}

// Scores become exp(score - max); maxima and totals move on, earlier sums shrink accordingly.
void soften(int64_t keys, int64_t e, float* scores, float* max, float* total, float* sums) {
  for (int64_t c = 0; c < NR; c += LANES) {
    VF top = load(max + c);
    for (int64_t j = 0; j < keys; j++) top = keep_larger(top, load(scores + j * NR + c));
    const VF from = top == -__builtin_inff() ? vf(0) : top;  // nothing seen yet: exp(-inf - 0) is 0
    const VF shrink = exp_of(load(max + c) - from);
    VF sum = load(total + c) * shrink;
    for (int64_t j = 0; j < keys; j++) {
      const VF p = exp_of(load(scores + j * NR + c) - from);
      store(scores + j * NR + c, p);
      sum += p;
    }
    store(max + c, top);
    store(total + c, sum);
    if (any(shrink != 1.0f))
      for (int64_t i = 0; i < e; i++) store(sums + i * NR + c, load(sums + i * NR + c) * shrink);
  }
}

// Whether all n numbers are finite.
bool all_finite(const float* x, int64_t n) {
  VF zeros = vf(0);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) zeros += load(x + i) * 0.0f;
  if (i < n) zeros += load_n(x + i, static_cast<int>(n - i)) * 0.0f;
  return sum(zeros) == 0;
}

// As the product with probabilities, of the keys alone that each row sees: 0 times what is not finite would be NaN.
void add_seen(const Attention& a, int64_t first, int64_t count, int64_t key0, int64_t keys, const Workspace& w, float* sums) {
  const int64_t tiles = ceil_div(a.e, MR);
  for (int64_t t = 0; t < tiles; t++) {
    const int64_t begin = tile_begin(a.e, t, tiles), n = tile_begin(a.e, t + 1, tiles) - begin;
    for (int64_t i = 0; i < count; i++)
      for (int64_t j = 0; j < least(keys, a.visible(first + i) - key0); j++)
        for (int64_t c = 0; c < n; c++) sums[(begin + c) * NR + i] += w.values[begin * keys + j * n + c] * w.scores[j * NR + i];
  }
}

// The rows first …, panel by panel, of one group.
void attend(const Attention& a, int64_t b, int64_t group, int64_t first, int64_t count, const Workspace& w) {
  const int64_t panels = ceil_div(count, NR), value_tiles = ceil_div(a.e, MR);
  for (int64_t p = 0; p < panels; p++)
    pack_queries(a, b, group, first + p * NR, least(NR, count - p * NR), w.rows, w.queries + p * a.d * NR);
  for (int64_t i = 0; i < panels * NR; i++) {
    w.max[i] = -__builtin_inff();
    w.total[i] = 0;
  }
  memset(w.sums, 0, 4 * static_cast<size_t>(panels * (a.e + MR) * NR));
  const int64_t seen = a.visible(first + count - 1);
  const Matrix k{a.key(b, group, 0), a.k.enc, a.k.stride[2], a.k.stride[3], nullptr};
  const Matrix v{a.value(b, group, 0), a.v.enc, a.v.stride[3], a.v.stride[2], nullptr};  // transposed
  for (int64_t key0 = 0; key0 < seen; key0 += KEY_BLOCK) {
    const int64_t keys = least(KEY_BLOCK, seen - key0), key_tiles = ceil_div(keys, MR);
    // A row written a vector beyond its width is overwritten by the next: the last tile's has room behind it.
    for (int64_t t = 0; t < key_tiles; t++) {
      const int64_t begin = tile_begin(keys, t, key_tiles), n = tile_begin(keys, t + 1, key_tiles) - begin;
      pack(k, true, key0 + begin, static_cast<int>(n), 0, a.d, static_cast<int>(n), w.keys + begin * a.d);
    }
    for (int64_t t = 0; t < value_tiles; t++) {
      const int64_t begin = tile_begin(a.e, t, value_tiles), n = tile_begin(a.e, t + 1, value_tiles) - begin;
      pack(v, true, begin, static_cast<int>(n), key0, keys, static_cast<int>(n), w.values + begin * keys);
    }
    const bool finite = a.visible(first) >= key0 + keys || all_finite(w.values, a.e * keys);
    for (int64_t p = 0; p < panels; p++) {
      const int64_t row = first + p * NR, rows = least(NR, count - p * NR);
      if (a.visible(row + rows - 1) <= key0) continue;
      for (int64_t t = 0; t < key_tiles; t++) {
        const int64_t begin = tile_begin(keys, t, key_tiles), n = tile_begin(keys, t + 1, key_tiles) - begin;
        multiply_tile(n, a.d, w.keys + begin * a.d, w.queries + p * a.d * NR, w.scores + begin * NR, NR, false);
      }
      if (present(a.mask)) add_masks(a, b, group, row, rows, key0, keys, w.rows, w.scores);
      const bool hides = a.visible(row) < key0 + keys;
      if (hides) hide_future(a, row, rows, key0, keys, w.scores);
      float* sums = w.sums + p * (a.e + MR) * NR;
      soften(keys, a.e, w.scores, w.max + p * NR, w.total + p * NR, sums);
      if (hides && !finite) {
        add_seen(a, row, rows, key0, keys, w, sums);
        continue;
      }
      for (int64_t t = 0; t < value_tiles; t++) {
        const int64_t begin = tile_begin(a.e, t, value_tiles), n = tile_begin(a.e, t + 1, value_tiles) - begin;
        multiply_tile(n, keys, w.values + begin * keys, w.scores, sums + begin * NR, NR, true);
      }
    }
  }
  for (int64_t i = 0; i < count; i++) {
    const int64_t p = i / NR, column = i % NR;
    const float* sums = w.sums + p * (a.e + MR) * NR + column;
    const float scale = a.visible(first + i) == 0 ? 0 : 1 / w.total[i];
    for (int64_t j = 0; j < a.e; j++) w.result[j] = sums[j * NR] * scale;
    store_row(a.out.enc, w.result, a.result(b, group, first + i), a.e, false);
  }
}

}  // namespace

static int64_t attention_by_block(const Attention& a) {
  const int64_t all_panels = ceil_div(a.rows(), NR), pairs = a.batches * a.groups;
  // Few panels per task where there are few tasks: every thread should get some.
  const int64_t panels = most(1, least(MOST_PANELS, all_panels * pairs / (4 * pool_size())));
  const int64_t tasks = ceil_div(all_panels, panels);
  int64_t status = OK;
  parallel_for(pairs * tasks, 1, [&](int64_t begin, int64_t end, int) {
    Scratch room(4 * Workspace::floats(a, panels));
    if (room.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    const Workspace w(a, panels, room.floats());
    for (int64_t i = begin; i < end; i++) {
      const int64_t pair = i / tasks, first = i % tasks * panels * NR;
      attend(a, pair / a.groups, pair % a.groups, first, least(panels * NR, a.rows() - first), w);
    }
  });
  return status;
}

static bool is_float(const View& v) { return v.enc == F32 || v.enc == F16; }

int64_t attention(const Command& c) {
  Attention a{};
  a.q = c.operand[0];
  a.k = c.operand[1];
  a.v = c.operand[2];
  a.mask = c.operand[3];
  a.out = c.operand[4];
  a.causal = integer(c, 0) != 0;
  a.scale = real(c, 1);
  if (a.q.rank != 4 || a.k.rank != 4 || a.v.rank != 4 || a.out.rank != 4 || !dense(a.out)) return ERROR_COMMAND;
  a.batches = a.q.dim[0];
  a.groups = a.k.dim[1];
  a.queries = a.q.dim[2];
  a.keys = a.k.dim[2];
  a.d = a.q.dim[3];
  a.e = a.v.dim[3];
  if (element_count(a.out) == 0) return OK;
  if (a.groups < 1 || a.q.dim[1] % a.groups != 0) return ERROR_COMMAND;
  a.heads = a.q.dim[1] / a.groups;
  const int64_t shapes[][2] = {
      {a.k.dim[0], a.batches}, {a.v.dim[0], a.batches}, {a.v.dim[1], a.groups}, {a.v.dim[2], a.keys},
      {a.k.dim[3], a.d}, {a.out.dim[0], a.batches}, {a.out.dim[1], a.q.dim[1]}, {a.out.dim[2], a.queries}, {a.out.dim[3], a.e}};
  for (const auto& pair : shapes)
    if (pair[0] != pair[1]) return ERROR_COMMAND;
  if (!is_float(a.q) || !is_float(a.k) || !is_float(a.v) || !is_float(a.out)) return ERROR_UNSUPPORTED;
  if (present(a.mask)) {
    if (!is_float(a.mask)) return ERROR_UNSUPPORTED;
    const int64_t wanted[] = {a.batches, a.q.dim[1], a.queries, a.keys};
    if (a.mask.rank != 4) return ERROR_COMMAND;
    for (int i = 0; i < 4; i++)
      if (a.mask.dim[i] != wanted[i]) return ERROR_COMMAND;
  }
  return a.rows() <= NR / 2 ? attention_by_position(a) : attention_by_block(a);
}

}  // namespace TL_LEVEL
}  // namespace tl
