// Reductions, scans and norms: one threadgroup of 256 threads for each row; sums in float.
#include <metal_stdlib>
#include "views.h"

using namespace metal;

// The position of element j of the trailing axes, counted row-major from axis `first`.
static inline long trailing(View v, int first, long j) {
  long at = 0;
  for (int i = v.rank - 1; i >= first; i--) {
    at += j % v.extents[i] * v.strides[i];
    j /= v.extents[i];
  }
  return at;
}

// Every thread's value joined, given to all: 0 sum, 1 product, 2 largest, 3 smallest (NaN wins both).
static inline float join(int how, float a, float b) {
  if (how == 0) return a + b;
  if (how == 1) return a * b;
  if (a != a || b != b) return a + b;
  return how == 2 ? (b > a ? b : a) : (b < a ? b : a);
}

static inline float across(int how, float value, threadgroup float* shared, uint i) {
  shared[i] = value;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint half_of_them = 128; half_of_them > 0; half_of_them /= 2) {
    if (i < half_of_them) shared[i] = join(how, shared[i], shared[i + half_of_them]);
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
  const float result = shared[0];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  return result;
}

// The product of every thread's value + lost, given to thread 0, in two floats each: thousands of roundings would show.
static inline float product_across(float value, float lost, threadgroup float* high, threadgroup float* low, uint i) {
  high[i] = value;
  low[i] = lost;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint half_of_them = 128; half_of_them > 0; half_of_them /= 2) {
    if (i < half_of_them) {
      const float a = high[i], b = high[i + half_of_them], p = a * b;
      low[i] = fma(a, b, -p) + (a * low[i + half_of_them] + b * low[i]);
      high[i] = p;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
  return low[0] - low[0] == 0.0f ? high[0] + low[0] : high[0];
}

// The sum over a threadgroup by simdgroups of 32: what softmax and the norms use.
static inline float total(float value, threadgroup float* shared, uint lane, uint simdgroup) {
  const float part = simd_sum(value);
  if (lane == 0) shared[simdgroup] = part;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  const float sum = simd_sum(lane < 8 ? shared[lane] : 0.0f);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  return sum;
}

// op (sum, mean, max, min, prod, norm, variance, sample variance), reduced axes; x, out
[[max_total_threads_per_threadgroup(256)]]
kernel void reduce(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                   device uchar* out [[buffer(2)]], uint i [[thread_index_in_threadgroup]],
                   uint group [[threadgroup_position_in_grid]], uint groups [[threadgroups_per_grid]]) {
  threadgroup float shared[256];
  threadgroup float low[256];
  const int op = static_cast<int>(words[0]), axes = static_cast<int>(words[1]);
  words += 2;
  const View vx = next_view(words), vo = next_view(words);
  const int first = vx.rank - axes;
  long n = 1;
  for (int axis = first; axis < vx.rank; axis++) n *= vx.extents[axis];
  const int how = op == 2 ? 2 : op == 3 ? 3 : op == 4 ? 1 : 0;
  const float start = how == 2 ? -INFINITY : how == 3 ? INFINITY : how == 1 ? 1.0f : 0.0f;
  const long rows = count_of(vo);
  for (long row = group; row < rows; row += groups) {
    const long base = position_of(vx, first, row);
    float value = start, lost = 0.0f;  // of a product: what its roundings lost
    for (long j = i; j < n; j += 256) {
      const float element = load(x, vx.encoding, base + trailing(vx, first, j)), before_it = value;
      value = join(how, value, op == 5 ? element * element : element);
      lost = lost * element + fma(before_it, element, -value);
    }
    float result = op == 4 ? product_across(value, lost, shared, low, i) : across(how, value, shared, i);
    if (op == 1) result /= static_cast<float>(n);
    if (op == 5) result = precise::sqrt(result);
    if (op >= 6) {
      const float mean = result / static_cast<float>(n);
      float squares = 0.0f;
      for (long j = i; j < n; j += 256) {
        const float d = load(x, vx.encoding, base + trailing(vx, first, j)) - mean;
        squares += d * d;
      }
      result = n == 0 ? NAN : across(0, squares, shared, i) / static_cast<float>(op == 6 ? n : n - 1);
    }
    if (i == 0) store(out, vo.encoding, position_of(vo, row), result);
  }
}

// Whether candidate (value b at position q) comes before the best so far (a at p): NaN first, then by size.
static inline bool before(bool largest, float a, long p, float b, long q) {
  if (q < 0) return false;
  if (p < 0) return true;
  const bool a_nan = a != a, b_nan = b != b;
  if (a_nan || b_nan) return b_nan && (!a_nan || q < p);
  return a == b ? q < p : (largest ? b > a : b < a);
}

// whether the largest is wanted; x, out (ints)
[[max_total_threads_per_threadgroup(256)]]
kernel void arg_reduce(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                       device int* out [[buffer(2)]], uint i [[thread_index_in_threadgroup]],
                       uint group [[threadgroup_position_in_grid]], uint groups [[threadgroups_per_grid]]) {
  threadgroup float values[256];
  threadgroup long places[256];
  const bool largest = *words++ != 0;
  const View vx = next_view(words), vo = next_view(words);
  const int last = vx.rank - 1;
  const long n = vx.extents[last], rows = count_of(vo);
  for (long row = group; row < rows; row += groups) {
    const long base = position_of(vx, last, row);
    float best = 0.0f;
    long place = -1;
    for (long j = i; j < n; j += 256) {
      const float value = load(x, vx.encoding, base + j * vx.strides[last]);
      if (before(largest, best, place, value, j)) {
        best = value;
        place = j;
      }
    }
    values[i] = best;
    places[i] = place;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint half_of_them = 128; half_of_them > 0; half_of_them /= 2) {
      if (i < half_of_them &&
          before(largest, values[i], places[i], values[i + half_of_them], places[i + half_of_them])) {
        values[i] = values[i + half_of_them];
        places[i] = places[i + half_of_them];
      }
      threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    if (i == 0) out[row] = static_cast<int>(places[0]);
  }
}

// x, out: running sums along the last axis, 256 elements at a time
[[max_total_threads_per_threadgroup(256)]]
kernel void cumsum(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                   device uchar* out [[buffer(2)]], uint i [[thread_index_in_threadgroup]],
                   uint group [[threadgroup_position_in_grid]], uint groups [[threadgroups_per_grid]]) {
  threadgroup float sums[256];
  const View vx = next_view(words), vo = next_view(words);
  const int last = vx.rank - 1;
  const long n = vx.extents[last], rows = count_of(vo) / n;
  for (long row = group; row < rows; row += groups) {
    const long base = position_of(vx, last, row), to = position_of(vo, last, row);
    float carried = 0.0f;
    for (long from = 0; from < n; from += 256) {
      const long j = from + i;
      sums[i] = j < n ? load(x, vx.encoding, base + j * vx.strides[last]) : 0.0f;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      for (uint reach = 1; reach < 256; reach *= 2) {
        const float other = i >= reach ? sums[i - reach] : 0.0f;
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (i >= reach) sums[i] += other;
        threadgroup_barrier(mem_flags::mem_threadgroup);
      }
      if (j < n) store(out, vo.encoding, to + j * vo.strides[last], carried + sums[i]);
      carried += sums[255];
      threadgroup_barrier(mem_flags::mem_threadgroup);
    }
  }
}

// whether the logarithm is wanted; x, out
[[max_total_threads_per_threadgroup(256)]]
kernel void softmax(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                    device uchar* out [[buffer(2)]], uint i [[thread_index_in_threadgroup]],
                    uint lane [[thread_index_in_simdgroup]], uint simdgroup [[simdgroup_index_in_threadgroup]],
                    uint group [[threadgroup_position_in_grid]], uint groups [[threadgroups_per_grid]]) {
  threadgroup float shared[256];
  const bool logarithm = *words++ != 0;
  const View vx = next_view(words), vo = next_view(words);
  const int last = vx.rank - 1;
  const long n = vx.extents[last], rows = count_of(vo) / n;
  for (long row = group; row < rows; row += groups) {
    const long base = position_of(vx, last, row), to = position_of(vo, last, row);
    float best = -INFINITY;
    for (long j = i; j < n; j += 256) best = join(2, best, load(x, vx.encoding, base + j * vx.strides[last]));
    best = across(2, best, shared, i);
    float sum = 0.0f;
    for (long j = i; j < n; j += 256)
      sum += precise::exp(load(x, vx.encoding, base + j * vx.strides[last]) - best);
    sum = total(sum, shared, lane, simdgroup);
    const float log_sum = precise::log(sum);
    for (long j = i; j < n; j += 256) {
      const float value = load(x, vx.encoding, base + j * vx.strides[last]) - best;
      store(out, vo.encoding, to + j * vo.strides[last], logarithm ? value - log_sum : precise::exp(value) / sum);
    }
  }
}

// epsilon's bits, whether the mean is subtracted, whether there is a weight and a bias; x, weight, bias, out
[[max_total_threads_per_threadgroup(256)]]
kernel void norm(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                 device const uchar* weight [[buffer(2)]], device const uchar* bias [[buffer(3)]],
                 device uchar* out [[buffer(4)]], uint i [[thread_index_in_threadgroup]],
                 uint lane [[thread_index_in_simdgroup]], uint simdgroup [[simdgroup_index_in_threadgroup]],
                 uint group [[threadgroup_position_in_grid]], uint groups [[threadgroups_per_grid]]) {
  threadgroup float shared[8];
  const float epsilon = as_type<float>(static_cast<int>(words[0]));
  const bool centered = words[1] != 0, weighted = words[2] != 0, biased = words[3] != 0;
  words += 4;
  const View vx = next_view(words), vw = next_view(words), vb = next_view(words), vo = next_view(words);
  const int last = vx.rank - 1;
  const long n = vx.extents[last], rows = count_of(vo) / n;
  for (long row = group; row < rows; row += groups) {
    const long base = position_of(vx, last, row), to = position_of(vo, last, row);
    float mean = 0.0f;
    if (centered) {
      for (long j = i; j < n; j += 256) mean += load(x, vx.encoding, base + j * vx.strides[last]);
      mean = total(mean, shared, lane, simdgroup) / static_cast<float>(n);
    }
    float squares = 0.0f;
    for (long j = i; j < n; j += 256) {
      const float d = load(x, vx.encoding, base + j * vx.strides[last]) - mean;
      squares += d * d;
    }
    squares = total(squares, shared, lane, simdgroup);
    const float scale = 1.0f / precise::sqrt(squares / static_cast<float>(n) + epsilon);
    for (long j = i; j < n; j += 256) {
      float value = (load(x, vx.encoding, base + j * vx.strides[last]) - mean) * scale;
      if (weighted) value *= load(weight, vw.encoding, vw.offset + j * vw.strides[0]);
      if (biased) value += load(bias, vb.encoding, vb.offset + j * vb.strides[0]);
      store(out, vo.encoding, to + j * vo.strides[last], value);
    }
  }
}
