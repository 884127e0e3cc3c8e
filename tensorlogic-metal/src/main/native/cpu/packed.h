// Packed weights as the right operand: decoding, and products with rows of activations.
#pragma once

#include "gemm.h"

namespace tl {
namespace TL_LEVEL {

struct PackedCode;

// In a Product whose b is packed, b.row is the bytes from one row of weights to the next: out[i][j] is the
// product of row i of a and row j of b, k elements each, a multiple of `block`.
struct PackedFormat {
  int64_t enc;
  int64_t block, bytes;  // elements and bytes of a block
  // Elements begin … begin + count - 1 of a row, both multiples of block, bit for bit as the format defines.
  void (*decode)(const char* row, int64_t begin, int64_t count, float* out);
  const PackedCode* code;
};

const PackedFormat* packed_format(int64_t enc);  // null if enc is not packed

// As exact as float sums of decoded weights: one row of a in integers of three parts, few rows with weights decoded in
// registers (for more, gemm reads through `decode`).
int64_t exact_product(const PackedFormat& format, const Product& p);

// Activations rounded to 8 bits with a scale for each 32, integer sums within those.
int64_t fast_product(const PackedFormat& format, const Product& p);

}  // namespace TL_LEVEL
}  // namespace tl
