// reduce: over the last axes of a strided view, along rows in memory or, when the kept axis is the one
// with neighbours or rows are short, down columns. Long reductions are cut into segments by their shape alone, so that the
// result does not depend on the number of threads.
#include "kernels.h"
#include "reduce.h"
#include "transpose.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t SEGMENT = 1 << 16;   // elements of one output reduced in one go
constexpr int64_t COLUMNS = 1024;      // outputs side by side
constexpr int64_t COLUMN_ROWS = 32;    // rows whose sums stay in floats
constexpr int64_t COLUMN_SEGMENT = 4096;  // rows in one go
constexpr int64_t TURNED = 4096;       // elements of short rows at a time
constexpr int64_t SHORT_ROW = 32;      // elements of a row that is turned into a column: no more than COLUMN_ROWS

using Run = Partial (*)(const char* p, int64_t n);

// What the n <= COLUMNS adjacent outputs of a group are while rows join them; all have the same count.
struct Columns {
  double value[COLUMNS];
  double second[COLUMNS];
};

using JoinRows = void (*)(const char* const* row, int64_t rows, int64_t before, int64_t n, Columns& all);

struct Reduction {
  int64_t op;
  View x;
  Axes kept, reduced;
  Run run;        // over floats or elements as stored
  JoinRows join;  // down columns
};

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
static Run run_of(int64_t op) {
  switch (op) {
    case REDUCE_MAX: return reduce_run<Largest, ENC>;
    case REDUCE_MIN: return reduce_run<Smallest, ENC>;
    case REDUCE_PROD: return product_run<ENC>;
    case REDUCE_NORM: return reduce_run<Squares, ENC>;
    case REDUCE_VARIANCE: case REDUCE_SAMPLE_VARIANCE: return deviations_run<ENC>;
    default: return reduce_run<Sum, ENC>;
  }
}

// Elements begin … end - 1 of one output's axes.
static Partial reduce_segment(const Reduction& r, const char* data, int64_t begin, int64_t end) {
  const Axes& a = r.reduced;
  if (a.rank <= 1 && a.last_stride() == 1) {
    const char* p = data + begin * element_size(r.x.enc);
    return r.run(p, end - begin);
  }
  alignas(64) float block[BLOCK];
  Partial all = empty(r.op);
  for (int64_t i = begin; i < end; i += BLOCK) {
    const int64_t n = least(BLOCK, end - i);
    load_axes(a, r.x.enc, data, i, block, n);
    const Partial more = r.run(reinterpret_cast<const char*>(block), n);
    all = i == begin ? more : merge(r.op, all, more);
  }
  return all;
}

// Columns --------------------------------------------------------------------------------------------

// acc[c] = step(acc[c], element c of each row), two rows at a time.
template <int64_t ENC, class Step>
TL_INLINE void step_columns(const char* const* row, int64_t rows, int64_t n, float* acc, const Step& step) {
  for (int64_t r = 0; r < rows; r += 2) {
    const char *p = row[r], *q = row[r + 1 < rows ? r + 1 : r];
    const bool two = r + 1 < rows;
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES) {
      const VF v = step(load(acc + c), load_at<ENC>(p, c), c);
      store(acc + c, two ? step(v, load_at<ENC>(q, c), c) : v);
    }
    if (c == n) continue;
    const int m = static_cast<int>(n - c);
    const VF v = step(load_n(acc + c, m), load_at<ENC>(p, c, m), c);
    store_n(acc + c, two ? step(v, load_at<ENC>(q, c, m), c) : v, m);
  }
}

template <class R, int64_t ENC>
static void join_rows(const char* const* row, int64_t rows, int64_t, int64_t n, Columns& all) {
  alignas(64) float acc[COLUMNS];
  for (int64_t c = 0; c < n; c++) acc[c] = R::EMPTY;
  step_columns<ENC>(row, rows, n, acc, [](VF a, VF v, int64_t) { return R::step(a, v); });
  for (int64_t c = 0; c < n; c++) all.value[c] = R::merge(all.value[c], static_cast<double>(acc[c]));
}

template <int64_t ENC>
static void join_products(const char* const* row, int64_t rows, int64_t, int64_t n, Columns& all) {
  alignas(64) float values[COLUMNS];
  for (int64_t r = 0; r < rows; r++) {
    load_row(ENC, row[r], values, n);
    for (int64_t c = 0; c < n; c++) all.value[c] *= static_cast<double>(values[c]);
  }
}

// As deviations() and merge_deviations() for every column.
template <int64_t ENC>
static void join_deviations(const char* const* row, int64_t rows, int64_t before, int64_t n, Columns& all) {
  alignas(64) float mean[COLUMNS + LANES] = {}, sum[COLUMNS], squares[COLUMNS];
  step_columns<ENC>(row, rows, n, mean, [](VF a, VF v, int64_t) { return a + v; });
  const float count = static_cast<float>(rows);
  for (int64_t c = 0; c < n; c++) {
    mean[c] /= count;
    sum[c] = squares[c] = 0;
  }
  step_columns<ENC>(row, rows, n, sum, [&](VF a, VF v, int64_t c) { return a + (v - load(mean + c)); });
  step_columns<ENC>(row, rows, n, squares, [&](VF a, VF v, int64_t c) {
    const VF d = v - load(mean + c);
    return a + d * d;
  });
  const double share = static_cast<double>(rows) / static_cast<double>(before + rows);
  for (int64_t c = 0; c < n; c++) {
    const double off = static_cast<double>(sum[c]) / static_cast<double>(rows), here = static_cast<double>(mean[c]) + off;
    const double second = static_cast<double>(squares[c]) - off * static_cast<double>(sum[c]), apart = here - all.value[c];
    all.value[c] = before == 0 ? here : all.value[c] + apart * share;
    all.second[c] += (second < 0 ? 0 : second) + (before == 0 ? 0 : apart * apart * share * static_cast<double>(before));
  }
}

template <int64_t ENC>
static JoinRows join_of(int64_t op) {
  switch (op) {
    case REDUCE_MAX: return join_rows<Largest, ENC>;
    case REDUCE_MIN: return join_rows<Smallest, ENC>;
    case REDUCE_PROD: return join_products<ENC>;
    case REDUCE_NORM: return join_rows<Squares, ENC>;
    case REDUCE_VARIANCE: case REDUCE_SAMPLE_VARIANCE: return join_deviations<ENC>;
    default: return join_rows<Sum, ENC>;
  }
}

static void clear(int64_t op, int64_t n, Columns& all) {
  for (int64_t c = 0; c < n; c++) {
    all.value[c] = empty(op).value;
    all.second[c] = 0;
  }
}

// Rows begin … end - 1 of the reduced axes.
static void reduce_columns(const Reduction& r, const char* data, int64_t n, int64_t begin, int64_t end, Columns& all, Partial* out) {
  const int64_t size = element_size(r.x.enc);
  clear(r.op, n, all);
  for (int64_t i = begin; i < end; i += COLUMN_ROWS) {
    const int64_t rows = least(COLUMN_ROWS, end - i);
    const char* row[COLUMN_ROWS];
    for (int64_t k = 0; k < rows; k++) row[k] = data + offset_of(r.reduced, i + k) * size;
    for (int64_t k = i + rows; k < least(i + 2 * rows, end); k++) fetch_lines(data + offset_of(r.reduced, k) * size, n * size);
    r.join(row, rows, i - begin, n, all);
  }
  for (int64_t c = 0; c < n; c++) out[c] = {all.value[c], all.second[c], end - begin};
}

// n outputs, each of `length` <= SHORT_ROW adjacent elements, `step` apart.
template <class T>
static void reduce_short(const Reduction& r, const char* data, int64_t step, int64_t length, int64_t n, T* turned, Columns& all, Partial* out) {
  transpose(reinterpret_cast<const T*>(data), step, turned, length, n);
  const char* row[SHORT_ROW];
  for (int64_t k = 0; k < length; k++) row[k] = reinterpret_cast<const char*>(turned + k * n);
  clear(r.op, n, all);
  r.join(row, length, 0, n, all);
  for (int64_t c = 0; c < n; c++) out[c] = {all.value[c], all.second[c], length};
}

// Outputs are reduced in groups: one by one along rows, up to COLUMNS at a time down columns. Every group's
// elements are cut into segments; the partial results of a group's segments are merged in order.
int64_t reduce(const Command& c) {
  const View& out = c.operand[1];
  const int64_t axes = integer(c, 1);
  Reduction r{integer(c, 0), c.operand[0], {}, {}, nullptr, nullptr};
  const int64_t leading = r.x.rank - axes;
  if (axes < 0 || leading < 0 || !dense(out)) return ERROR_COMMAND;
  if (r.op < 0 || r.op > REDUCE_SAMPLE_VARIANCE) return ERROR_UNSUPPORTED;
  if ((r.x.enc != F32 && r.x.enc != F16) || (out.enc != F32 && out.enc != F16)) return ERROR_UNSUPPORTED;
  r.kept = merged_axes(r.x, 0, leading);
  r.reduced = merged_axes(r.x, leading, r.x.rank);
  if (element_count(out) != r.kept.count) return ERROR_COMMAND;

  const bool halves = r.x.enc == F16, in_place = r.reduced.rank <= 1 && r.reduced.last_stride() == 1;
  r.run = halves && in_place ? run_of<F16>(r.op) : run_of<F32>(r.op);
  r.join = halves ? join_of<F16>(r.op) : join_of<F32>(r.op);
  const bool columns = r.kept.rank > 0 && r.kept.last_stride() == 1 && (r.reduced.rank > 1 || r.reduced.last_stride() != 1);
  const int64_t length = r.reduced.count;
  const bool turned = !columns && in_place && length > 0 && length <= SHORT_ROW && r.kept.last_extent() > 1;
  const int64_t width = columns || turned ? r.kept.last_extent() : 1;
  const int64_t group = least(width, columns ? COLUMNS : turned ? least(COLUMNS, TURNED / length) : 1);
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
  int64_t status = OK;
  parallel_for(groups * segments, rows_grain(work), [&](int64_t begin, int64_t end, int) {
    Partial local[COLUMNS];
    Columns all;
    Scratch room(turned ? 4 * TURNED : 0);
    if (room.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    for (int64_t task = begin; task < end; task++) {
      const int64_t g = task / segments, s = task % segments;
      const char* data = r.x.data + offset_of(r.kept, first_of(g)) * element_size(r.x.enc);
      const int64_t from = s * span, to = least(from + span, r.reduced.count);
      Partial* p = segments > 1 ? kept + task * group : local;
      if (turned && halves)
        reduce_short(r, data, r.kept.last_stride(), length, width_of(g), reinterpret_cast<uint16_t*>(room.data()), all, p);
      else if (turned)
        reduce_short(r, data, r.kept.last_stride(), length, width_of(g), room.floats(), all, p);
      else if (columns)
        reduce_columns(r, data, width_of(g), from, to, all, p);
      else
        *p = reduce_segment(r, data, from, to);
      if (segments == 1) finish(g, p);
    }
  });
  if (segments == 1 || status != OK) return status;
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
