// Dense matrix products of one level: C = epilogue(A B) for float matrices of any strides.
//
// Blocking (as in BLIS): B is packed into panels of NR columns, A into tiles of up to MR rows, both as
// f32 and KC deep, so that the conversion from half costs O(n²) of the product's O(n³) and the inner
// loop reads both in order. The micro-kernel keeps a tile of MR x NR sums in registers.
#pragma once

#include "kernels.h"
#include "vec.h"

namespace tl {
namespace TL_LEVEL {

// MR · NV accumulators, NV vectors of B and a broadcast element of A fill the register file.
#if defined(__AVX512F__)
constexpr int MR = 14, NV = 2;
#elif defined(__AVX2__)
constexpr int MR = 6, NV = 2;
#elif defined(__aarch64__)
constexpr int MR = 8, NV = 3;
#else
constexpr int MR = 4, NV = 2;
#endif
constexpr int NR = NV * LANES;

// A matrix in memory: element (i, j) lies at data + (i * row + j * column) elements. If `read` is set,
// rows are packed blocks instead: `read` decodes `count` elements of a row from element `begin` on,
// both multiples of the block size; `row` is in bytes.
struct Matrix {
  const char* data;
  int64_t enc;
  int64_t row;
  int64_t column;
  void (*read)(const char* row, int64_t begin, int64_t count, float* out);
};

struct Epilogue {
  const float* bias;       // per column, or null
  const float* row_bias;   // per row, or null
  int64_t activation;      // a unary operation, or -1
};

struct Product {
  int64_t m, n, k;
  Matrix a;  // m x k
  Matrix b;  // k x n; with `read`, its columns are the rows that are read
  char* out;  // m x n
  int64_t out_enc;  // F16 or F32
  int64_t out_row, out_column;
  Epilogue epilogue;
};

// Any sizes, any strides. Both return OK or ERROR_MEMORY.
int64_t gemm(const Product& p);

// Few rows: streams B once, as it lies. False if B's strides do not allow it (see streamable).
bool streamable(const Product& p);
int64_t gemm_streaming(const Product& p);

// sums = or += a packed tile of `rows` <= MR rows of A times a packed panel of NR columns of B, `depth`
// deep: a[depth][rows], b[depth][NR], sums[rows][NR] with rows `ld` apart.
void multiply_tile(int64_t rows, int64_t depth, const float* a, const float* b, float* sums, int64_t ld, bool accumulate);

// n elements, `stride` apart, of F32, F16 or BF16.
void to_floats(const char* data, int64_t enc, int64_t stride, int64_t n, float* out);

// x[0 … n-1] = op(x); op is a unary operation (is_unary).
void activate(int64_t op, float* x, int64_t n);
bool is_unary(int64_t op);

// Applies bias and activation to rows x columns sums (row stride `ld`), rounds, and stores them as the
// elements (i0 …, j0 …) of the product's result.
void finish(const Product& p, int64_t i0, int64_t j0, int64_t rows, int64_t columns, float* sums, int64_t ld);

// A vector of consecutive elements of encoding ENC.
template <int64_t ENC>
TL_INLINE VF load_as(const char* p) {
  if (ENC == F32) return load(reinterpret_cast<const float*>(p));
  if (ENC == F16) return load_half(reinterpret_cast<const uint16_t*>(p));
  return load_bf16(reinterpret_cast<const uint16_t*>(p));
}

template <int64_t ENC>
TL_INLINE VF load_as_n(const char* p, int n) {
  if (ENC == F32) return load_n(reinterpret_cast<const float*>(p), n);
  if (ENC == F16) return load_half_n(reinterpret_cast<const uint16_t*>(p), n);
  return load_bf16_n(reinterpret_cast<const uint16_t*>(p), n);
}

}  // namespace TL_LEVEL
}  // namespace tl
