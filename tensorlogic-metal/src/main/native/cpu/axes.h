// A run of axes of one view, merged where they step evenly; and rows of its elements as floats.
#pragma once

#include "memory.h"
#include "pool.h"
#include "rows.h"

namespace tl {
namespace TL_LEVEL {

struct Axes {
  int rank = 0;
  int64_t count = 1;  // elements
  int64_t extent[MAX_RANK];
  int64_t stride[MAX_RANK];

  int64_t last_extent() const { return rank > 0 ? extent[rank - 1] : 1; }
  int64_t last_stride() const { return rank > 0 ? stride[rank - 1] : 1; }
};

// Axes from … to - 1 of a view.
TL_LOCAL Axes merged_axes(const View& v, int64_t from, int64_t to) {
  Axes a;
  for (int64_t i = from; i < to; i++) {
    a.count *= v.dim[i];
    if (v.dim[i] == 1) continue;
    if (a.rank > 0 && a.stride[a.rank - 1] == v.stride[i] * v.dim[i]) {
      a.extent[a.rank - 1] *= v.dim[i];
      a.stride[a.rank - 1] = v.stride[i];
    } else {
      a.extent[a.rank] = v.dim[i];
      a.stride[a.rank++] = v.stride[i];
    }
  }
  return a;
}

// Offset in elements of the index-th element in row-major order.
TL_INLINE int64_t offset_of(const Axes& a, int64_t index) {
  int64_t offset = 0;
  for (int i = a.rank - 1; i > 0; i--) {
    offset += index % a.extent[i] * a.stride[i];
    index /= a.extent[i];
  }
  return a.rank > 0 ? offset + index * a.stride[0] : 0;
}

// n elements that are `stride` apart; ODD cuts doubles, which are then rounded to halves once.
template <bool ODD = false>
static void load_strided(int64_t enc, const char* from, int64_t stride, float* to, int64_t n) {
  if (stride == 1) {
    load_row<ODD>(enc, from, to, n);
    return;
  }
  const int64_t step = stride * element_size(enc);
  for (int64_t i = 0; i < n; i++) to[i] = load_element<ODD>(from + i * step, enc);
}

// n elements of the axes in row-major order, from the index-th on.
template <bool ODD = false>
static void load_axes(const Axes& a, int64_t enc, const char* data, int64_t index, float* to, int64_t n) {
  const int64_t size = element_size(enc);
  while (n > 0) {
    const int64_t run = least(n, a.last_extent() - index % a.last_extent());
    load_strided<ODD>(enc, data + offset_of(a, index) * size, a.last_stride(), to, run);
    to += run;
    index += run;
    n -= run;
  }
}

// The JVM leaves a native call 80 KiB of a stack that Java has used up.
constexpr int64_t STACK_FLOATS = 2048;

// Floats on the stack, or on the heap if there are many.
class Scratchpad {
 public:
  explicit Scratchpad(int64_t n) : heap_(n > STACK_FLOATS ? 4 * n : 0), data_(n > STACK_FLOATS ? heap_.floats() : stack_) {}
  float* data() const { return data_; }

 private:
  alignas(64) float stack_[STACK_FLOATS];
  Scratch heap_;
  float* data_;
};

constexpr int64_t ELEMENT_GRAIN = 1 << 15;  // elements worth a thread's attention

TL_INLINE int64_t rows_grain(int64_t elements_per_row) { return most(ELEMENT_GRAIN / most(elements_per_row, 1), 1); }

// Rotates the lanes by half, a quarter …, so that a fold over them ends in every lane.
template <class F>
TL_INLINE float fold(VF v, const F& f) {
#if defined(__AVX512F__)
  v = f(v, (VF)__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  v = f(v, (VF)__builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  v = f(v, (VF)__builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  v = f(v, (VF)__builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
#elif defined(__AVX2__)
  v = f(v, (VF)__builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3));
  v = f(v, (VF)__builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5));
  v = f(v, (VF)__builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6));
#else
  v = f(v, (VF)__builtin_shufflevector(v, v, 2, 3, 0, 1));
  v = f(v, (VF)__builtin_shufflevector(v, v, 1, 0, 3, 2));
#endif
  return v[0];
}

// The larger; either if one is NaN.
TL_INLINE VF higher(VF a, VF b) {
#if defined(__AVX512F__)
  return _mm512_max_ps(a, b);
#elif defined(__AVX2__)
  return _mm256_max_ps(a, b);
#elif defined(__aarch64__)
  return vmaxq_f32(a, b);
#else
  return a > b ? a : b;
#endif
}

// The larger (smaller), NaN if either is; of equals the first. The max and min of x86 give their second
// operand if one is NaN.
TL_INLINE VF keep_larger(VF best, VF v) {
#if defined(__AVX512F__)
  return _mm512_mask_mov_ps(_mm512_max_ps(v, best), _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), v);
#elif defined(__AVX2__)
  return _mm256_blendv_ps(_mm256_max_ps(v, best), v, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
#elif defined(__aarch64__)
  return vmaxq_f32(best, v);
#else
  return ((v > best) | (v != v)) ? v : best;
#endif
}

TL_INLINE VF keep_smaller(VF best, VF v) {
#if defined(__AVX512F__)
  return _mm512_mask_mov_ps(_mm512_min_ps(v, best), _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), v);
#elif defined(__AVX2__)
  return _mm256_blendv_ps(_mm256_min_ps(v, best), v, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
#elif defined(__aarch64__)
  return vminq_f32(best, v);
#else
  return ((v < best) | (v != v)) ? v : best;
#endif
}

// The first n lanes of v, the others of `other`.
TL_INLINE VF first_lanes(VF v, int n, float other) {
  VI lane;
  for (int i = 0; i < LANES; i++) lane[i] = i;
  return lane < n ? v : vf(other);
}

}  // namespace TL_LEVEL
}  // namespace tl
