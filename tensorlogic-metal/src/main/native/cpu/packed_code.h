// What the products of packed weights need of a format: the same functions for all of them, made from the
// format's class by packed_rows.h.
#pragma once

#include "packed.h"
#include "packed_lanes.h"

namespace tl {
namespace TL_LEVEL {

constexpr int CHUNK = 256;  // elements that are read at a time
constexpr int VECTORS = CHUNK / WIDTH;
constexpr int STREAMS = 4;  // rows of weights read side by side
constexpr int EXACT_PARTS = 3;  // leave at most 2^-22 of the largest activation among 32, about what float does

// out[s * rows + r] = row s of the weights, `step` bytes apart, · row r of the activations, k elements each; the last
// row of all weights ends at `limit`. A row of activations is a Column for each chunk.
using DotRows = void (*)(const uint8_t* weights, int64_t step, const uint8_t* limit, int64_t k, const char* const* rows,
                         float* out);

// The products that there are of a format: rows of weights x rows of activations.
struct Dots {
  DotRows one, two, four;  // one row of weights, and so many of activations
  DotRows streams;         // STREAMS rows of weights, and one of activations
};

struct PackedCode {
  int64_t chunk_bytes;
  int group, zero;
  bool is_signed, offsets;
  const int* half;  // piece p of the codes holds the elements 16 * half[p] … + 15
  void (*decode)(const uint8_t* chunk, float* out);
  // The vectors of codes `step` apart.
  void (*unpack)(const uint8_t* chunk, Ints* codes, int step, float* scale, float* offset);
  Dots fast;   // activations in one part
  Dots exact;  // in EXACT_PARTS, one row of them; null where decoding is faster
};

// Bytes of the chunk at p; of a shorter last one a zero-padded copy.
TL_INLINE const uint8_t* whole_chunk(const uint8_t* p, int64_t elements, int64_t chunk_bytes, uint8_t* padded) {
  if (__builtin_expect(elements >= CHUNK, 1)) return p;
  memset(padded, 0, static_cast<size_t>(chunk_bytes));
  memcpy(padded, p, static_cast<size_t>(elements * chunk_bytes / CHUNK));
  return padded;
}

constexpr int MOST_CHUNK_BYTES = 292;  // of Q8_K

const PackedFormat* block_format(int64_t enc);
const PackedFormat* super_format(int64_t enc);
const PackedFormat* codebook_format(int64_t enc);

// Many rows of activations.
int64_t panel_product(const PackedCode& format, const Product& p);

}  // namespace TL_LEVEL
}  // namespace tl
