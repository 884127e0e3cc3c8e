// rope: rotates pairs of the last axis of x [..., positions, heads, d] by given cosines and sines.
#include "axes.h"
#include "kernels.h"

namespace tl {
namespace TL_LEVEL {

// The cosines and sines of one position for every rotated element; a pair's second sine is positive.
static void expand_angles(const View& cos, const View& sin, int64_t position, bool halves, float* c, float* s) {
  const int64_t pairs = cos.dim[1];
  const float* cos_row = reinterpret_cast<const float*>(cos.data) + position * cos.stride[0];
  const float* sin_row = reinterpret_cast<const float*>(sin.data) + position * sin.stride[0];
  for (int64_t i = 0; i < pairs; i++) {
    const int64_t first = halves ? i : 2 * i, second = halves ? i + pairs : 2 * i + 1;
    c[first] = c[second] = cos_row[i * cos.stride[1]];
    s[second] = sin_row[i * sin.stride[1]];
    s[first] = -s[second];
  }
}

// The other element of every pair of neighbours.
TL_INLINE VF exchanged(VF v) {
#if defined(__AVX512F__)
  return _mm512_permute_ps(v, 0xB1);
#elif defined(__AVX2__)
  return _mm256_permute_ps(v, 0xB1);
#else
  return __builtin_shufflevector(v, v, 1, 0, 3, 2);
#endif
}

// out[i] = x[i] · c[i] + other(i) · s[i] for the first n elements of both.
template <int64_t IN, int64_t OUT>
TL_INLINE void rotate_half(const char* x, const char* other, char* out, const float* c, const float* s, int64_t n, bool stream) {
  produce<OUT>(
      out, n, stream, [&](int64_t i) { return load_at<IN>(x, i) * load(c + i) + load_at<IN>(other, i) * load(s + i); },
      [&](int64_t i, int m) { return load_at<IN>(x, i, m) * load_n(c + i, m) + load_at<IN>(other, i, m) * load_n(s + i, m); },
      [&](int64_t i) { fetch_pair<IN>(x, i); });
}

// Both halves at once, n elements each, of which one is the other's counterpart: whole lines, streamed.
template <int64_t IN, int64_t OUT>
static void stream_halves(const char* x, char* out, const float* c, const float* s, int64_t n) {
  const char* other = x + n * element_size(IN);
  char* other_out = out + n * element_size(OUT);
  for (int64_t i = 0; i < n; i += 2 * LANES) {
    fetch_pair<IN>(x, i), fetch_pair<IN>(other, i);
    const VF a0 = load_at<IN>(x, i), a1 = load_at<IN>(x, i + LANES), b0 = load_at<IN>(other, i), b1 = load_at<IN>(other, i + LANES);
    const VF c0 = load(c + i), c1 = load(c + i + LANES), s0 = load(s + n + i), s1 = load(s + n + i + LANES);
    stream_pair<OUT>(out + i * element_size(OUT), a0 * c0 - b0 * s0, a1 * c1 - b1 * s1);
    stream_pair<OUT>(other_out + i * element_size(OUT), b0 * c0 + a0 * s0, b1 * c1 + a1 * s1);
  }
}

// The first r elements of x rotated, pairs are r / 2 apart or neighbours; the others, up to d, as they are.
template <int64_t IN, int64_t OUT>
static void rotate_row(const char* x, char* out, const float* c, const float* s, int64_t r, int64_t d, bool halves, bool stream) {
  const int64_t size = element_size(IN), out_size = element_size(OUT);
  if (halves) {
    const int64_t half = r / 2;
    const bool lines = (reinterpret_cast<uintptr_t>(out) | static_cast<uintptr_t>(half * out_size)) % sizeof(Line) == 0;
    if (stream && lines && half % (2 * LANES) == 0) {
      stream_halves<IN, OUT>(x, out, c, s, half);
    } else {
      rotate_half<IN, OUT>(x, x + half * size, out, c, s, half, stream);
      rotate_half<IN, OUT>(x + half * size, x, out + half * out_size, c + half, s + half, half, stream);
    }
  } else {
    const bool whole = before_line(out, out_size, r) == 0;  // else vectors would begin between two of a pair
    produce<OUT>(
        out, r, stream && whole,
        [&](int64_t i) {
          const VF v = load_at<IN>(x, i);
          return v * load(c + i) + exchanged(v) * load(s + i);
        },
        [&](int64_t i, int m) {
          const VF v = load_at<IN>(x, i, m);
          return v * load_n(c + i, m) + exchanged(v) * load_n(s + i, m);
        },
        [&](int64_t i) { fetch_pair<IN>(x, i); });
  }
  if (r < d) convert_row<IN, OUT>(x + r * size, out + r * out_size, d - r, stream);
}

int64_t rope(const Command& c) {
  const View &x = c.operand[0], &cos = c.operand[1], &sin = c.operand[2], &out = c.operand[3];
  if (x.rank < 3 || cos.rank != 2 || sin.rank != 2 || !dense(out) || element_count(out) != element_count(x)) return ERROR_COMMAND;
  if ((x.enc != F32 && x.enc != F16) || (out.enc != F32 && out.enc != F16) || cos.enc != F32 || sin.enc != F32) return ERROR_UNSUPPORTED;
  const int64_t d = x.dim[x.rank - 1], heads = x.dim[x.rank - 2], positions = x.dim[x.rank - 3], r = 2 * cos.dim[1];
  if (r > d || cos.dim[0] < positions || sin.dim[0] < positions || sin.dim[1] != cos.dim[1]) return ERROR_COMMAND;
  const bool halves = integer(c, 0) != 0;
  const Axes leading = merged_axes(x, 0, x.rank - 2);
  const int64_t size = element_size(x.enc), out_size = element_size(out.enc);
  const bool stream = element_count(out) * out_size >= STREAM_BYTES;
  int64_t status = OK;
  const bool in_place = x.stride[x.rank - 1] == 1, from_halves = in_place && x.enc == F16;
  const auto rotate = out.enc == F16 ? (from_halves ? rotate_row<F16, F16> : rotate_row<F32, F16>)
                                     : (from_halves ? rotate_row<F16, F32> : rotate_row<F32, F32>);
  parallel_for(leading.count, rows_grain(heads * d), [&](int64_t begin, int64_t end, int) {
    Scratchpad room(3 * d);
    if (room.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    float *row = room.data(), *cosines = row + d, *sines = cosines + d;
    for (int64_t i = begin; i < end; i++) {
      expand_angles(cos, sin, i % positions, halves, cosines, sines);
      const int64_t offset = offset_of(leading, i);
      for (int64_t head = 0; head < heads; head++) {
        const char* from = x.data + (offset + head * x.stride[x.rank - 2]) * size;
        if (!in_place) {
          load_strided(x.enc, from, x.stride[x.rank - 1], row, d);
          from = reinterpret_cast<const char*>(row);
        }
        rotate(from, out.data + (i * heads + head) * d * out_size, cosines, sines, r, d, halves, stream);
      }
    }
    if (stream) stream_end();
  });
  return status;
}

}  // namespace TL_LEVEL
}  // namespace tl
