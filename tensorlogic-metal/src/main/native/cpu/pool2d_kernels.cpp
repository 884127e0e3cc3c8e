// pool2d: the largest element or the mean of windows over the last two axes of x [n, c, h, w].
#include "axes.h"
#include "kernels.h"

namespace tl {
namespace TL_LEVEL {

TL_INLINE float keep_larger(float best, float v) { return v > best || v != v ? v : best; }

namespace {

struct Windows {
  View x, out;
  int64_t op, height, width, stride_h, stride_w, pad_h, pad_w;
  bool count_padding;
};

// down[x] joins column x of the window's rows; `row` has room for one.
int64_t join_window_rows(const Windows& p, const char* plane, int64_t first, float* down, float* row) {
  const int64_t w = p.x.dim[3];
  int64_t rows = 0;
  for (int64_t y = most(first, 0); y < least(first + p.height, p.x.dim[2]); y++, rows++) {
    load_strided(p.x.enc, plane + y * p.x.stride[2] * element_size(p.x.enc), p.x.stride[3], rows == 0 ? down : row, w);
    if (rows == 0) continue;
    int64_t i = 0;
    if (p.op == POOL_MAX) {
      for (; i + LANES <= w; i += LANES) store(down + i, keep_larger(load(down + i), load(row + i)));
      for (; i < w; i++) down[i] = keep_larger(down[i], row[i]);
    } else {
      for (; i < w; i++) down[i] += row[i];
    }
  }
  return rows;
}

void pool_row(const Windows& p, const float* down, int64_t rows, float* result) {
  for (int64_t i = 0; i < p.out.dim[3]; i++) {
    const int64_t from = i * p.stride_w - p.pad_w, begin = most(from, 0), end = least(from + p.width, p.x.dim[3]);
    float value = p.op == POOL_MAX ? -__builtin_inff() : 0;
    for (int64_t x = begin; x < end && rows > 0; x++) value = p.op == POOL_MAX ? keep_larger(value, down[x]) : value + down[x];
    const int64_t count = p.count_padding ? p.height * p.width : rows * most(end - begin, 0);
    result[i] = p.op == POOL_MAX ? value : value / static_cast<float>(count);
  }
}

}  // namespace

int64_t pool2d(const Command& c) {
  const Windows p{c.operand[0], c.operand[1], integer(c, 0), integer(c, 1), integer(c, 2), integer(c, 3),
                  integer(c, 4), integer(c, 5), integer(c, 6), integer(c, 7) != 0};
  if (p.x.rank != 4 || p.out.rank != 4 || !dense(p.out) || p.x.dim[0] != p.out.dim[0] || p.x.dim[1] != p.out.dim[1]) return ERROR_COMMAND;
  if ((p.x.enc != F32 && p.x.enc != F16) || (p.out.enc != F32 && p.out.enc != F16)) return ERROR_UNSUPPORTED;
  if (p.op != POOL_MAX && p.op != POOL_AVERAGE) return ERROR_UNSUPPORTED;
  if (p.stride_h < 1 || p.stride_w < 1) return ERROR_COMMAND;
  const int64_t rows = p.out.dim[2], width = p.out.dim[3], size = element_size(p.out.enc);
  const Axes planes = merged_axes(p.x, 0, 2);
  int64_t status = OK;
  parallel_for(element_count(p.out) == 0 ? 0 : planes.count * rows, rows_grain(p.x.dim[3] * p.height), [&](int64_t begin, int64_t end, int) {
    Scratchpad down(p.x.dim[3]), row(p.x.dim[3]), result(width);
    if (down.data() == nullptr || row.data() == nullptr || result.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    for (int64_t i = begin; i < end; i++) {
      const char* plane = p.x.data + offset_of(planes, i / rows) * element_size(p.x.enc);
      const int64_t seen = join_window_rows(p, plane, i % rows * p.stride_h - p.pad_h, down.data(), row.data());
      pool_row(p, down.data(), seen, result.data());
      store_row(p.out.enc, result.data(), p.out.data + i * width * size, width, false);
    }
  });
  return status;
}

}  // namespace TL_LEVEL
}  // namespace tl
