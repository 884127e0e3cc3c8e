// How elementwise kernels walk over strided views of one shape: adjacent axes that all operands step
// through evenly are merged, then two axes are cut into tiles that fit the first-level cache. Operands
// are decoded to floats tile by tile, so that formulas see nothing but dense floats.
#pragma once

#include "memory.h"
#include "pool.h"
#include "transpose.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t TILE = 4096;         // elements, at most
constexpr int64_t GRAIN = 1 << 16;     // elements worth a thread's attention
constexpr int MAX_TILED = 4;           // operands, the output included
constexpr int64_t SMALL_BLOCK = 256;   // elements

struct TileAxis {
  int64_t extent = 1;
  int64_t size = 1;  // of a tile along it
  int64_t count = 1;
  int64_t stride[MAX_TILED] = {};
};

struct Tiles {
  int operands = 0;
  int outer = 0;  // axes that are walked one position at a time
  int64_t extent[MAX_RANK];
  int64_t stride[MAX_TILED][MAX_RANK];
  TileAxis row, col;
  int64_t count = 1;        // of tiles
  bool transposed = false;  // some input's neighbours lie along the rows
};

// One tile: element offsets of every operand's first element, and the tile's extents.
struct Tile {
  int64_t offset[MAX_TILED];
  int64_t rows, cols;
};

// Sets the tiles' size, at most.
TL_LOCAL void cut(Tiles& t, int64_t rows, int64_t cols) {
  t.row.size = least(t.row.extent, rows);
  t.col.size = least(t.col.extent, cols);
  t.count = 1;
  for (int i = 0; i < t.outer; i++) t.count *= t.extent[i];
  for (int k = 0; k < 2; k++) {
    TileAxis& axis = k == 0 ? t.row : t.col;
    axis.count = axis.extent == 0 ? 0 : (axis.extent + axis.size - 1) / axis.size;
    t.count *= axis.count;
  }
}

// Tiles of up to `elements` if no operand is transposed.
TL_LOCAL void cut(Tiles& t, int64_t elements) {
  if (t.transposed) cut(t, TILE / 64, 64);
  else cut(t, most(elements / most(least(t.col.extent, elements), 1), 1), elements);
}

// The last of the views is the output. False unless all have its shape (or broadcast to it).
TL_LOCAL bool plan_tiles(const View* const* views, int operands, Tiles& t) {
  const View& out = *views[operands - 1];
  t.operands = operands;
  int rank = 0;
  for (int64_t axis = 0; axis < out.rank; axis++) {
    int64_t step[MAX_TILED];
    bool merges = rank > 0;
    for (int k = 0; k < operands; k++) {
      const int64_t i = axis - (out.rank - views[k]->rank);
      if (i >= 0 && views[k]->dim[i] != 1 && views[k]->dim[i] != out.dim[axis]) return false;
      step[k] = i < 0 || views[k]->dim[i] == 1 ? 0 : views[k]->stride[i];
      merges = merges && t.stride[k][rank - 1] == step[k] * out.dim[axis];
    }
    if (out.dim[axis] == 1) continue;
    if (merges)
      t.extent[rank - 1] *= out.dim[axis];
    else
      t.extent[rank++] = out.dim[axis];
    for (int k = 0; k < operands; k++) t.stride[k][rank - 1] = step[k];
  }
  for (int k = 0; k < operands; k++)
    if (views[k]->rank > out.rank) return false;

  // Columns are the last axis; rows are an axis that some input has its neighbours along, or the next. An only input
  // whose runs are whole cache lines is read in its own order.
  int row = rank - 2;
  if (operands == 2 && rank > 2 && t.stride[0][rank - 1] == 1 && t.extent[rank - 1] * element_size(out.enc) >= BLOCK_BYTES)
    for (int i = 0; i < rank - 2; i++)
      if (t.stride[0][i] > 0 && t.stride[0][i] < t.stride[0][row]) row = i;
  bool transposed = false;
  for (int k = 0; k < operands - 1 && rank > 1; k++) {
    if (t.stride[k][rank - 1] <= 1) continue;
    for (int i = 0; i < rank - 1; i++)
      if (t.stride[k][i] == 1) {
        row = i;
        transposed = true;
      }
  }
  // Small blocks, each transposed on its own, would be tiles of a few elements: many of them go down their common axis.
  if (transposed && t.extent[row] * t.extent[rank - 1] < SMALL_BLOCK) {
    int longest = row;
    for (int i = 0; i < rank - 1; i++)
      if (t.extent[i] > t.extent[longest]) longest = i;
    transposed = longest == row;
    row = longest;
  }
  const auto take = [&](int i, TileAxis& axis) {
    axis.extent = t.extent[i];
    for (int k = 0; k < operands; k++) axis.stride[k] = t.stride[k][i];
  };
  if (rank > 0) take(rank - 1, t.col);
  if (row >= 0) take(row, t.row);
  for (int i = 0; i < rank - 1; i++) {
    if (i == row) continue;
    t.extent[t.outer] = t.extent[i];
    for (int k = 0; k < operands; k++) t.stride[k][t.outer] = t.stride[k][i];
    t.outer++;
  }
  t.transposed = transposed;
  cut(t, TILE / 2);
  return true;
}

TL_INLINE Tile tile_at(const Tiles& t, int64_t index) {
  Tile tile{};
  const int64_t row = index % t.row.count * t.row.size;
  index /= t.row.count;
  const int64_t col = index % t.col.count * t.col.size;
  index /= t.col.count;
  tile.rows = least(t.row.size, t.row.extent - row);
  tile.cols = least(t.col.size, t.col.extent - col);
  for (int k = 0; k < t.operands; k++) tile.offset[k] = row * t.row.stride[k] + col * t.col.stride[k];
  for (int i = t.outer - 1; i >= 0; i--) {
    const int64_t position = index % t.extent[i];
    index /= t.extent[i];
    for (int k = 0; k < t.operands; k++) tile.offset[k] += position * t.stride[k][i];
  }
  return tile;
}

// Tiles worth a chunk of their own.
TL_INLINE int64_t tile_grain(const Tiles& t) { return most(GRAIN / most(t.row.size * t.col.size, 1), 1); }

// Asks for the memory of a transposed tile ahead of its use: its short runs defeat the hardware's guesses.
TL_LOCAL void prefetch_tile(const Tiles& t, const Tile& tile, int k, const View& view) {
  if (t.row.stride[k] != 1 || t.col.stride[k] <= 1) return;
  const int64_t size = element_size(view.enc), step = t.col.stride[k] * size, bytes = tile.rows * size;
  const char* p = view.data + tile.offset[k] * size;
  for (int64_t c = 0; c < tile.cols; c++, p += step) fetch_lines(p, bytes);
}

constexpr int64_t NARROW = 16;  // columns, for fewer than which a call for every row costs more than the work

template <int64_t ENC>
static void load_narrow(const char* p, int64_t across, int64_t down, const Tile& tile, float* to) {
  constexpr int64_t SIZE = element_size(ENC);
  for (int64_t r = 0; r < tile.rows; r++, p += down * SIZE)
    for (int64_t c = 0; c < tile.cols; c++) *to++ = load_one(p + c * across * SIZE, ENC);
}

// The tile's elements of operand k as dense floats: in place if they are, else in `scratch`.
template <bool ODD = false>
static const float* load_tile(const Tiles& t, const Tile& tile, int k, const View& view, float* scratch) {
  const int64_t size = element_size(view.enc), across = t.col.stride[k], down = t.row.stride[k];
  const char* p = view.data + tile.offset[k] * size;
  const bool one_row = tile.rows == 1 || down == tile.cols * across;
  if (across == 1 && one_row && view.enc == F32) return reinterpret_cast<const float*>(p);
  if (across == 1 && one_row) {
    load_row<ODD>(view.enc, p, scratch, tile.rows * tile.cols);
    return scratch;
  }
  alignas(64) char turned[TILE * 4];
  if (down == 1 && across > 1 && (size == 2 || size == 4)) {
    if (size == 2) {
      transpose(reinterpret_cast<const uint16_t*>(p), across, reinterpret_cast<uint16_t*>(turned), tile.rows, tile.cols);
      load_row<ODD>(view.enc, turned, scratch, tile.rows * tile.cols);
    } else {
      transpose(reinterpret_cast<const float*>(p), across, scratch, tile.rows, tile.cols);
    }
    return scratch;
  }
  if (tile.cols < NARROW && view.enc == (size == 2 ? F16 : F32)) {
    if (size == 2) load_narrow<F16>(p, across, down, tile, scratch);
    else load_narrow<F32>(p, across, down, tile, scratch);
    return scratch;
  }
  for (int64_t r = 0; r < tile.rows; r++) {
    const char* from = p + r * down * size;
    float* to = scratch + r * tile.cols;
    if (across == 1) {
      load_row<ODD>(view.enc, from, to, tile.cols);
    } else if (across == 0) {
      const float value = load_element<ODD>(from, view.enc);
      for (int64_t c = 0; c < tile.cols; c++) to[c] = value;
    } else if (view.enc == F32) {
      for (int64_t c = 0; c < tile.cols; c++) to[c] = item(reinterpret_cast<const float*>(from) + c * across);
    } else {
      for (int64_t c = 0; c < tile.cols; c++) to[c] = load_element<ODD>(from + c * across * size, view.enc);
    }
  }
  return scratch;
}

// Encodes dense floats into the tile of the output, which is the last operand.
TL_LOCAL void store_tile(const Tiles& t, const Tile& tile, const View& out, const float* values, bool stream) {
  const int k = t.operands - 1;
  const int64_t size = element_size(out.enc), across = t.col.stride[k], down = t.row.stride[k];
  char* p = out.data + tile.offset[k] * size;
  int64_t rows = tile.rows, cols = tile.cols;
  if (across == 1 && down == cols) {
    cols *= rows;
    rows = 1;
  }
  for (int64_t r = 0; r < rows; r++) {
    char* to = p + r * down * size;
    const float* from = values + r * cols;
    if (cols >= NARROW && across == 1) {
      store_row(out.enc, from, to, cols, stream);
    } else {
      for (int64_t c = 0; c < cols; c++) store_element(to + c * across * size, out.enc, from[c]);
    }
  }
}

TL_INLINE bool streams(const View& out) { return element_count(out) * element_size(out.enc) >= STREAM_BYTES; }

// A formula over rows of elements as they are stored; every operand an address.
using DirectRow = void (*)(const char* const* in, char* out, int64_t n, bool stream);

// A formula over dense floats.
using FloatRow = void (*)(const float* const* in, float* out, int64_t n);

TL_LOCAL void run_direct(Tiles& t, const View* const* views, DirectRow formula, bool stream) {
  const int inputs = t.operands - 1;
  cut(t, 4 * TILE);
  parallel_for(t.count, tile_grain(t), [&](int64_t begin, int64_t end, int) {
    for (int64_t index = begin; index < end; index++) {
      const Tile tile = tile_at(t, index);
      char* p[MAX_TILED];
      float number[MAX_TILED];
      for (int64_t r = 0; r < tile.rows; r++) {
        for (int k = 0; k < t.operands; k++) {
          p[k] = views[k]->data + (tile.offset[k] + r * t.row.stride[k]) * element_size(views[k]->enc);
          if (k == inputs || t.col.stride[k] != 0) continue;
          number[k] = load_one(p[k], views[k]->enc);
          p[k] = reinterpret_cast<char*>(&number[k]);
        }
        formula(p, p[inputs], tile.cols, stream);
      }
    }
    if (stream) stream_end();
  });
}

// Whether the output's rows are short and follow one another, and every operand's do too, or are all the same, or one
// number each: rows are joined then, and computed as a long one.
TL_LOCAL bool joins_rows(const Tiles& t, const View* const* views) {
  const View& out = *views[t.operands - 1];
  if (t.transposed || t.col.extent < 1 || t.col.extent >= 32 || t.row.extent == 1) return false;
  for (int k = 0; k < t.operands; k++) {
    const int64_t across = t.col.stride[k], down = t.row.stride[k];
    const bool follows = across == 1 && down == t.col.extent, same = across == 1 && down == 0, number = across == 0;
    if (!(follows || (k < t.operands - 1 && (same || number)))) return false;
    if (views[k]->enc != out.enc && !(across == 0 && down == 0)) return false;
  }
  return true;
}

// For one operand of a run of joined rows: how often it is repeated, and what stands for it.
struct Repeated {
  bool rows, elements;   // one row for all rows; one element for all of a row
  char* room;
  int64_t offset, held;  // of what `room` holds, and how many rows
};

constexpr int64_t REPEAT = 16;  // elements written at a time, more than wanted where the next ones come over them

// Writes the tile's elements of an operand that repeats; there is room for REPEAT more.
template <class T>
static void repeat(const T* from, int64_t down, const Tile& tile, bool rows, T* to) {
  const int64_t n = tile.rows * tile.cols;
  if (!rows) {
    for (int64_t r = 0; r < tile.rows; r++, to += tile.cols) {
      T same[REPEAT];
      for (T& element : same) element = item(from + r * down);
      for (int64_t c = 0; c < tile.cols; c += REPEAT) memcpy(to + c, same, sizeof same);
    }
    return;
  }
  memcpy(to, from, sizeof(T) * static_cast<size_t>(tile.cols));
  for (int64_t have = tile.cols; have < n; have *= 2) memcpy(to + have, to, sizeof(T) * static_cast<size_t>(least(have, n - have)));
}

TL_LOCAL int64_t run_joined(Tiles& t, const View* const* views, DirectRow formula, bool stream) {
  const int inputs = t.operands - 1;
  const int64_t size = element_size(views[inputs]->enc);
  cut(t, TILE / t.col.extent, t.col.extent);
  int64_t status = OK;
  parallel_for(t.count, tile_grain(t), [&](int64_t begin, int64_t end, int) {
    Scratch room(inputs * (TILE + REPEAT) * size);
    if (room.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    Repeated repeated[MAX_TILED];
    for (int k = 0; k < inputs; k++)
      repeated[k] = {t.row.stride[k] == 0, t.col.stride[k] == 0, room.data() + k * (TILE + REPEAT) * size, 0, 0};
    for (int64_t index = begin; index < end; index++) {
      const Tile tile = tile_at(t, index);
      char* p[MAX_TILED];
      float number[MAX_TILED];
      for (int k = 0; k < t.operands; k++) {
        p[k] = views[k]->data + tile.offset[k] * element_size(views[k]->enc);
        if (k == inputs || !(repeated[k].rows || repeated[k].elements)) continue;
        Repeated& r = repeated[k];
        if (r.rows && r.elements) {
          number[k] = load_one(p[k], views[k]->enc);
          p[k] = reinterpret_cast<char*>(&number[k]);
          continue;
        }
        if (!r.rows || r.offset != tile.offset[k] || r.held < tile.rows) {
          if (size == 2) repeat(reinterpret_cast<const uint16_t*>(p[k]), t.row.stride[k], tile, r.rows, reinterpret_cast<uint16_t*>(r.room));
          else repeat(reinterpret_cast<const float*>(p[k]), t.row.stride[k], tile, r.rows, reinterpret_cast<float*>(r.room));
          r.offset = tile.offset[k];
          r.held = tile.rows;
        }
        p[k] = r.room;
      }
      formula(p, p[inputs], tile.rows * tile.cols, stream);
    }
    if (stream) stream_end();
  });
  return status;
}

TL_LOCAL int64_t run_decoded(const Tiles& t, const View* const* views, FloatRow formula, bool stream) {
  const int inputs = t.operands - 1;
  const View& out = *views[inputs];
  int64_t status = OK;
  parallel_for(t.count, tile_grain(t), [&](int64_t begin, int64_t end, int) {
    Scratch room(4 * MAX_TILED * TILE);  // more than a stack may have left
    if (room.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    float* scratch[MAX_TILED];
    for (int k = 0; k < MAX_TILED; k++) scratch[k] = room.floats() + k * TILE;
    for (int64_t index = begin; index < end; index++) {
      const Tile tile = tile_at(t, index);
      if (t.transposed && index + 1 < end)
        for (int k = 0; k < inputs; k++) prefetch_tile(t, tile_at(t, index + 1), k, *views[k]);
      const float* in[MAX_TILED];
      for (int k = 0; k < inputs; k++) in[k] = load_tile(t, tile, k, *views[k], scratch[k]);
      formula(in, scratch[inputs], tile.rows * tile.cols);
      store_tile(t, tile, out, scratch[inputs], stream);
    }
    if (stream) stream_end();
  });
  return status;
}

// The forms of one formula, by how the operands are stored: all as halves or not; for all of one encoding (16 or
// 32 bits), with the inputs of `number` (a bit each) constant along the rows; a null form is computed from
// decoded tiles.
struct Formula {
  FloatRow (*decoded)(bool halves) = nullptr;
  DirectRow (*direct)(int64_t enc, int number) = nullptr;
};

TL_LOCAL int64_t for_tiles(const View* const* views, int operands, const Formula& formula) {
  for (int k = 0; k < operands; k++)
    if (views[k]->enc != F32 && views[k]->enc != F16) return ERROR_UNSUPPORTED;
  Tiles t;
  if (!plan_tiles(views, operands, t)) return ERROR_COMMAND;
  const View& out = *views[operands - 1];
  const bool stream = streams(out);
  bool halves = out.enc == F16;
  bool alike = t.col.stride[operands - 1] == 1 && (t.col.extent >= 32 || t.row.extent == 1);
  int number = 0;
  for (int k = 0; k < operands - 1; k++) {
    halves = halves && (views[k]->enc == F16 || views[k]->rank == 0);
    if (t.col.stride[k] == 0)
      number |= 1 << k;
    else
      alike = alike && t.col.stride[k] == 1 && views[k]->enc == out.enc;
  }
  if (joins_rows(t, views)) {
    int numbers = 0;
    for (int k = 0; k < operands - 1; k++)
      if (t.row.stride[k] == 0 && t.col.stride[k] == 0) numbers |= 1 << k;
    if (const DirectRow direct = formula.direct(out.enc, numbers)) return run_joined(t, views, direct, stream);
  }
  const DirectRow direct = alike ? formula.direct(out.enc, number) : nullptr;
  if (direct == nullptr) return run_decoded(t, views, formula.decoded(halves), stream);
  run_direct(t, views, direct, stream);
  return OK;
}

}  // namespace TL_LEVEL
}  // namespace tl
