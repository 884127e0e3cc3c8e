// softmax, layer_norm and rms_norm along the last axis of a strided view.
#include "axes.h"
#include "half_math.h"
#include "kernels.h"
#include "reduce.h"

namespace tl {
namespace TL_LEVEL {

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

// Calls row(input, output, decoded, next) for every row: `decoded` holds n floats between its passes, the next row to be
// fetched meanwhile lies `next` bytes ahead.
template <class Row>
static int64_t for_rows(const Rows& r, const View& out, const Row& row) {
  if (r.n == 0) return OK;
  int64_t status = OK;
  parallel_for(r.leading.count, rows_grain(r.n), [&](int64_t begin, int64_t end, int) {
    Floats decoded(r.n);
    if (decoded.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    for (int64_t i = begin; i < end; i++) {
      const char* p = r.x.data + offset_of(r.leading, i) * r.size;
      const bool another = r.stride == 1 && i + 1 < end && r.n <= ROW_FLOATS;
      const int64_t next = another ? (offset_of(r.leading, i + 1) - offset_of(r.leading, i)) * r.size : 0;
      if (r.stride != 1) load_strided(r.x.enc, p, r.stride, decoded.data(), r.n);
      row(r.stride != 1 ? reinterpret_cast<const char*>(decoded.data()) : p, out.data + i * r.n * element_size(out.enc), decoded.data(), next);
    }
    if (r.stream) stream_end();
  });
  return status;
}

// Elements i … of a row, whose counterparts in the next row are asked for: all passes but the last leave memory idle.
template <int64_t ENC>
TL_INLINE VF load_and_fetch(const char* row, int64_t i, int64_t next) {
  __builtin_prefetch(row + i * element_size(ENC) + next, 0, 2);
  return load_at<ENC>(row, i);
}

// Chooses the instance of a row kernel by how the row and its result are stored.
#define TL_BY_ENCODING(KERNEL, r, out) \
  ((r).stride == 1 && (r).x.enc == F16 ? ((out).enc == F16 ? KERNEL<F16, F16> : KERNEL<F16, F32>) \
                                       : ((out).enc == F16 ? KERNEL<F32, F16> : KERNEL<F32, F32>))

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
template <int64_t OUT>
struct ExpBelow {
  explicit ExpBelow(float top) : max(top), max2(top * LOG2_E) {}
  __attribute__((always_inline)) VF operator()(VF x) const {
    if constexpr (OUT == F16) return exp2_short(x * LOG2_E - max2);
    else return exp_of(x - max);
  }
  float max, max2;
};

// exp(x - max) goes to `decoded` (which may be x itself) and from there, divided by its sum, to the result.
template <int64_t IN, int64_t OUT>
static void softmax_row(const char* x, char* out, float* decoded, int64_t n, bool stream, int64_t next) {
  const ExpBelow<OUT> exp(largest<IN>(x, n));
  double total = 0;
  for (int64_t at = 0; at < n; at += BLOCK) {
    const int64_t end = least(at + BLOCK, n);
    VF s = vf(0), t = s;
    int64_t i = at;
    for (; i + 2 * LANES <= end; i += 2 * LANES) {
      const VF a = exp(load_and_fetch<IN>(x, i, next)), b = exp(load_and_fetch<IN>(x, i + LANES, next));
      s += a;
      t += b;
      store(decoded + i, a);
      store(decoded + i + LANES, b);
    }
    while (i < end) {
      const int m = static_cast<int>(least(end - i, LANES));
      const VF a = first_lanes(exp(load_at<IN>(x, i, m)), m, 0);
      s += a;
      store_n(decoded + i, a, m);
      i += m;
    }
    total += static_cast<double>(sum(s + t));
  }
  const float scale = static_cast<float>(1 / total);
  const char* e = reinterpret_cast<const char*>(decoded);
  produce<OUT>(
      out, n, stream, [&](int64_t i) { return load_at<F32>(e, i) * scale; },
      [&](int64_t i, int m) { return load_at<F32>(e, i, m) * scale; });
}

template <int64_t IN, int64_t OUT>
static void log_softmax_row(const char* x, char* out, float*, int64_t n, bool stream, int64_t next) {
  const float max = largest<IN>(x, n);
  const auto exp = [&](VF v) {  // exactly 1 at the largest
    if constexpr (OUT == F16) return exp2_short((v - max) * LOG2_E);
    else return exp_of(v - max);
  };
  double total = 0;
  for (int64_t at = 0; at < n; at += BLOCK) {
    const int64_t end = least(at + BLOCK, n);
    VF s = vf(0), t = s;
    int64_t i = at;
    for (; i + 2 * LANES <= end; i += 2 * LANES) {
      s += exp(load_at<IN>(x, i));
      t += exp(load_at<IN>(x, i + LANES));
    }
    while (i < end) {
      const int m = static_cast<int>(least(end - i, LANES));
      s += first_lanes(exp(load_at<IN>(x, i, m)), m, 0);
      i += m;
    }
    total += static_cast<double>(sum(s + t));
  }
  const float log_total = log_of(vf(static_cast<float>(total)))[0];
  produce<OUT>(
      out, n, stream, [&](int64_t i) { return (load_and_fetch<IN>(x, i, next) - max) - log_total; },
      [&](int64_t i, int m) { return (load_at<IN>(x, i, m) - max) - log_total; });
}

int64_t softmax(const Command& c) {
  Rows r;
  const View& out = c.operand[1];
  const int64_t status = plan_rows(c.operand[0], out, r);
  if (status != OK) return status;
  const auto kernel = integer(c, 0) != 0 ? TL_BY_ENCODING(log_softmax_row, r, out) : TL_BY_ENCODING(softmax_row, r, out);
  return for_rows(r, out, [&](const char* x, char* y, float* decoded, int64_t next) { kernel(x, y, decoded, r.n, r.stream, next); });
}

// Norms -----------------------------------------------------------------------------------------------

// What makes a row's elements normal: (x - mean) · scale + shift.
struct Normal {
  float mean, scale, shift;
};

// The scale of elements whose mean square is given.
TL_INLINE float normal_scale(double square, float epsilon) {
  return static_cast<float>(1 / __builtin_sqrt(square + static_cast<double>(epsilon)));
}

struct LayerNorm {
  template <int64_t IN>
  static Normal of(const char* x, int64_t n, float epsilon) {
    const Partial p = deviations_run<IN>(x, n);
    const float mean = static_cast<float>(p.value), low = static_cast<float>(p.value - static_cast<double>(mean));
    const float scale = normal_scale(p.second / static_cast<double>(n), epsilon);
    return {mean, scale, -low * scale};
  }
  TL_INLINE VF apply(VF x, const Normal& normal, VF weight, VF bias) { return ((x - normal.mean) * normal.scale + normal.shift) * weight + bias; }
};

struct RmsNorm {
  template <int64_t IN>
  static Normal of(const char* x, int64_t n, float epsilon) {
    return {0, normal_scale(reduce_run<Squares, IN>(x, n).value / static_cast<double>(n), epsilon), 0};
  }
  TL_INLINE VF apply(VF x, const Normal& normal, VF weight, VF) { return x * normal.scale * weight; }
};

// Rows are normalized several at a time, piece by piece: a piece of the weights stays in the first-level cache for all.
constexpr int64_t ROWS_TOGETHER = 8, COLUMNS_TOGETHER = 1024;

template <class Kernel, int64_t IN, int64_t OUT>
static int64_t normalize_rows(const Rows& r, const View& out, const float* weight, const float* bias, float epsilon) {
  if (r.n == 0) return OK;
  const int64_t together = r.stride == 1 ? most(1, least(ROWS_TOGETHER, r.leading.count / (4 * pool_size()))) : 1;
  int64_t status = OK;
  parallel_for(ceil_div(r.leading.count, together), rows_grain(r.n * together), [&](int64_t begin, int64_t end, int) {
    Floats decoded(r.stride == 1 ? 0 : r.n);
    if (decoded.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    for (int64_t i = begin * together; i < least(end * together, r.leading.count); i += together) {
      const int64_t rows = least(together, r.leading.count - i);
      const char* x[ROWS_TOGETHER];
      Normal normal[ROWS_TOGETHER];
      for (int64_t k = 0; k < rows; k++) {
        x[k] = r.x.data + offset_of(r.leading, i + k) * r.size;
        if (r.stride != 1) {
          load_strided(r.x.enc, x[k], r.stride, decoded.data(), r.n);
          x[k] = reinterpret_cast<const char*>(decoded.data());
        }
        normal[k] = Kernel::template of<IN>(x[k], r.n, epsilon);
      }
      const int64_t next = rows > 1 ? rows * (x[1] - x[0]) : 0;  // bytes to the row to be fetched: where it lies if all are evenly apart
      for (int64_t c = 0; c < r.n; c += COLUMNS_TOGETHER)
        for (int64_t k = 0; k < rows; k++) {
          const char* from = x[k] + c * element_size(IN);
          const Normal row = normal[k];
          produce<OUT>(
              out.data + ((i + k) * r.n + c) * element_size(OUT), least(COLUMNS_TOGETHER, r.n - c), r.stream,
              [&](int64_t j) { return Kernel::apply(load_and_fetch<IN>(from, j, next), row, load(weight + c + j), load(bias + c + j)); },
              [&](int64_t j, int m) { return Kernel::apply(load_at<IN>(from, j, m), row, load_n(weight + c + j, m), load_n(bias + c + j, m)); });
        }
    }
    if (r.stream) stream_end();
  });
  return status;
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

template <class Kernel>
static int64_t normalize(const View& x, const View& weight, const View& bias, const View& out, float epsilon) {
  Rows r;
  int64_t status = plan_rows(x, out, r);
  if (status != OK) return status;
  Floats scale(r.n), shift(r.n);
  if (scale.data() == nullptr || shift.data() == nullptr) return ERROR_MEMORY;
  status = decode_vector(weight, 1, scale.data(), r.n);
  if (status == OK) status = decode_vector(bias, 0, shift.data(), r.n);
  if (status != OK) return status;
  const bool halves = r.stride == 1 && x.enc == F16;
  const auto rows = out.enc == F16 ? (halves ? normalize_rows<Kernel, F16, F16> : normalize_rows<Kernel, F32, F16>)
                                   : (halves ? normalize_rows<Kernel, F16, F32> : normalize_rows<Kernel, F32, F32>);
  return rows(r, out, scale.data(), shift.data(), epsilon);
}

int64_t layer_norm(const Command& c) { return normalize<LayerNorm>(c.operand[0], c.operand[1], c.operand[2], c.operand[3], real(c, 0)); }

int64_t rms_norm(const Command& c) {
  View none{};
  none.enc = ABSENT;
  return normalize<RmsNorm>(c.operand[0], c.operand[1], none, c.operand[2], real(c, 0));
}

}  // namespace TL_LEVEL
}  // namespace tl
