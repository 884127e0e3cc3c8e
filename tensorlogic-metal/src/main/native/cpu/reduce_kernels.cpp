// reduce: over the last axes of a strided view, along rows in memory or, when the kept axis is the one
// with neighbours, down columns. Long reductions are cut into segments by their shape alone, so that the
// result does not depend on the number of threads.
#include "kernels.h"
#include "memory.h"
#include "reduce.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t SEGMENT = 1 << 16;   // elements of one output reduced in one go
constexpr int64_t COLUMNS = 512;       // outputs side by side
constexpr int64_t COLUMN_ROWS = 32;    // rows whose sums stay in floats
constexpr int64_t COLUMN_SEGMENT = 4096;  // rows in one go

struct Reduction {
  int64_t op;
  View x;
  Axes kept, reduced;
};

TL_INLINE bool deviates(int64_t op) { return op == REDUCE_VARIANCE || op == REDUCE_SAMPLE_VARIANCE; }

static Partial merge(int64_t op, const Partial& a, const Partial& b) {
  const int64_t count = a.count + b.count;
  switch (op) {
    case REDUCE_MAX: return {keep_larger(a.value, b.value), 0, count};
    case REDUCE_MIN: return {keep_smaller(a.value, b.value), 0, count};
    case REDUCE_PROD: return {a.value * b.value, 0, count};
    case REDUCE_VARIANCE: case REDUCE_SAMPLE_VARIANCE: return merge_deviations(a, b);
    default: return {a.value + b.value, 0, count};
  }
}

static Partial empty(int64_t op) {
  switch (op) {
    case REDUCE_MAX: return {-__builtin_inf(), 0, 0};
    case REDUCE_MIN: return {__builtin_inf(), 0, 0};
    case REDUCE_PROD: return {1, 0, 0};
    default: return {0, 0, 0};
  }
}

static float result(int64_t op, const Partial& p) {
  const double n = static_cast<double>(p.count);
  switch (op) {
    case REDUCE_MEAN: return static_cast<float>(p.value / n);
    case REDUCE_NORM: return static_cast<float>(__builtin_sqrt(p.value));
    case REDUCE_VARIANCE: return static_cast<float>(p.second / n);
    case REDUCE_SAMPLE_VARIANCE: return p.count == 0 ? __builtin_nanf("") : static_cast<float>(p.second / (n - 1));
    default: return static_cast<float>(p.value);
  }
}

template <int64_t ENC>
static Partial run(int64_t op, const char* p, int64_t n) {
  switch (op) {
    case REDUCE_MAX: return reduce_run<Largest, ENC>(p, n);
    case REDUCE_MIN: return reduce_run<Smallest, ENC>(p, n);
    case REDUCE_PROD: return reduce_run<Product, ENC>(p, n);
    case REDUCE_NORM: return reduce_run<Squares, ENC>(p, n);
    case REDUCE_VARIANCE: case REDUCE_SAMPLE_VARIANCE: return deviations_run<ENC>(p, n);
    default: return reduce_run<Sum, ENC>(p, n);
  }
}

// Elements begin … end - 1 of one output's axes.
static Partial reduce_segment(const Reduction& r, const char* data, int64_t begin, int64_t end) {
  const Axes& a = r.reduced;
  if (a.rank <= 1 && a.last_stride() == 1) {
    const char* p = data + begin * element_size(r.x.enc);
    return r.x.enc == F16 ? run<F16>(r.op, p, end - begin) : run<F32>(r.op, p, end - begin);
  }
  alignas(64) float block[BLOCK];
  Partial all = empty(r.op);
  for (int64_t i = begin; i < end; i += BLOCK) {
    const int64_t n = least(BLOCK, end - i);
    load_axes(a, r.x.enc, data, i, block, n);
    all = merge(r.op, all, run<F32>(r.op, reinterpret_cast<const char*>(block), n));
  }
  return all;
}

// Columns --------------------------------------------------------------------------------------------

// acc[c] = step(acc[c], element c of each of the rows).
template <class R, int64_t ENC>
static void step_columns(const char* const* row, int64_t rows, int64_t n, float* acc) {
  for (int64_t c = 0; c < n; c += LANES) {
    const int m = static_cast<int>(least(LANES, n - c));
    VF v = vf(R::EMPTY);
    if (m == LANES)
      for (int64_t r = 0; r < rows; r++) v = R::step(v, load_at<ENC>(row[r], c));
    else
      for (int64_t r = 0; r < rows; r++) v = R::step(v, load_at<ENC>(row[r], c, m));
    store_n(acc + c, v, m);
  }
}

template <int64_t ENC>
static void deviate_columns(const char* const* row, int64_t rows, int64_t n, const float* mean, float* sums, float* squares) {
  for (int64_t c = 0; c < n; c += LANES) {
    const int m = static_cast<int>(least(LANES, n - c));
    const VF center = m == LANES ? load(mean + c) : load_n(mean + c, m);
    VF s = vf(0), ss = s;
    for (int64_t r = 0; r < rows; r++) {
      const VF d = (m == LANES ? load_at<ENC>(row[r], c) : load_at<ENC>(row[r], c, m)) - center;
      s += d;
      ss += d * d;
    }
    store_n(sums + c, s, m);
    store_n(squares + c, ss, m);
  }
}

template <int64_t ENC>
static void step_columns(int64_t op, const char* const* row, int64_t rows, int64_t n, float* acc) {
  switch (op) {
    case REDUCE_MAX: return step_columns<Largest, ENC>(row, rows, n, acc);
    case REDUCE_MIN: return step_columns<Smallest, ENC>(row, rows, n, acc);
    case REDUCE_PROD: return step_columns<Product, ENC>(row, rows, n, acc);
    case REDUCE_NORM: return step_columns<Squares, ENC>(row, rows, n, acc);
    default: return step_columns<Sum, ENC>(row, rows, n, acc);
  }
}

// n <= COLUMNS adjacent outputs over rows begin … end - 1 of the reduced axes.
static void reduce_columns(const Reduction& r, const char* data, int64_t n, int64_t begin, int64_t end, Partial* all) {
  alignas(64) float acc[COLUMNS], mean[COLUMNS], squares[COLUMNS];
  for (int64_t c = 0; c < n; c++) all[c] = empty(r.op);
  for (int64_t i = begin; i < end; i += COLUMN_ROWS) {
    const int64_t rows = least(COLUMN_ROWS, end - i);
    const char* row[COLUMN_ROWS];
    for (int64_t k = 0; k < rows; k++) row[k] = data + offset_of(r.reduced, i + k) * element_size(r.x.enc);
    if (r.x.enc == F16)
      step_columns<F16>(r.op, row, rows, n, acc);
    else
      step_columns<F32>(r.op, row, rows, n, acc);
    if (!deviates(r.op)) {
      for (int64_t c = 0; c < n; c++) all[c] = merge(r.op, all[c], {static_cast<double>(acc[c]), 0, rows});
      continue;
    }
    for (int64_t c = 0; c < n; c++) mean[c] = acc[c] / static_cast<float>(rows);
    if (r.x.enc == F16)
      deviate_columns<F16>(row, rows, n, mean, acc, squares);
    else
      deviate_columns<F32>(row, rows, n, mean, acc, squares);
    for (int64_t c = 0; c < n; c++)
      all[c] = merge_deviations(all[c], deviations(mean[c], acc[c], squares[c], rows));
  }
}

// Outputs are reduced in groups: one by one along rows, COLUMNS at a time down columns. Every group's
// elements are cut into segments; the partial results of a group's segments are merged in order.
int64_t reduce(const Command& c) {
  const View& out = c.operand[1];
  const int64_t axes = integer(c, 1);
  Reduction r{integer(c, 0), c.operand[0], {}, {}};
  const int64_t leading = r.x.rank - axes;
  if (axes < 0 || leading < 0 || !dense(out)) return ERROR_COMMAND;
  if (r.op < 0 || r.op > REDUCE_SAMPLE_VARIANCE) return ERROR_UNSUPPORTED;
  if ((r.x.enc != F32 && r.x.enc != F16) || (out.enc != F32 && out.enc != F16)) return ERROR_UNSUPPORTED;
  r.kept = merged_axes(r.x, 0, leading);
  r.reduced = merged_axes(r.x, leading, r.x.rank);
  if (element_count(out) != r.kept.count) return ERROR_COMMAND;

  const bool columns = r.kept.rank > 0 && r.kept.last_stride() == 1 && (r.reduced.rank > 1 || r.reduced.last_stride() != 1);
  const int64_t width = columns ? r.kept.last_extent() : 1, group = least(width, columns ? COLUMNS : 1);
  const int64_t groups_per_row = width == 0 ? 0 : (width + group - 1) / group;
  const int64_t groups = width == 0 ? 0 : r.kept.count / width * groups_per_row;
  const int64_t span = columns ? COLUMN_SEGMENT : SEGMENT;
  const int64_t segments = most((r.reduced.count + span - 1) / span, 1);
  const int64_t size = element_size(out.enc);
  Scratch partials(segments > 1 ? groups * segments * group * static_cast<int64_t>(sizeof(Partial)) : 0);
  if (segments > 1 && partials.data() == nullptr) return ERROR_MEMORY;
  Partial* const kept = reinterpret_cast<Partial*>(partials.data());

  const auto first_of = [&](int64_t g) { return g / most(groups_per_row, 1) * width + g % most(groups_per_row, 1) * group; };
  const auto width_of = [&](int64_t g) { return least(group, width - g % groups_per_row * group); };
  const auto finish = [&](int64_t g, const Partial* p) {
    for (int64_t i = 0; i < width_of(g); i++) store_element(out.data + (first_of(g) + i) * size, out.enc, result(r.op, p[i]));
  };
  const int64_t work = least(r.reduced.count, span) * group;
  parallel_for(groups * segments, rows_grain(work), [&](int64_t begin, int64_t end, int) {
    Partial local[COLUMNS];
    for (int64_t task = begin; task < end; task++) {
      const int64_t g = task / segments, s = task % segments;
      const char* data = r.x.data + offset_of(r.kept, first_of(g)) * element_size(r.x.enc);
      const int64_t from = s * span, to = least(from + span, r.reduced.count);
      Partial* p = segments > 1 ? kept + task * group : local;
      if (columns)
        reduce_columns(r, data, width_of(g), from, to, p);
      else
        *p = reduce_segment(r, data, from, to);
      if (segments == 1) finish(g, p);
    }
  });
  if (segments == 1) return OK;
  for (int64_t g = 0; g < groups; g++) {
    Partial* all = kept + g * segments * group;
    for (int64_t s = 1; s < segments; s++)
      for (int64_t i = 0; i < width_of(g); i++) all[i] = merge(r.op, all[i], all[s * group + i]);
    finish(g, all);
  }
  return OK;
}

}  // namespace TL_LEVEL
}  // namespace tl
