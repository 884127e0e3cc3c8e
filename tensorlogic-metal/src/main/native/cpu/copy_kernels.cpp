// copy: strided, transposed and converting copies of f32, f16, bf16, f64, 8-bit and packed elements.
#include "kernels.h"
#include "memory.h"
#include "packed.h"
#include "tiles.h"

namespace tl {
namespace TL_LEVEL {

static void copy_bytes(const char* from, char* to, int64_t bytes, bool stream) {
  if (stream)
    stream_bytes(from, to, bytes);
  else
    memcpy(to, from, static_cast<size_t>(bytes));
}

// One tile between views of the same encoding, elements of type T left as they are.
template <class T>
static void copy_tile(const Tiles& t, const Tile& tile, const View& x, const View& out, bool stream) {
  const T* from = reinterpret_cast<const T*>(x.data) + tile.offset[0];
  T* to = reinterpret_cast<T*>(out.data) + tile.offset[1];
  int64_t down = t.row.stride[0], across = t.col.stride[0];
  const int64_t out_down = t.row.stride[1], out_across = t.col.stride[1];
  if (down == 1 && across > 1 && out_across == 1 && tile.cols * int64_t{sizeof(T)} == BLOCK_BYTES)
    return transpose_blocks(from, across, to, out_down, tile.rows, stream);
  alignas(64) T turned[TILE];
  if (down == 1 && across > 1 && out_across == 1) {
    transpose(from, across, turned, tile.rows, tile.cols);
    from = turned;
    down = tile.cols;
    across = 1;
  }
  for (int64_t r = 0; r < tile.rows; r++, from += down, to += out_down) {
    if (across == 1 && out_across == 1 && tile.cols >= NARROW)
      copy_bytes(reinterpret_cast<const char*>(from), reinterpret_cast<char*>(to), tile.cols * int64_t{sizeof(T)}, stream);
    else
      for (int64_t c = 0; c < tile.cols; c++) to[c * out_across] = item(from + c * across);
  }
}

template <int64_t FROM, int64_t TO>
static void convert_tile(const Tiles& t, const Tile& tile, const View& x, const View& out, bool stream) {
  constexpr bool ODD = FROM == F64_ODD;
  if (t.col.stride[0] == 1 && t.col.stride[1] == 1) {
    for (int64_t r = 0; r < tile.rows; r++)
      convert_row<FROM, TO>(x.data + (tile.offset[0] + r * t.row.stride[0]) * element_size(x.enc),
                            out.data + (tile.offset[1] + r * t.row.stride[1]) * element_size(TO), tile.cols, stream);
    return;
  }
  alignas(64) float scratch[TILE];
  store_tile(t, tile, out, load_tile<ODD>(t, tile, 0, x, scratch), stream);
}

// Elements of any other encoding, by way of floats.
static void decode_tile(const Tiles& t, const Tile& tile, const View& x, const View& out, bool stream) {
  alignas(64) float scratch[TILE];
  store_tile(t, tile, out, load_tile(t, tile, 0, x, scratch), stream);
}

using TileCopy = void (*)(const Tiles&, const Tile&, const View&, const View&, bool);

static TileCopy tile_copy(int64_t from, int64_t to) {
  if (from == to) return element_size(from) == 2 ? copy_tile<uint16_t> : copy_tile<uint32_t>;
  switch (from) {
    case F32: return convert_tile<F32, F16>;
    case F16: return convert_tile<F16, F32>;
    case BF16: return to == F16 ? convert_tile<BF16, F16> : convert_tile<BF16, F32>;
    case F64: return to == F16 ? convert_tile<F64_ODD, F16> : convert_tile<F64, F32>;
    default: return decode_tile;
  }
}

static int64_t copy_tiles(const View& x, const View& out) {
  const View* views[] = {&x, &out};
  Tiles t;
  if (!plan_tiles(views, 2, t)) return ERROR_COMMAND;
  const TileCopy one = tile_copy(x.enc, out.enc);
  const bool stream = streams(out), blocks = t.transposed && x.enc == out.enc;
  if (blocks) cut(t, TILE / 64, BLOCK_BYTES / element_size(out.enc));
  parallel_for(t.count, tile_grain(t), [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; i++) {
      if (t.transposed && !blocks && i + 1 < end) prefetch_tile(t, tile_at(t, i + 1), 0, x);
      one(t, tile_at(t, i), x, out, stream);
    }
    if (stream) stream_end();
  });
  return OK;
}

// A packed tensor is one long row of blocks.
static void copy_packed(const PackedFormat& format, const View& x, const View& out) {
  const int64_t n = element_count(x), size = element_size(out.enc);
  const bool stream = streams(out);
  parallel_for(ceil_div(n, TILE), GRAIN / TILE, [&](int64_t begin, int64_t end, int) {
    alignas(64) float tile[TILE];
    for (int64_t i = begin * TILE; i < least(end * TILE, n); i += TILE) {
      const int64_t m = least(TILE, n - i);
      format.decode(x.data + i / format.block * format.bytes, 0, m, tile);
      store_row(out.enc, tile, out.data + i * size, m, stream);
    }
    if (stream) stream_end();
  });
}

int64_t copy(const Command& c) {
  const View &x = c.operand[0], &out = c.operand[1];
  if (out.enc != F32 && out.enc != F16) return ERROR_UNSUPPORTED;
  if (element_size(x.enc) != 0) {
    const bool known = x.enc == F32 || x.enc == F16 || x.enc == BF16 || x.enc == F64 || f8_values(x.enc) != nullptr;
    return known ? copy_tiles(x, out) : ERROR_UNSUPPORTED;
  }
  const PackedFormat* format = packed_format(x.enc);
  if (format == nullptr || !dense(x)) return ERROR_UNSUPPORTED;
  const int64_t n = element_count(x);
  if (n != element_count(out) || n % format->block != 0) return ERROR_COMMAND;
  if (dense(out)) {
    copy_packed(*format, x, out);
    return OK;
  }
  Scratch decoded(n * element_size(out.enc));
  if (decoded.data() == nullptr) return ERROR_MEMORY;
  View whole = x;
  whole.data = decoded.data();
  whole.enc = out.enc;
  copy_packed(*format, x, whole);
  return copy_tiles(whole, out);
}

}  // namespace TL_LEVEL
}  // namespace tl
