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

// x[i] = x[i] · cos + (the other element of its pair) · sin for the first r elements.
static void rotate(float* x, const float* c, const float* s, int64_t r, bool halves, float* other) {
  if (halves) {
    memcpy(other, x + r / 2, 2 * static_cast<size_t>(r));
    memcpy(other + r / 2, x, 2 * static_cast<size_t>(r));
  } else {
    for (int64_t i = 0; i < r; i += 2) {
      other[i] = x[i + 1];
      other[i + 1] = x[i];
    }
  }
  int64_t i = 0;
  for (; i + LANES <= r; i += LANES) store(x + i, load(x + i) * load(c + i) + load(other + i) * load(s + i));
  for (; i < r; i++) x[i] = x[i] * c[i] + other[i] * s[i];
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
  parallel_for(leading.count, rows_grain(heads * d), [&](int64_t begin, int64_t end, int) {
    Floats room(4 * d);
    if (room.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    float *row = room.data(), *cosines = row + d, *sines = cosines + d, *other = sines + d;
    for (int64_t i = begin; i < end; i++) {
      expand_angles(cos, sin, i % positions, halves, cosines, sines);
      const int64_t offset = offset_of(leading, i);
      for (int64_t head = 0; head < heads; head++) {
        load_strided(x.enc, x.data + (offset + head * x.stride[x.rank - 2]) * size, x.stride[x.rank - 1], row, d);
        rotate(row, cosines, sines, r, halves, other);
        store_row(out.enc, row, out.data + (i * heads + head) * d * out_size, d, stream);
      }
    }
    if (stream) stream_end();
  });
  return status;
}

}  // namespace TL_LEVEL
}  // namespace tl
