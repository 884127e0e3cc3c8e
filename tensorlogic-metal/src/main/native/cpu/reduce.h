// The reductions' arithmetic: float in the lanes of short blocks, double between blocks. A product's roundings
// do not cancel as a sum's do: it is in double throughout.
#pragma once

#include "axes.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t BLOCK = 4096;  // elements whose sum may stay in floats

// What is known of some of the elements; `second` is a variance's sum of squared deviations.
struct Partial {
  double value;
  double second;
  int64_t count;
};

// VALUE gives a reduction's empty value, STEP how a vector of elements joins, MERGE two partial values.
#define TL_REDUCTION(NAME, VALUE, STEP, MERGE)                             \
  struct NAME {                                                           \
    static constexpr float EMPTY = VALUE;                                 \
    TL_INLINE VF step(VF acc, VF v) { return STEP; }                      \
    TL_INLINE VF join(VF a, VF b) { return MERGE; }                       \
    static double merge(double a, double b) { return MERGE; }             \
  };

TL_INLINE double keep_larger(double a, double b) { return b > a || b != b ? b : a; }
TL_INLINE double keep_smaller(double a, double b) { return b < a || b != b ? b : a; }

TL_REDUCTION(Sum, 0.0f, acc + v, a + b)
TL_REDUCTION(Squares, 0.0f, acc + v * v, a + b)
TL_REDUCTION(Largest, -__builtin_inff(), keep_larger(acc, v), keep_larger(a, b))
TL_REDUCTION(Smallest, __builtin_inff(), keep_smaller(acc, v), keep_smaller(a, b))

#undef TL_REDUCTION

// Runs of as many elements are asked for ahead, as what is streamed.
constexpr int64_t LONG_RUN = 1 << 15;

// One block of adjacent elements.
template <class R, int64_t ENC, bool FETCH = false>
static float reduce_block(const char* p, int64_t n) {
  VF a = vf(R::EMPTY), b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    if constexpr (FETCH) fetch_pair<ENC>(p, i), fetch_pair<ENC>(p, i + 2 * LANES);
    a = R::step(a, load_at<ENC>(p, i));
    b = R::step(b, load_at<ENC>(p, i + LANES));
    c = R::step(c, load_at<ENC>(p, i + 2 * LANES));
    d = R::step(d, load_at<ENC>(p, i + 3 * LANES));
  }
  for (; i + LANES <= n; i += LANES) a = R::step(a, load_at<ENC>(p, i));
  if (i < n) {
    const int m = static_cast<int>(n - i);
    b = R::step(b, first_lanes(load_at<ENC>(p, i, m), m, R::EMPTY));
  }
  return fold(R::join(R::join(a, b), R::join(c, d)), [](VF x, VF y) { return R::join(x, y); });
}

// Mean and squared deviations of n elements of which a rounded mean, and the sums of d = x - mean and d^2,
// are known.
TL_INLINE Partial deviations(float mean, float sum, float squares, int64_t n) {
  const double count = static_cast<double>(n), off = static_cast<double>(sum) / count;
  const double second = static_cast<double>(squares) - off * static_cast<double>(sum);
  return {static_cast<double>(mean) + off, second < 0 ? 0 : second, n};
}

template <int64_t ENC, bool FETCH = false>
static Partial deviations_from(float mean, const char* p, int64_t n) {
  VF s = vf(0), t = s, ss = s, tt = s;
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    if constexpr (FETCH) fetch_pair<ENC>(p, i);
    const VF x = load_at<ENC>(p, i) - mean, y = load_at<ENC>(p, i + LANES) - mean;
    s += x;
    t += y;
    ss += x * x;
    tt += y * y;
  }
  while (i < n) {
    const int m = static_cast<int>(least(n - i, LANES));
    const VF x = (m == LANES ? load_at<ENC>(p, i) : first_lanes(load_at<ENC>(p, i, m), m, mean)) - mean;
    s += x;
    ss += x * x;
    i += m;
  }
  return deviations(mean, sum(s + t), sum(ss + tt), n);
}

// Whether a guess of the mean is near enough to that of all: far from it the squares of deviations cancel.
TL_INLINE bool near_enough(const Partial& d, float guess) {
  const double off = d.value - static_cast<double>(guess);
  return off * off * static_cast<double>(d.count) <= d.second;
}

// In one pass if the first elements' mean is near enough.
template <int64_t ENC, bool FETCH = false>
static Partial deviations_block(const char* p, int64_t n) {
  const int64_t some = least(n, 8 * LANES);
  const float guess = reduce_block<Sum, ENC>(p, some) / static_cast<float>(some);
  const Partial d = deviations_from<ENC, FETCH>(guess, p, n);
  if (near_enough(d, guess)) return d;
  return deviations_from<ENC>(reduce_block<Sum, ENC>(p, n) / static_cast<float>(n), p, n);
}

template <class R, int64_t ENC>
static Partial reduce_run(const char* p, int64_t n) {
  const auto block = n < LONG_RUN ? reduce_block<R, ENC> : reduce_block<R, ENC, true>;
  double value = R::EMPTY;
  for (int64_t i = 0; i < n; i += BLOCK) value = R::merge(value, static_cast<double>(block(p + i * element_size(ENC), least(BLOCK, n - i))));
  return {value, 0, n};
}

typedef double VD __attribute__((vector_size(8 * LANES)));

template <int64_t ENC>
static Partial product_run(const char* p, int64_t n) {
  VD a = VD{} + 1.0, b = a;
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    a *= __builtin_convertvector(load_at<ENC>(p, i), VD);
    b *= __builtin_convertvector(load_at<ENC>(p, i + LANES), VD);
  }
  while (i < n) {
    const int m = static_cast<int>(least(n - i, LANES));
    a *= __builtin_convertvector(m == LANES ? load_at<ENC>(p, i) : first_lanes(load_at<ENC>(p, i, m), m, 1.0f), VD);
    i += m;
  }
  a *= b;
  double value = 1;
  for (int j = 0; j < LANES; j++) value *= a[j];
  return {value, 0, n};
}

// Chan's rule for the mean and squared deviations of two sets together.
TL_INLINE Partial merge_deviations(const Partial& a, const Partial& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const double n = static_cast<double>(a.count + b.count), apart = b.value - a.value;
  const double share = static_cast<double>(b.count) / n;
  return {a.value + apart * share, a.second + b.second + apart * apart * share * static_cast<double>(a.count), a.count + b.count};
}

template <int64_t ENC>
static Partial deviations_run(const char* p, int64_t n) {
  const auto block = n < LONG_RUN ? deviations_block<ENC> : deviations_block<ENC, true>;
  Partial all{0, 0, 0};
  for (int64_t i = 0; i < n; i += BLOCK) all = merge_deviations(all, block(p + i * element_size(ENC), least(BLOCK, n - i)));
  return all;
}

}  // namespace TL_LEVEL
}  // namespace tl
