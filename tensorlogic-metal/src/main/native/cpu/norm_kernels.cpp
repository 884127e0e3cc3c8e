// softmax, layer_norm and rms_norm along the last axis of a strided view.
#include "axes.h"
#include "half_math.h"
#include "kernels.h"
#include "reduce.h"
#include "short_rows.h"

namespace tl {
namespace TL_LEVEL {

// What a norm multiplies each element by and adds to it; unused by softmax.
struct Affine {
  const float* weight;
  const float* bias;
  float epsilon;
};

// One row: its elements as stored, decoded to floats first if they are strided.
struct Rows {
  View x;
  Axes leading;
  int64_t n, stride, size;
  bool stream;
};

static int64_t plan_rows(const View& x, const View& out, Rows& r) {
  if (x.rank < 1 || !dense(out) || element_count(out) != element_count(x)) return ERROR_COMMAND;
  if ((x.enc != F32 && x.enc != F16) || (out.enc != F32 && out.enc != F16)) return ERROR_UNSUPPORTED;
  r.x = x;
  r.leading = merged_axes(x, 0, x.rank - 1);
  r.n = x.dim[x.rank - 1];
  r.stride = x.stride[x.rank - 1];
  r.size = element_size(x.enc);
  r.stream = element_count(out) * element_size(out.enc) >= STREAM_BYTES;
  return OK;
}

// The largest element; any number if one is NaN, which the sums of exponentials then are too.
template <int64_t IN>
static float largest(const char* x, int64_t n) {
  VF a = vf(-__builtin_inff()), b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    a = higher(a, load_at<IN>(x, i));
    b = higher(b, load_at<IN>(x, i + LANES));
    c = higher(c, load_at<IN>(x, i + 2 * LANES));
    d = higher(d, load_at<IN>(x, i + 3 * LANES));
  }
  while (i < n) {
    const int m = static_cast<int>(least(n - i, LANES));
    a = higher(a, first_lanes(load_at<IN>(x, i, m), m, -__builtin_inff()));
    i += m;
  }
  return fold(higher(higher(a, b), higher(c, d)), [](VF u, VF v) { return higher(u, v); });
}

#if defined(__AVX512BW__)
// Halves compare as whole numbers: positive ones as signed, negative ones the other way round.
template <>
float largest<F16>(const char* x, int64_t n) {
  constexpr int64_t WIDTH = 32;
  __m512i high = _mm512_set1_epi16(static_cast<short>(0xFC00)), low = high;  // -infinity
  int64_t i = 0;
  for (; i + WIDTH <= n; i += WIDTH) {
    const __m512i v = _mm512_loadu_si512(x + 2 * i);
    high = _mm512_max_epi16(high, v);
    low = _mm512_min_epu16(low, v);
  }
  if (i < n) {
    const __mmask32 rest = (1u << (n - i)) - 1;
    high = _mm512_mask_max_epi16(high, rest, high, _mm512_maskz_loadu_epi16(rest, x + 2 * i));
    low = _mm512_mask_min_epu16(low, rest, low, _mm512_maskz_loadu_epi16(rest, x + 2 * i));
  }
  const auto first = [](__m512i v) { return _mm512_castsi512_si256(v); };
  const auto second = [](__m512i v) { return _mm512_extracti64x4_epi64(v, 1); };
  const int32_t positive = _mm512_reduce_max_epi32(_mm512_max_epi32(_mm512_cvtepi16_epi32(first(high)), _mm512_cvtepi16_epi32(second(high))));
  const uint32_t negative = _mm512_reduce_min_epu32(_mm512_min_epu32(_mm512_cvtepu16_epi32(first(low)), _mm512_cvtepu16_epi32(second(low))));
  return half_to_float(static_cast<uint16_t>(positive >= 0 ? static_cast<uint32_t>(positive) : negative));
}
#endif

// e^(x - max). For halves, from the exponents of 2: what rounding max · log2 e loses is a factor of all.
template <int64_t OUT, class Max = float>
struct ExpBelow {
  explicit ExpBelow(Max top) : max(top), max2(top * LOG2_E) {}
  TL_STEP VF operator()(VF x) const {
    if constexpr (OUT == F16) return exp2_short(x * LOG2_E - max2);
    else return exp_of(x - max);
  }
  Max max, max2;
};

TL_INLINE VF largest_of(const VF* x, int64_t n) {
  VF max = x[0];
  for (int64_t k = 1; k < n; k++) max = higher(max, x[k]);
  return max;
}

TL_INLINE VF squares_of(const VF* x, int64_t n) {
  VF total = vf(0);
  for (int64_t k = 0; k < n; k++) total += x[k] * x[k];
  return total;
}

// What a kernel makes of one row x in two passes over its elements: Piece's steps, joined piece by piece, find out what the
// row as a whole is, second() gives the result's elements. `kept` has room for n floats if KEEPS; it may be x. WEIGHS says
// whether Affine is used. lanes() does it all where each lane has a row of its own, x[k] their elements k.

template <int64_t IN, int64_t OUT>
struct Softmax {
  static constexpr bool KEEPS = true, WEIGHS = false;

  Softmax() : exp(0) {}
  Softmax(const char* x, float* kept, int64_t n) : x(x), kept(kept), exp(largest<IN>(x, n)) {}

  // The sum of exponentials, which are kept.
  struct Piece {
    explicit Piece(const Softmax& row) : row(row) {}
    TL_STEP void pair(int64_t i) {
      const VF a = row.exp(load_at<IN>(row.x, i)), b = row.exp(load_at<IN>(row.x, i + LANES));
      s += a;
      t += b;
      store(row.kept + i, a);
      store(row.kept + i + LANES, b);
    }
    TL_STEP void part(int64_t i, int m) {
      const VF a = first_lanes(row.exp(load_at<IN>(row.x, i, m)), m, 0);
      s += a;
      store_n(row.kept + i, a, m);
    }
    const Softmax row;
    VF s{}, t{};
  };
  void join(const Piece& p, int64_t, int64_t) { total += static_cast<double>(sum(p.s + p.t)); }
  void close(int64_t, const Affine&) { scale = static_cast<float>(1 / total); }

  static void lanes(VF* x, int64_t n, const Affine&) {
    const ExpBelow<OUT, VF> exp(largest_of(x, n));
    VF total = vf(0);
    for (int64_t k = 0; k < n; k++) total += x[k] = exp(x[k]);
    const VF scale = 1.0f / total;
    for (int64_t k = 0; k < n; k++) x[k] *= scale;
  }

  TL_STEP VF second(int64_t i, const Affine&) const { return load(kept + i) * scale; }
  TL_STEP VF second(int64_t i, int m, const Affine&) const { return load_n(kept + i, m) * scale; }

  const char* x = nullptr;
  float* kept = nullptr;
  ExpBelow<OUT> exp;
  double total = 0;
  float scale = 0;
};

template <int64_t IN, int64_t OUT>
struct LogSoftmax {
  static constexpr bool KEEPS = false, WEIGHS = false;

  LogSoftmax() = default;
  LogSoftmax(const char* x, float*, int64_t n) : x(x), max(largest<IN>(x, n)) {}

  TL_STEP static VF exp(VF below) {  // of differences from the largest: exactly 1 there
    if constexpr (OUT == F16) return exp2_short(below * LOG2_E);
    else return exp_of(below);
  }

  struct Piece {
    explicit Piece(const LogSoftmax& row) : row(row) {}
    TL_STEP void pair(int64_t i) {
      s += exp(load_at<IN>(row.x, i) - row.max);
      t += exp(load_at<IN>(row.x, i + LANES) - row.max);
    }
    TL_STEP void part(int64_t i, int m) { s += first_lanes(exp(load_at<IN>(row.x, i, m) - row.max), m, 0); }
    const LogSoftmax row;
    VF s{}, t{};
  };
  void join(const Piece& p, int64_t, int64_t) { total += static_cast<double>(sum(p.s + p.t)); }
  void close(int64_t, const Affine&) { log_total = log_of(vf(static_cast<float>(total)))[0]; }

  static void lanes(VF* x, int64_t n, const Affine&) {
    const VF max = largest_of(x, n);
    VF total = vf(0);
    for (int64_t k = 0; k < n; k++) {
      x[k] = x[k] - max;
      total += exp(x[k]);
    }
    const VF log_total = log_of(total);
    for (int64_t k = 0; k < n; k++) x[k] = x[k] - log_total;
  }

  TL_STEP VF second(int64_t i, const Affine&) const { return (load_at<IN>(x, i) - max) - log_total; }
  TL_STEP VF second(int64_t i, int m, const Affine&) const { return (load_at<IN>(x, i, m) - max) - log_total; }

  const char* x = nullptr;
  float max = 0;
  double total = 0;
  float log_total = 0;
};

// The scale of elements whose mean square is given.
TL_INLINE float normal_scale(double square, float epsilon) {
  return static_cast<float>(1 / __builtin_sqrt(square + static_cast<double>(epsilon)));
}

// (x - mean) · scale + shift, times a weight, plus a bias.
template <int64_t IN, int64_t>
struct LayerNorm {
  static constexpr bool KEEPS = false, WEIGHS = true;

  LayerNorm() = default;
  LayerNorm(const char* x, float*, int64_t n) : x(x) {
    const int64_t some = least(n, 8 * LANES);
    guess = reduce_block<Sum, IN>(x, some) / static_cast<float>(some);
  }

  // Deviations from a guess of the mean.
  struct Piece {
    explicit Piece(const LayerNorm& row) : x(row.x), guess(row.guess) {}
    TL_STEP void pair(int64_t i) {
      const VF a = load_at<IN>(x, i) - guess, b = load_at<IN>(x, i + LANES) - guess;
      s += a;
      t += b;
      ss += a * a;
      tt += b * b;
    }
    TL_STEP void part(int64_t i, int m) {
      const VF a = first_lanes(load_at<IN>(x, i, m), m, guess) - guess;
      s += a;
      ss += a * a;
    }
    const char* x;
    const float guess;
    VF s{}, t{}, ss{}, tt{};
  };
  void join(const Piece& p, int64_t at, int64_t n) {
    const Partial d = deviations(guess, sum(p.s + p.t), sum(p.ss + p.tt), n);
    const bool far = !near_enough(d, guess);
    all = merge_deviations(all, far ? deviations_block<IN>(x + at * element_size(IN), n) : d);
  }
  void close(int64_t n, const Affine& affine) {
    mean = static_cast<float>(all.value);
    scale = normal_scale(all.second / static_cast<double>(n), affine.epsilon);
    shift = -static_cast<float>(all.value - static_cast<double>(mean)) * scale;
  }

  static void lanes(VF* x, int64_t n, const Affine& a) {
    const VF share = vf(1.0f / static_cast<float>(n));
    for (int pass = 0; pass < 2; pass++) {  // the second takes away what rounding left of the mean
      VF mean = vf(0);
      for (int64_t k = 0; k < n; k++) mean += x[k];
      mean *= share;
      for (int64_t k = 0; k < n; k++) x[k] -= mean;
    }
    const VF scale = 1.0f / root(squares_of(x, n) * share + a.epsilon);
    for (int64_t k = 0; k < n; k++) x[k] = x[k] * scale * a.weight[k] + a.bias[k];
  }

  TL_STEP VF second(int64_t i, const Affine& a) const {
    return ((load_at<IN>(x, i) - mean) * scale + shift) * load(a.weight + i) + load(a.bias + i);
  }
  TL_STEP VF second(int64_t i, int m, const Affine& a) const {
    return ((load_at<IN>(x, i, m) - mean) * scale + shift) * load_n(a.weight + i, m) + load_n(a.bias + i, m);
  }

  const char* x = nullptr;
  float guess = 0;
  Partial all{0, 0, 0};
  float mean = 0, scale = 0, shift = 0;
};

template <int64_t IN, int64_t>
struct RmsNorm {
  static constexpr bool KEEPS = false, WEIGHS = true;

  RmsNorm() = default;
  RmsNorm(const char* x, float*, int64_t) : x(x) {}

  struct Piece {
    explicit Piece(const RmsNorm& row) : x(row.x) {}
    TL_STEP void pair(int64_t i) {
      const VF a = load_at<IN>(x, i), b = load_at<IN>(x, i + LANES);
      s += a * a;
      t += b * b;
    }
    TL_STEP void part(int64_t i, int m) {
      const VF a = load_at<IN>(x, i, m);
      s += a * a;
    }
    const char* x;
    VF s{}, t{};
  };
  void join(const Piece& p, int64_t, int64_t) { total += static_cast<double>(sum(p.s + p.t)); }
  void close(int64_t n, const Affine& affine) { scale = normal_scale(total / static_cast<double>(n), affine.epsilon); }

  static void lanes(VF* x, int64_t n, const Affine& a) {
    const VF scale = 1.0f / root(squares_of(x, n) * vf(1.0f / static_cast<float>(n)) + a.epsilon);
    for (int64_t k = 0; k < n; k++) x[k] = x[k] * scale * a.weight[k];
  }

  TL_STEP VF second(int64_t i, const Affine& a) const { return load_at<IN>(x, i) * scale * load(a.weight + i); }
  TL_STEP VF second(int64_t i, int m, const Affine& a) const { return load_at<IN>(x, i, m) * scale * load_n(a.weight + i, m); }

  const char* x = nullptr;
  double total = 0;
  float scale = 0;
};

// Rows that are weighed go together, piece by piece: a piece of the weights stays in the first-level cache for all.
// Strided rows whose elements are neighbours go together, too: cache lines hold elements of several.
constexpr int64_t ROWS_TOGETHER = 8, PIECE = 1024, NEIGHBOURS = 32, NEIGHBOUR_FLOATS = 1 << 16;

// The elements of strided rows as floats, one row after the other; element 0 of neighbouring rows is adjacent.
template <class T>
static void load_neighbours(int64_t enc, const char* x, int64_t stride, int64_t rows, int64_t n, float* to) {
  constexpr int64_t WIDE = 64;
  alignas(64) T turned[NEIGHBOURS * WIDE];
  for (int64_t i = 0; i < n; i += WIDE) {
    const int64_t m = least(WIDE, n - i);
    transpose(reinterpret_cast<const T*>(x) + i * stride, stride, turned, rows, m);
    for (int64_t k = 0; k < rows; k++) load_row(enc, reinterpret_cast<const char*>(turned + k * m), to + k * n + i, m);
  }
}

// The rows first … of r, decoded.
static void load_rows(const Rows& r, int64_t first, int64_t rows, float* to) {
  for (int64_t k = 0; k < rows;) {
    const char* x = r.x.data + offset_of(r.leading, first + k) * r.size;
    float* kept = to + k * r.n;
    int64_t run = 1;
    if (r.leading.rank > 0 && r.leading.last_stride() == 1) run = least(rows - k, r.leading.last_extent() - (first + k) % r.leading.last_extent());
    if (run == 1) load_strided(r.x.enc, x, r.stride, kept, r.n);
    else if (r.size == 2) load_neighbours<uint16_t>(r.x.enc, x, r.stride, run, r.n, kept);
    else load_neighbours<float>(r.x.enc, x, r.stride, run, r.n, kept);
    k += run;
  }
}

template <class Kernel>
struct RowGroup {
  int64_t first = 0, rows = 0;
  Kernel row[NEIGHBOURS];
};

// The second pass follows one group of rows behind the first. Where results are streamed, both take turns line by line:
// stores to memory, reading ahead and arithmetic overlap.
template <template <int64_t, int64_t> class Kernel, int64_t IN, int64_t OUT>
static int64_t in_two_passes(const Rows& r, const View& out, const Affine& affine) {
  using Row = Kernel<IN, OUT>;
  constexpr int64_t SIZE = element_size(IN), OUT_SIZE = element_size(OUT);
  const bool strided = r.stride != 1, keeps = Row::KEEPS || strided;
  const int64_t most_together = strided ? least(NEIGHBOURS, NEIGHBOUR_FLOATS / r.n) : Row::WEIGHS && !keeps ? ROWS_TOGETHER : 1;
  const int64_t together = most(1, least(most_together, r.leading.count / (4 * pool_size())));
  const bool lines = r.stream && (reinterpret_cast<uintptr_t>(out.data) | static_cast<uintptr_t>(r.n * OUT_SIZE)) % sizeof(Line) == 0;
  int64_t status = OK;
  parallel_for(ceil_div(r.leading.count, together), rows_grain(r.n * together), [&](int64_t begin, int64_t end, int) {
    Scratchpad room(keeps ? 2 * together * r.n : 0);
    if (room.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    const auto open = [&](int64_t index, RowGroup<Row>& g) {
      g.first = index * together;
      g.rows = index == end ? 0 : least(together, r.leading.count - g.first);
      float* kept = keeps ? room.data() + index % 2 * together * r.n : nullptr;
      if (strided) load_rows(r, g.first, g.rows, kept);
      for (int64_t k = 0; k < g.rows; k++) {
        const char* x = strided ? reinterpret_cast<const char*>(kept + k * r.n) : r.x.data + offset_of(r.leading, g.first + k) * r.size;
        g.row[k] = Row(x, keeps ? kept + k * r.n : nullptr, r.n);
      }
    };
    RowGroup<Row> groups[2];
    for (int64_t index = begin; index <= end; index++) {
      RowGroup<Row>&now = groups[index % 2], &before = groups[(index + 1) % 2];
      open(index, now);
      for (int64_t at = 0; at < r.n; at += PIECE) {
        const int64_t n = least(PIECE, r.n - at);
        for (int64_t k = 0; k < most(now.rows, before.rows); k++) {
          const Row done = before.row[k];
          const auto full = [&](int64_t j) { return done.second(at + j, affine); };
          const auto part = [&](int64_t j, int m) { return done.second(at + j, m, affine); };
          char* to = out.data + ((before.first + k) * r.n + at) * OUT_SIZE;
          if (k >= now.rows) {
            produce<OUT>(to, n, r.stream, full, part);
            continue;
          }
          typename Row::Piece piece(now.row[k]);
          if (k < before.rows && lines && n % (2 * LANES) == 0) {
            const char* next = now.row[k].x + (now.row[k].x - done.x);  // of the group after this one
            produce<OUT>(to, n, true, full, part, [&](int64_t j) {
              fetch_lines(next + (at + j) * SIZE, 2 * LANES * SIZE);
              piece.pair(at + j);
            });
          } else {
            int64_t j = 0;
            for (; j + 2 * LANES <= n; j += 2 * LANES) piece.pair(at + j);
            for (; j < n; j += LANES) piece.part(at + j, static_cast<int>(least(n - j, LANES)));
            if (k < before.rows) produce<OUT>(to, n, r.stream, full, part);
          }
          now.row[k].join(piece, at, n);
        }
      }
      for (int64_t k = 0; k < now.rows; k++) now.row[k].close(r.n, affine);
    }
    if (r.stream) stream_end();
  });
  return status;
}

constexpr int64_t FEW = 16;  // elements of a row, with more of which lanes that share a row are faster
static_assert(FEW <= SHORT, "");

template <template <int64_t, int64_t> class Kernel, int64_t IN, int64_t OUT>
static int64_t by_lanes(const Rows& r, const View& out, const Affine& affine) {
  parallel_for(r.leading.count, rows_grain(r.n), [&](int64_t begin, int64_t end, int) {
    alignas(64) float results[FEW * BATCH], rows[FEW * BATCH];
    const auto step = [&](VF* x, int64_t c) {
      Kernel<IN, OUT>::lanes(x, r.n, affine);
      for (int64_t k = 0; k < r.n; k++) store(results + k * BATCH + c, x[k]);
    };
    for_short_rows<IN>(r.x.data, r.leading, r.n, begin, end, step, [&](int64_t i, int64_t count) {
      transpose(results, BATCH, rows, count, r.n);
      store_row(OUT, rows, out.data + i * r.n * element_size(OUT), count * r.n, r.stream);
    });
    if (r.stream) stream_end();
  });
  return OK;
}

template <template <int64_t, int64_t> class Kernel>
static int64_t on_rows(const Rows& r, const View& out, const Affine& affine) {
  if (r.n == 0) return OK;
  const bool halves = r.stride == 1 && r.x.enc == F16;
  if (r.n <= FEW && r.stride == 1) {
    if (out.enc == F16) return halves ? by_lanes<Kernel, F16, F16>(r, out, affine) : by_lanes<Kernel, F32, F16>(r, out, affine);
    return halves ? by_lanes<Kernel, F16, F32>(r, out, affine) : by_lanes<Kernel, F32, F32>(r, out, affine);
  }
  if (out.enc == F16) return halves ? in_two_passes<Kernel, F16, F16>(r, out, affine) : in_two_passes<Kernel, F32, F16>(r, out, affine);
  return halves ? in_two_passes<Kernel, F16, F32>(r, out, affine) : in_two_passes<Kernel, F32, F32>(r, out, affine);
}

int64_t softmax(const Command& c) {
  Rows r;
  const View& out = c.operand[1];
  const int64_t status = plan_rows(c.operand[0], out, r);
  if (status != OK) return status;
  return integer(c, 0) != 0 ? on_rows<LogSoftmax>(r, out, {}) : on_rows<Softmax>(r, out, {});
}

// A vector of n elements as floats, or the constant if it is absent.
static int64_t decode_vector(const View& v, float absent, float* to, int64_t n) {
  if (!present(v)) {
    for (int64_t i = 0; i < n; i++) to[i] = absent;
    return OK;
  }
  if (v.enc != F32 && v.enc != F16) return ERROR_UNSUPPORTED;
  if (v.rank != 1 || v.dim[0] != n) return ERROR_COMMAND;
  load_strided(v.enc, v.data, v.stride[0], to, n);
  return OK;
}

template <template <int64_t, int64_t> class Kernel>
static int64_t normalize(const View& x, const View& weight, const View& bias, const View& out, float epsilon) {
  Rows r;
  int64_t status = plan_rows(x, out, r);
  if (status != OK) return status;
  Scratchpad scale(r.n), shift(r.n);
  if (scale.data() == nullptr || shift.data() == nullptr) return ERROR_MEMORY;
  status = decode_vector(weight, 1, scale.data(), r.n);
  if (status == OK) status = decode_vector(bias, 0, shift.data(), r.n);
  if (status != OK) return status;
  return on_rows<Kernel>(r, out, {scale.data(), shift.data(), epsilon});
}

int64_t layer_norm(const Command& c) { return normalize<LayerNorm>(c.operand[0], c.operand[1], c.operand[2], c.operand[3], real(c, 0)); }

int64_t rms_norm(const Command& c) {
  View none{};
  none.enc = ABSENT;
  return normalize<RmsNorm>(c.operand[0], c.operand[1], none, c.operand[2], real(c, 0));
}

}  // namespace TL_LEVEL
}  // namespace tl
