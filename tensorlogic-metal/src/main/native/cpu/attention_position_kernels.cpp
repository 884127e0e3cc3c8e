// attention for few rows, as in decoding with a key-value cache: bound by reading keys and values, which
// every row of a group shares. Positions are cut into chunks by their number alone; each chunk leaves
// its maximum, its total and its weighted sum of values for every row, which are joined at the end.
#include "attention.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t CHUNK = 512;

namespace {

constexpr int MOST_ROWS = 4;  // rows whose products share a loaded key or value

// LANES keys or values: `step` elements apart, each of `width` adjacent ones, a multiple of LANES.
struct Run {
  const char* data;
  int64_t step, width;
};

// Of every 16 bytes: the sums of a's, b's, c's and d's four lanes there.
TL_INLINE VF quad_sums(VF a, VF b, VF c, VF d) {
#if defined(__AVX512F__)
  const VF ab = _mm512_unpacklo_ps(a, b) + _mm512_unpackhi_ps(a, b), cd = _mm512_unpacklo_ps(c, d) + _mm512_unpackhi_ps(c, d);
  return (VF)(_mm512_unpacklo_pd((__m512d)ab, (__m512d)cd)) + (VF)(_mm512_unpackhi_pd((__m512d)ab, (__m512d)cd));
#elif defined(__AVX2__)
  const VF ab = _mm256_unpacklo_ps(a, b) + _mm256_unpackhi_ps(a, b), cd = _mm256_unpacklo_ps(c, d) + _mm256_unpackhi_ps(c, d);
  return (VF)(_mm256_unpacklo_pd((__m256d)ab, (__m256d)cd)) + (VF)(_mm256_unpackhi_pd((__m256d)ab, (__m256d)cd));
#else
  const VF ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const VF cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
#endif
}

// Sums of every vector's lanes, vector i's in lane i.
TL_INLINE VF lane_sums(const VF (&v)[LANES]) {
  VF q[LANES / 4];
#pragma GCC unroll 4
  for (int i = 0; i < LANES / 4; i++) q[i] = quad_sums(v[4 * i], v[4 * i + 1], v[4 * i + 2], v[4 * i + 3]);
#if defined(__AVX512F__)
  const VF low = _mm512_shuffle_f32x4(q[0], q[1], 0x88) + _mm512_shuffle_f32x4(q[0], q[1], 0xDD);
  const VF high = _mm512_shuffle_f32x4(q[2], q[3], 0x88) + _mm512_shuffle_f32x4(q[2], q[3], 0xDD);
  return _mm512_shuffle_f32x4(low, high, 0x88) + _mm512_shuffle_f32x4(low, high, 0xDD);
#elif defined(__AVX2__)
  return _mm256_permute2f128_ps(q[0], q[1], 0x20) + _mm256_permute2f128_ps(q[0], q[1], 0x31);
#else
  return q[0];
#endif
}

// Asks for what lies at p in the run after this one.
template <int64_t ENC>
TL_INLINE void fetch_next(const char* p, const Run& run) {
  __builtin_prefetch(p + LANES * run.step * element_size(ENC), 0, 2);
}

// scores[r · CHUNK + j] = dot product of query row r with key j.
template <int64_t ENC, int ROWS>
void dots(const float* rows, const Run& keys, float* scores) {
  VF sums[ROWS][LANES];
  for (int j = 0; j < LANES; j += 4) {
    VF acc[ROWS][4] = {};
    const char* k = keys.data + j * keys.step * element_size(ENC);
    for (int64_t i = 0; i < keys.width; i += LANES) {
      VF key[4];
#pragma GCC unroll 4
      for (int c = 0; c < 4; c++) {
        const char* p = k + (c * keys.step + i) * element_size(ENC);
        fetch_next<ENC>(p, keys);
        key[c] = load_at<ENC>(p, 0);
      }
#pragma GCC unroll 4
      for (int r = 0; r < ROWS; r++) {
        const VF x = load(rows + r * keys.width + i);
#pragma GCC unroll 4
        for (int c = 0; c < 4; c++) acc[r][c] = fma(x, key[c], acc[r][c]);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
      for (int c = 0; c < 4; c++) sums[r][j + c] = acc[r][c];
  }
  for (int r = 0; r < ROWS; r++) store(scores + r * CHUNK, lane_sums(sums[r]));
}

// sums[r · step + i] += the n values' elements i, weighted by weights[r · CHUNK + j].
template <int64_t ENC, int ROWS>
void add_values(const float* weights, const Run& values, int64_t n, float* sums, int64_t step) {
  constexpr int WIDE = 4;
  int64_t i = 0;
  for (; i + WIDE * LANES <= values.width; i += WIDE * LANES) {
    VF acc[ROWS][WIDE];
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
      for (int c = 0; c < WIDE; c++) acc[r][c] = load(sums + r * step + i + c * LANES);
    for (int64_t j = 0; j < n; j++) {
      const char* v = values.data + j * values.step * element_size(ENC);
      VF x[WIDE];
#pragma GCC unroll 4
      for (int c = 0; c < WIDE; c++) {
        fetch_next<ENC>(v + (i + c * LANES) * element_size(ENC), values);
        x[c] = load_at<ENC>(v, i + c * LANES);
      }
#pragma GCC unroll 4
      for (int r = 0; r < ROWS; r++) {
        const VF w = vf(weights[r * CHUNK + j]);
#pragma GCC unroll 4
        for (int c = 0; c < WIDE; c++) acc[r][c] = fma(w, x[c], acc[r][c]);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
      for (int c = 0; c < WIDE; c++) store(sums + r * step + i + c * LANES, acc[r][c]);
  }
  for (; i < values.width; i += LANES)
    for (int r = 0; r < ROWS; r++) {
      VF acc = load(sums + r * step + i);
      for (int64_t j = 0; j < n; j++)
        acc = fma(vf(weights[r * CHUNK + j]), load_at<ENC>(values.data + j * values.step * element_size(ENC), i), acc);
      store(sums + r * step + i, acc);
    }
}

// The instance of a kernel for an encoding and a number of rows up to MOST_ROWS.
#define TL_BY_ROWS(KERNEL, enc, rows)                                                                                     \
  ((enc) == F16 ? ((rows) == 1 ? KERNEL<F16, 1> : (rows) == 2 ? KERNEL<F16, 2> : (rows) == 3 ? KERNEL<F16, 3> : KERNEL<F16, 4>) \
                : ((rows) == 1 ? KERNEL<F32, 1> : (rows) == 2 ? KERNEL<F32, 2> : (rows) == 3 ? KERNEL<F32, 3> : KERNEL<F32, 4>))

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

struct Loaded {
  Run run;
  int64_t enc;
};

// n <= LANES positions of keys or values: in place if they are whole vectors, else as floats, padded with zeros;
// missing positions are zero.
Loaded load_positions(const View& v, const char* from, int64_t n, int64_t extent, float* to) {
  const int64_t width = padded(extent), size = element_size(v.enc);
  if (n == LANES && width == extent && v.stride[3] == 1) return {{from, v.stride[2], width}, v.enc};
  if (n < LANES || width != extent) memset(to, 0, static_cast<size_t>(4 * LANES * width));
  for (int64_t j = 0; j < n; j++) load_strided(v.enc, from + j * v.stride[2] * size, v.stride[3], to + j * width, extent);
  return {{reinterpret_cast<const char*>(to), width, width}, F32};
}

void attend_chunk(const Attention& a, int64_t b, int64_t group, int64_t begin, int64_t end, const Room& r, float* partials) {
  const int64_t dw = padded(a.d), ew = padded(a.e), rows = a.rows(), n = end - begin;
  memset(r.queries, 0, static_cast<size_t>(4 * rows * dw));
  for (int64_t row = 0; row < rows; row++) {
    load_strided(a.q.enc, a.query(b, group, row), a.q.stride[3], r.queries + row * dw, a.d);
    for (int64_t i = 0; i < a.d; i++) r.queries[row * dw + i] *= a.scale;
  }
  for (int64_t j = 0; j < n; j += LANES) {
    const Loaded keys = load_positions(a.k, a.key(b, group, begin + j), least(LANES, n - j), a.d, r.keys);
    for (int64_t row = 0; row < rows; row += MOST_ROWS)
      TL_BY_ROWS(dots, keys.enc, least(rows - row, MOST_ROWS))(r.queries + row * dw, keys.run, r.scores + row * CHUNK + j);
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
    const Loaded values = load_positions(a.v, a.value(b, group, begin + j), m, a.e, r.values);
    const bool all = a.visible(0) >= begin + j + m;  // no row stops here
    const int64_t together = all ? MOST_ROWS : 1;
    for (int64_t row = 0; row < rows; row += together) {
      const int64_t seen = all ? m : least(m, most(0, a.visible(row) - begin - j));
      TL_BY_ROWS(add_values, values.enc, least(rows - row, together))
      (r.scores + row * CHUNK + j, values.run, seen, partials + row * partial_floats(a), partial_floats(a));
    }
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
