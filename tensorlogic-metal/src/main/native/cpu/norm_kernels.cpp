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

// Calls row(input, output, decoded) for every row; `decoded` holds n floats between a row's passes.
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
      // The passes over one row leave the memory idle: have it fetch the next.
      if (r.stride == 1 && i + 1 < end && r.n <= ROW_FLOATS) prefetch(r.x.data + offset_of(r.leading, i + 1) * r.size, r.n * r.size);
      if (r.stride != 1) load_strided(r.x.enc, p, r.stride, decoded.data(), r.n);
      row(r.stride != 1 ? reinterpret_cast<const char*>(decoded.data()) : p, out.data + i * r.n * element_size(out.enc), decoded.data());
    }
    if (r.stream) stream_end();
  });
  return status;
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
static void softmax_row(const char* x, char* out, float* decoded, int64_t n, bool stream) {
  const ExpBelow<OUT> exp(largest<IN>(x, n));
  double total = 0;
  for (int64_t at = 0; at < n; at += BLOCK) {
    const int64_t end = least(at + BLOCK, n);
    VF s = vf(0), t = s;
    int64_t i = at;
    for (; i + 2 * LANES <= end; i += 2 * LANES) {
      const VF a = exp(load_at<IN>(x, i)), b = exp(load_at<IN>(x, i + LANES));
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
static void log_softmax_row(const char* x, char* out, float*, int64_t n, bool stream) {
  const float max = largest<IN>(x, n);
  double total = 0;
  for (int64_t at = 0; at < n; at += BLOCK) {
    const int64_t end = least(at + BLOCK, n);
    VF s = vf(0);
    int64_t i = at;
    for (; i + LANES <= end; i += LANES) s += exp_of(load_at<IN>(x, i) - max);
    if (i < end) {
      const int m = static_cast<int>(end - i);
      s += first_lanes(exp_of(load_at<IN>(x, i, m) - max), m, 0);
    }
    total += static_cast<double>(sum(s));
  }
  const float log_total = log_of(vf(static_cast<float>(total)))[0];
  produce<OUT>(
      out, n, stream, [&](int64_t i) { return (load_at<IN>(x, i) - max) - log_total; },
      [&](int64_t i, int m) { return (load_at<IN>(x, i, m) - max) - log_total; });
}

int64_t softmax(const Command& c) {
  Rows r;
  const View& out = c.operand[1];
  const int64_t status = plan_rows(c.operand[0], out, r);
  if (status != OK) return status;
  const auto kernel = integer(c, 0) != 0 ? TL_BY_ENCODING(log_softmax_row, r, out) : TL_BY_ENCODING(softmax_row, r, out);
  return for_rows(r, out, [&](const char* x, char* y, float* decoded) { kernel(x, y, decoded, r.n, r.stream); });
}

// Norms -----------------------------------------------------------------------------------------------

template <int64_t IN, int64_t OUT>
static void layer_norm_row(const char* x, char* out, const float* weight, const float* bias, float epsilon, int64_t n, bool stream) {
  const Partial p = deviations_run<IN>(x, n);
  const float mean = static_cast<float>(p.value), low = static_cast<float>(p.value - static_cast<double>(mean));
  const float scale = static_cast<float>(1 / __builtin_sqrt(p.second / static_cast<double>(n) + static_cast<double>(epsilon)));
  const float shift = -low * scale;
  produce<OUT>(
      out, n, stream, [&](int64_t i) { return ((load_at<IN>(x, i) - mean) * scale + shift) * load(weight + i) + load(bias + i); },
      [&](int64_t i, int m) { return ((load_at<IN>(x, i, m) - mean) * scale + shift) * load_n(weight + i, m) + load_n(bias + i, m); });
}

template <int64_t IN, int64_t OUT>
static void rms_norm_row(const char* x, char* out, const float* weight, const float*, float epsilon, int64_t n, bool stream) {
  const double squares = reduce_run<Squares, IN>(x, n).value;
  const float scale = static_cast<float>(1 / __builtin_sqrt(squares / static_cast<double>(n) + static_cast<double>(epsilon)));
  produce<OUT>(
      out, n, stream, [&](int64_t i) { return load_at<IN>(x, i) * scale * load(weight + i); },
      [&](int64_t i, int m) { return load_at<IN>(x, i, m) * scale * load_n(weight + i, m); });
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
static int64_t normalize(const Rows& r, const View& out, const View& weight, const View& bias, float epsilon, Kernel kernel) {
  Floats scale(r.n), shift(r.n);
  if (scale.data() == nullptr || shift.data() == nullptr) return ERROR_MEMORY;
  int64_t status = decode_vector(weight, 1, scale.data(), r.n);
  if (status == OK) status = decode_vector(bias, 0, shift.data(), r.n);
  if (status != OK) return status;
  return for_rows(r, out, [&](const char* x, char* y, float*) { kernel(x, y, scale.data(), shift.data(), epsilon, r.n, r.stream); });
}

int64_t layer_norm(const Command& c) {
  Rows r;
  const View& out = c.operand[3];
  const int64_t status = plan_rows(c.operand[0], out, r);
  if (status != OK) return status;
  return normalize(r, out, c.operand[1], c.operand[2], real(c, 0), TL_BY_ENCODING(layer_norm_row, r, out));
}

int64_t rms_norm(const Command& c) {
  Rows r;
  const View& out = c.operand[2];
  const int64_t status = plan_rows(c.operand[0], out, r);
  if (status != OK) return status;
  View none{};
  none.enc = ABSENT;
  return normalize(r, out, c.operand[1], none, real(c, 0), TL_BY_ENCODING(rms_norm_row, r, out));
}

}  // namespace TL_LEVEL
}  // namespace tl
