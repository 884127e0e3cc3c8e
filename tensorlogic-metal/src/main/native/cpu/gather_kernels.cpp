// gather and scatter: rows of the first axis, chosen by an index vector.
#include "axes.h"
#include "kernels.h"
#include "packed.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t SPAN = 4096;  // elements of a row decoded at a time: whole blocks of every packed encoding

// False unless all indices lie in 0 … n - 1.
static bool in_range(const View& rows, int64_t n) {
  for (int64_t i = 0; i < rows.dim[0]; i++) {
    const int64_t row = reinterpret_cast<const int32_t*>(rows.data)[i * rows.stride[0]];
    if (row < 0 || row >= n) return false;
  }
  return true;
}

TL_INLINE int64_t index_at(const View& rows, int64_t i) { return reinterpret_cast<const int32_t*>(rows.data)[i * rows.stride[0]]; }

// out[i, …] = table[rows[i], …]; a packed table is row-major.
int64_t gather(const Command& c) {
  const View &table = c.operand[0], &rows = c.operand[1], &out = c.operand[2];
  if (table.rank < 1 || rows.rank != 1 || rows.enc != I32 || out.rank < 1 || out.dim[0] != rows.dim[0] || !dense(out)) return ERROR_COMMAND;
  const PackedFormat* packed = packed_format(table.enc);
  const bool plain = table.enc == F32 || table.enc == F16 || table.enc == BF16 || table.enc == F64 || f8_values(table.enc) != nullptr;
  if (packed == nullptr && !plain) return ERROR_UNSUPPORTED;
  if (out.enc != F32 && out.enc != F16) return ERROR_UNSUPPORTED;
  if (!in_range(rows, table.dim[0])) return ERROR_INDEX;
  const Axes rest = merged_axes(table, 1, table.rank);
  const int64_t n = rest.count, size = element_size(table.enc), out_size = element_size(out.enc);
  if (element_count(out) != n * rows.dim[0]) return ERROR_COMMAND;
  const bool stream = element_count(out) * out_size >= STREAM_BYTES;
  const bool whole = rest.rank <= 1 && rest.last_stride() == 1;
  const auto load = out.enc == F16 ? load_axes<true> : load_axes<false>;
  parallel_for(rows.dim[0], rows_grain(n), [&](int64_t begin, int64_t end, int) {
    alignas(64) float span[SPAN];
    for (int64_t i = begin; i < end; i++) {
      const int64_t row = index_at(rows, i);
      char* to = out.data + i * n * out_size;
      if (packed == nullptr && whole && table.enc == out.enc) {
        const char* from = table.data + row * table.stride[0] * size;
        if (stream)
          stream_bytes(from, to, n * size);
        else
          memcpy(to, from, static_cast<size_t>(n * size));
        continue;
      }
      for (int64_t k = 0; k < n; k += SPAN) {
        const int64_t m = least(SPAN, n - k);
        if (packed != nullptr)
          packed->decode(table.data + row * (n / packed->block * packed->bytes), k, m, span);
        else
          load(rest, table.enc, table.data + row * table.stride[0] * size, k, span, m);
        store_row(out.enc, span, to + k * out_size, m, stream);
      }
    }
    if (stream) stream_end();
  });
  return OK;
}

// n floats into elements of the axes in row-major order, from the index-th on.
static void store_axes(const Axes& a, int64_t enc, char* data, int64_t index, const float* from, int64_t n) {
  const int64_t size = element_size(enc);
  while (n > 0) {
    const int64_t run = least(n, a.last_extent() - index % a.last_extent());
    char* to = data + offset_of(a, index) * size;
    if (a.last_stride() == 1)
      store_row(enc, from, to, run, false);
    else
      for (int64_t i = 0; i < run; i++) store_element(to + i * a.last_stride() * size, enc, from[i]);
    from += run;
    index += run;
    n -= run;
  }
}

// out[rows[i], …] = or += source[i, …], in the order of i: every task takes the same span of all rows.
int64_t scatter(const Command& c) {
  const View &rows = c.operand[0], &source = c.operand[1], &out = c.operand[2];
  const bool add = integer(c, 0) == SCATTER_ADD;
  if (out.rank < 1 || rows.rank != 1 || rows.enc != I32 || source.rank < 1 || source.dim[0] != rows.dim[0]) return ERROR_COMMAND;
  if ((source.enc != F32 && source.enc != F16) || (out.enc != F32 && out.enc != F16)) return ERROR_UNSUPPORTED;
  if (!in_range(rows, out.dim[0])) return ERROR_INDEX;
  const Axes rest = merged_axes(source, 1, source.rank), target = merged_axes(out, 1, out.rank);
  const int64_t n = rest.count, size = element_size(source.enc), out_size = element_size(out.enc);
  if (target.count != n) return ERROR_COMMAND;
  constexpr int64_t COLUMNS = 256;
  parallel_for(ceil_div(n, COLUMNS), rows_grain(COLUMNS * rows.dim[0]), [&](int64_t begin, int64_t end, int) {
    alignas(64) float span[COLUMNS], old[COLUMNS];
    for (int64_t k = begin * COLUMNS; k < least(end * COLUMNS, n); k += COLUMNS) {
      const int64_t m = least(COLUMNS, n - k);
      for (int64_t i = 0; i < rows.dim[0]; i++) {
        char* to = out.data + index_at(rows, i) * out.stride[0] * out_size;
        load_axes(rest, source.enc, source.data + i * source.stride[0] * size, k, span, m);
        if (add) {
          load_axes(target, out.enc, to, k, old, m);
          for (int64_t j = 0; j < m; j++) span[j] += old[j];
        }
        store_axes(target, out.enc, to, k, span, m);
      }
    }
  });
  return OK;
}

}  // namespace TL_LEVEL
}  // namespace tl
