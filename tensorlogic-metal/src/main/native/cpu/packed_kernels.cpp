// Packed weights: what packed.h declares, for every format.
#include "memory.h"
#include "packed_activations.h"
#include "pool.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t GRAIN_BYTES = 1 << 16;  // weights worth a chunk of the pool's work
constexpr int FEW = 4;                    // rows of activations multiplied with a row of weights at a time

// Calls multiply(row of weights, streams, i, rows, out) for one or STREAMS rows of weights and ROWS rows of a, from
// i on, at a time; out[s · rows + r] is the product of row s of the weights and row r of a.
template <int ROWS, class Multiply>
static void for_each_row(const Product& p, Multiply&& multiply) {
  constexpr int64_t BLOCK = 64;
  const int64_t grain = ceil_div(GRAIN_BYTES, most(p.b.row, 1) * BLOCK);  // a repeated row is 0 bytes apart
  parallel_for(ceil_div(p.n, BLOCK), grain, [&](int64_t begin, int64_t end, int) {
    float sums[ROWS * BLOCK];
    for (int64_t block = begin; block < end; block++) {
      const int64_t first = block * BLOCK, columns = least(BLOCK, p.n - first);
      for (int64_t i = 0; i < p.m; i += ROWS) {
        const int rows = static_cast<int>(least(ROWS, p.m - i));
        int streams = STREAMS;
        for (int64_t j = 0; j < columns; j += streams) {
          if (j + streams > columns) streams = 1;
          float out[STREAMS * ROWS];
          multiply(p.b.data + (first + j) * p.b.row, streams, i, rows, out);
          for (int s = 0; s < streams; s++)
            for (int r = 0; r < rows; r++) sums[r * BLOCK + j + s] = out[s * rows + r];
        }
        finish(p, i, first, rows, columns, sums, BLOCK);
      }
    }
  });
}

// Integers ---------------------------------------------------------------------------------------

// Adds a part of an activation to a column, the first one as 0.
template <int GROUP, int PARTS>
static void arrange(const PackedCode& f, const Quantized& q, int part, Column<GROUP, PARTS>& column) {
  for (int piece = 0; piece < 16; piece++) memcpy(column.code[part] + 16 * piece, q.code + 16 * f.half[piece], 16);
  for (int i = 0; i < CHUNK / GROUP; i++) column.scale[i] = q.scale[i * GROUP / 32];
  const float factor = f.offsets ? 1 : static_cast<float>(-f.zero);
  for (int i = 0; i < CHUNK / GROUP; i++)
    column.sum[i] = (part == 0 ? 0 : column.sum[i]) + column.scale[i] * (factor * static_cast<float>(q.sum(i, GROUP)));
}

// Rows of a as integers in PARTS parts. False if an activation is not finite, or too large or small to be parted.
template <int GROUP, int PARTS>
static bool split_rows(const PackedCode& f, const Product& p, char* memory) {
  Column<GROUP, PARTS>* x = reinterpret_cast<Column<GROUP, PARTS>*>(memory);
  const int64_t chunks = ceil_div(p.k, CHUNK);
  bool ordinary = true;
  for (int64_t i = 0; i < p.m; i++) {
    for (int64_t chunk = 0; chunk < chunks; chunk++, x++) {
      float values[CHUNK];
      Quantized q;
      read_chunk(p, i, chunk * CHUNK, values);
      quantize(values, q);
      arrange(f, q, 0, *x);
      ordinary = ordinary && q.ordinary();
#pragma GCC unroll 3
      for (int part = 1; part < PARTS; part++) {
        quantize_rest(values, q);
        arrange(f, q, part, *x);
      }
    }
  }
  return ordinary;
}

template <int PARTS>
static int64_t row_bytes(const PackedCode& f, int64_t k) {
  const size_t column = f.group == 16 ? sizeof(Column<16, PARTS>) : sizeof(Column<32, PARTS>);
  return ceil_div(k, CHUNK) * static_cast<int64_t>(column);
}

template <int PARTS>
static bool split_rows(const PackedCode& f, const Product& p, char* memory) {
  return f.group == 16 ? split_rows<16, PARTS>(f, p, memory) : split_rows<32, PARTS>(f, p, memory);
}

// Products with up to ROWS rows at a time of what split_rows has left, `row` bytes each.
template <int ROWS>
static void multiply_rows(const PackedCode& f, const Dots& dots, const Product& p, const char* x, int64_t row) {
  const uint8_t* limit = reinterpret_cast<const uint8_t*>(p.b.data) + (p.n - 1) * p.b.row + p.k * f.chunk_bytes / CHUNK;
  for_each_row<ROWS>(p, [&](const char* packed, int streams, int64_t i, int rows, float* out) {
    const uint8_t* weights = reinterpret_cast<const uint8_t*>(packed);
    const char* column[ROWS];
    for (int r = 0; r < ROWS; r++) column[r] = x + (i + (r < rows ? r : 0)) * row;
    if (streams > 1 && rows == 1) return dots.streams(weights, p.b.row, limit, p.k, column, out);
    const DotRows dot = rows == 1 ? dots.one : rows == 2 ? dots.two : dots.four;
    for (int s = 0; s < streams; s++, weights += p.b.row, out += rows) {
      float four[4];  // three rows are multiplied as four
      dot(weights, p.b.row, limit, p.k, column, four);
      for (int r = 0; r < rows; r++) out[r] = four[r];
    }
  });
}

int64_t fast_product(const PackedFormat& format, const Product& p) {
  const PackedCode& f = *format.code;
  if (p.m > 2 * FEW) return panel_product(f, p);
  const int64_t row = row_bytes<1>(f, p.k);
  Scratch x(p.m * row);
  if (x.data() == nullptr) return ERROR_MEMORY;
  split_rows<1>(f, p, x.data());
  multiply_rows<FEW>(f, f.fast, p, x.data(), row);
  return OK;
}

// Floats -----------------------------------------------------------------------------------------

constexpr int DECODED_ROWS = 16;  // of activations, for which a weight is decoded once: as many as come here
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int DECODED_WEIGHTS = 4;  // rows of weights multiplied with four of activations in registers
#else
constexpr int DECODED_WEIGHTS = 2;
#endif

// sums[w][r] += row w of the chunk's decoded weights · row r of the activations, from `first` on.
template <int Weights, int Rows>
static __attribute__((noinline)) void multiply_chunk(const float (*weights)[CHUNK], const float* const* row, int64_t first, VF (*sums)[4]) {
  VF s[Weights][Rows];
#pragma GCC unroll 4
  for (int w = 0; w < Weights; w++)
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) s[w][r] = sums[w][r];
  for (int e = 0; e < CHUNK; e += LANES) {
    VF x[Rows];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) x[r] = load(row[r] + first + e);
#pragma GCC unroll 4
    for (int w = 0; w < Weights; w++) {
      const VF weight = load(weights[w] + e);
#pragma GCC unroll 4
      for (int r = 0; r < Rows; r++) s[w][r] = fma(weight, x[r], s[w][r]);
    }
  }
#pragma GCC unroll 4
  for (int w = 0; w < Weights; w++)
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) sums[w][r] = s[w][r];
}

template <int Weights>
static void multiply_decoded(const PackedCode& f, const Product& p, const char* weights, const float* const* row, int rows, float* out) {
  VF sums[DECODED_ROWS / 4][Weights][4] = {};
  alignas(64) float values[Weights][CHUNK];
  uint8_t last[MOST_CHUNK_BYTES];
  for (int64_t first = 0; first < p.k; first += CHUNK, weights += f.chunk_bytes) {
    for (int w = 0; w < Weights; w++) {
      const uint8_t* packed = reinterpret_cast<const uint8_t*>(weights + w * p.b.row);
      f.decode(whole_chunk(packed, p.k - first, f.chunk_bytes, last), values[w]);
    }
    for (int r = 0; r < rows; r += 4) {
      if (rows - r <= 2) multiply_chunk<Weights, 2>(values, row + r, first, sums[r / 4]);
      else multiply_chunk<Weights, 4>(values, row + r, first, sums[r / 4]);
    }
  }
  for (int w = 0; w < Weights; w++)
    for (int r = 0; r < rows; r++) out[w * rows + r] = sum(sums[r / 4][w][r % 4]);
}

static int64_t decoded_product(const PackedCode& f, const Product& p) {
  const int64_t chunks = ceil_div(p.k, CHUNK), padded = chunks * CHUNK;
  Scratch x(p.m * padded * static_cast<int64_t>(sizeof(float)));
  if (x.data() == nullptr) return ERROR_MEMORY;
  for (int64_t i = 0; i < p.m; i++)
    for (int64_t chunk = 0; chunk < chunks; chunk++)
      read_chunk(p, i, chunk * CHUNK, x.floats() + i * padded + chunk * CHUNK);

  for_each_row<DECODED_ROWS>(p, [&](const char* weights, int streams, int64_t i, int rows, float* out) {
    const float* row[DECODED_ROWS];  // the last one stands for those that are not there
    for (int r = 0; r < DECODED_ROWS; r++) row[r] = x.floats() + (i + least(r, rows - 1)) * padded;
    if (streams == 1) return multiply_decoded<1>(f, p, weights, row, rows, out);
    for (int s = 0; s < streams; s += DECODED_WEIGHTS)
      multiply_decoded<DECODED_WEIGHTS>(f, p, weights + s * p.b.row, row, rows, out + s * rows);
  });
  return OK;
}

// One row of a is multiplied in integers; more rows are multiplied with decoded weights, decoded once for all.
int64_t exact_product(const PackedFormat& format, const Product& p) {
  const PackedCode& f = *format.code;
  if (p.m > 1 || f.exact.one == nullptr) return decoded_product(f, p);
  const int64_t row = row_bytes<EXACT_PARTS>(f, p.k);
  Scratch x(row);
  if (x.data() == nullptr) return ERROR_MEMORY;
  if (!split_rows<EXACT_PARTS>(f, p, x.data())) return decoded_product(f, p);
  multiply_rows<1>(f, f.exact, p, x.data(), row);
  return OK;
}

const PackedFormat* packed_format(int64_t enc) {
  const PackedFormat* format = block_format(enc);
  if (format == nullptr) format = super_format(enc);
  return format != nullptr ? format : codebook_format(enc);
}

}  // namespace TL_LEVEL
}  // namespace tl
