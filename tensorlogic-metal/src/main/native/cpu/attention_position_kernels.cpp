// attention for few rows, as in decoding with a key-value cache: bound by reading keys and values, which
// every row of a group shares. Positions are cut into chunks by their number alone; each chunk leaves
// its maximum, its total and its weighted sum of values for every row, which are joined at the end.
#include "attention.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t CHUNK = 512;

namespace {

// The dot products of one row with LANES keys, `width` floats each, a multiple of LANES.
VF dots(const float* row, const float* keys, int64_t width) {
  VF sums[LANES];
  for (int j = 0; j < LANES; j += 4) {
    VF a = vf(0), b = a, c = a, d = a;
    const float* k = keys + j * width;
    for (int64_t i = 0; i < width; i += LANES) {
      const VF x = load(row + i);
      a = fma(x, load(k + i), a);
      b = fma(x, load(k + width + i), b);
      c = fma(x, load(k + 2 * width + i), c);
      d = fma(x, load(k + 3 * width + i), d);
    }
    sums[j] = a;
    sums[j + 1] = b;
    sums[j + 2] = c;
    sums[j + 3] = d;
  }
  transpose(sums);
  for (int w = LANES / 2; w > 0; w /= 2)
    for (int i = 0; i < w; i++) sums[i] += sums[i + w];
  return sums[0];
}

// sum[0 … width) += the weighted values of n positions.
void add_values(const float* weight, const float* values, int64_t n, int64_t width, float* sum) {
  int64_t i = 0;
  for (; i + 4 * LANES <= width; i += 4 * LANES) {
    VF a = load(sum + i), b = load(sum + i + LANES), c = load(sum + i + 2 * LANES), d = load(sum + i + 3 * LANES);
    for (int64_t j = 0; j < n; j++) {
      const float* v = values + j * width + i;
      const VF w = vf(weight[j]);
      a = fma(w, load(v), a);
      b = fma(w, load(v + LANES), b);
      c = fma(w, load(v + 2 * LANES), c);
      d = fma(w, load(v + 3 * LANES), d);
    }
    store(sum + i, a);
    store(sum + i + LANES, b);
    store(sum + i + 2 * LANES, c);
    store(sum + i + 3 * LANES, d);
  }
  for (; i < width; i += LANES) {
    VF a = load(sum + i);
    for (int64_t j = 0; j < n; j++) a = fma(vf(weight[j]), load(values + j * width + i), a);
    store(sum + i, a);
  }
}

int64_t padded(int64_t n) { return ceil_div(n, LANES) * LANES; }

// What a chunk leaves for a row: [sum of values, padded][max, total].
int64_t partial_floats(const Attention& a) { return padded(a.e) + LANES; }

struct Room {
  float *queries, *keys, *values, *scores;
  static int64_t floats(const Attention& a) {
    return (a.rows() + LANES) * padded(a.d) + LANES * padded(a.e) + a.rows() * CHUNK;
  }
  Room(const Attention& a, float* p)
      : queries(p),
        keys(queries + a.rows() * padded(a.d)),
        values(keys + LANES * padded(a.d)),
        scores(values + LANES * padded(a.e)) {}
};

// n <= LANES rows of keys or values as floats, padded with zeros; missing rows are zero.
void load_rows(const View& v, const char* from, int64_t n, int64_t extent, float* to) {
  const int64_t width = padded(extent), size = element_size(v.enc);
  if (n < LANES || width != extent) memset(to, 0, static_cast<size_t>(4 * LANES * width));
  for (int64_t j = 0; j < n; j++) load_strided(v.enc, from + j * v.stride[2] * size, v.stride[3], to + j * width, extent);
}

void attend_chunk(const Attention& a, int64_t b, int64_t group, int64_t begin, int64_t end, const Room& r, float* partials) {
  const int64_t dw = padded(a.d), ew = padded(a.e), rows = a.rows(), n = end - begin;
  memset(r.queries, 0, static_cast<size_t>(4 * rows * dw));
  for (int64_t row = 0; row < rows; row++) {
    load_strided(a.q.enc, a.query(b, group, row), a.q.stride[3], r.queries + row * dw, a.d);
    for (int64_t i = 0; i < a.d; i++) r.queries[row * dw + i] *= a.scale;
  }
  for (int64_t j = 0; j < n; j += LANES) {
    load_rows(a.k, a.key(b, group, begin + j), least(LANES, n - j), a.d, r.keys);
    for (int64_t row = 0; row < rows; row++) store(r.scores + row * CHUNK + j, dots(r.queries + row * dw, r.keys, dw));
  }
  for (int64_t row = 0; row < rows; row++) {
    float* s = r.scores + row * CHUNK;
    float* partial = partials + row * partial_floats(a);
    const int64_t seen = most(0, least(n, a.visible(row) - begin));
    if (present(a.mask)) {
      const char* mask = a.masks(b, group, row) + begin * a.mask.stride[3] * element_size(a.mask.enc);
      for (int64_t j = 0; j < seen; j++) s[j] += load_one(mask + j * a.mask.stride[3] * element_size(a.mask.enc), a.mask.enc);
    }
    for (int64_t j = seen; j < ceil_div(n, LANES) * LANES; j++) s[j] = -__builtin_inff();
    VF top = vf(-__builtin_inff()), sum = vf(0);
    for (int64_t j = 0; j < n; j += LANES) top = keep_larger(top, load(s + j));
    const float max = fold(top, [](VF x, VF y) { return keep_larger(x, y); });
    const float from = max == -__builtin_inff() ? 0 : max;
    for (int64_t j = 0; j < n; j += LANES) {
      const VF p = exp_of(load(s + j) - from);
      store(s + j, p);
      sum += p;
    }
    memset(partial, 0, static_cast<size_t>(4 * ew));
    partial[ew] = max;
    partial[ew + 1] = tl::TL_LEVEL::sum(sum);
  }
  for (int64_t j = 0; j < n; j += LANES) {
    const int64_t m = least(LANES, n - j);
    load_rows(a.v, a.value(b, group, begin + j), m, a.e, r.values);
    for (int64_t row = 0; row < rows; row++)
      add_values(r.scores + row * CHUNK + j, r.values, least(m, most(0, a.visible(row) - begin - j)), ew, partials + row * partial_floats(a));
  }
}

// Joins the chunks' partial results of one row into the first and writes the row.
void join_chunks(const Attention& a, float* partials, int64_t chunks, char* out) {
  const int64_t ew = padded(a.e), step = a.rows() * partial_floats(a);
  VF top = vf(-__builtin_inff());
  for (int64_t i = 0; i < chunks; i++) top = keep_larger(top, vf(partials[i * step + ew]));
  const VF from = top == -__builtin_inff() ? vf(0) : top;
  float total = 0;
  for (int64_t i = 0; i < chunks; i++) {
    float* p = partials + i * step;
    const float weight = exp_of(vf(p[ew]) - from)[0];
    total += weight * p[ew + 1];
    for (int64_t j = 0; j < ew; j += LANES)
      store(partials + j, i == 0 ? load(p + j) * weight : load(partials + j) + load(p + j) * weight);
  }
  for (int64_t j = 0; j < ew; j += LANES) store(partials + j, load(partials + j) / total);
  store_row(a.out.enc, partials, out, a.e, false);
}

}  // namespace

int64_t attention_by_position(const Attention& a) {
  const int64_t chunks = most(1, ceil_div(a.keys, CHUNK)), rows = a.rows(), pairs = a.batches * a.groups;
  const int64_t step = rows * partial_floats(a);
  Scratch partials(4 * pairs * chunks * step);
  if (partials.data() == nullptr) return ERROR_MEMORY;
  int64_t status = OK;
  const int64_t work = least(a.keys, CHUNK) * (a.d + a.e) * (1 + rows / 4);
  parallel_for(pairs * chunks, rows_grain(work), [&](int64_t begin, int64_t end, int) {
    Scratch scratch(4 * Room::floats(a));
    if (scratch.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    const Room room(a, scratch.floats());
    for (int64_t i = begin; i < end; i++) {
      const int64_t pair = i / chunks, from = i % chunks * CHUNK;
      attend_chunk(a, pair / a.groups, pair % a.groups, from, least(from + CHUNK, a.keys), room, partials.floats() + i * step);
    }
  });
  if (status != OK) return status;
  for (int64_t pair = 0; pair < pairs; pair++)
    for (int64_t row = 0; row < rows; row++) {
      char* out = a.result(pair / a.groups, pair % a.groups, row);
      if (a.visible(row) == 0)
        memset(out, 0, static_cast<size_t>(a.e * element_size(a.out.enc)));
      else
        join_chunks(a, partials.floats() + pair * chunks * step + row * partial_floats(a), chunks, out);
    }
  return OK;
}

}  // namespace TL_LEVEL
}  // namespace tl
