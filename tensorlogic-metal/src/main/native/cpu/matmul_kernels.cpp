// matmul(activation, precision; a, b, bias, out): out = activation(a b + bias), rounded once.
// a [..., m, k], b [..., k, n], out [..., m, n], the leading axes alike (stride 0 repeats), bias [n] or
// absent; activation is a unary operation or -1. The rows of a packed b lie along k, in whole blocks; precision 1
// rounds a to 8 bits for it, 0 is exact.
#include "gemm.h"
#include "memory.h"
#include "packed.h"
#include "pool.h"
#include "rows.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t FEW = 8;                  // rows (or columns) that are streamed, not blocked
constexpr int64_t SMALL_PRODUCT = 1 << 22;  // multiply-adds below which a batch runs whole products in parallel

void to_floats(const char* data, int64_t enc, int64_t stride, int64_t n, float* out) {
  const int64_t size = element_size(enc);
  int64_t i = 0;
  if (stride == 1) {
    for (; i + LANES <= n; i += LANES) {
      const char* p = data + i * size;
      store(out + i, enc == F32 ? load_as<F32>(p) : enc == F16 ? load_as<F16>(p) : load_as<BF16>(p));
    }
  }
  for (; i < n; i++) out[i] = load_one(data + i * stride * size, enc);
}

static void store_elements(float* s, int64_t n, char* out, int64_t enc, int64_t step) {
  int64_t j = 0;
  if (enc == F32) {
    float* o = reinterpret_cast<float*>(out);
    if (step == 1) memcpy(o, s, 4 * static_cast<size_t>(n));
    else for (; j < n; j++) o[j * step] = s[j];
    return;
  }
  uint16_t* o = reinterpret_cast<uint16_t*>(out);
  if (step == 1)
    for (; j + LANES <= n; j += LANES) store_half(o + j, load(s + j));
  for (; j < n; j++) o[j * step] = float_to_half(s[j]);
}

// A tile of whole vectors that is only rounded.
template <int64_t ENC>
static void store_tile(const float* sums, int64_t ld, int64_t rows, char* out, int64_t out_row) {
  for (int64_t i = 0; i < rows; i++, sums += ld, out += out_row * element_size(ENC))
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) store_at<ENC>(out, v * LANES, load(sums + v * LANES));
}

void finish(const Product& p, int64_t i0, int64_t j0, int64_t rows, int64_t columns, float* sums, int64_t ld) {
  const Epilogue& e = p.epilogue;
  if (columns == NR && p.out_column == 1 && e.bias == nullptr && e.row_bias == nullptr && e.activation < 0) {
    char* to = p.out + (i0 * p.out_row + j0) * element_size(p.out_enc);
    return p.out_enc == F16 ? store_tile<F16>(sums, ld, rows, to, p.out_row) : store_tile<F32>(sums, ld, rows, to, p.out_row);
  }
  for (int64_t i = 0; i < rows; i++) {
    float* s = sums + i * ld;
    if (e.bias != nullptr) {
      int64_t j = 0;
      for (; j + LANES <= columns; j += LANES) store(s + j, load(s + j) + load(e.bias + j0 + j));
      for (; j < columns; j++) s[j] += e.bias[j0 + j];
    }
    if (e.row_bias != nullptr)
      for (int64_t j = 0; j < columns; j++) s[j] += e.row_bias[i0 + i];
    if (e.activation >= 0) activate(e.activation, s, columns);
    store_elements(s, columns, p.out + ((i0 + i) * p.out_row + j0 * p.out_column) * element_size(p.out_enc), p.out_enc, p.out_column);
  }
}

// C^T = B^T A^T.
static Product transposed(const Product& p) {
  Product t = p;
  t.m = p.n;
  t.n = p.m;
  t.a = {p.b.data, p.b.enc, p.b.column, p.b.row, nullptr};
  t.b = {p.a.data, p.a.enc, p.a.column, p.a.row, nullptr};
  t.out_row = p.out_column;
  t.out_column = p.out_row;
  t.epilogue.bias = p.epilogue.row_bias;
  t.epilogue.row_bias = p.epilogue.bias;
  return t;
}

static int64_t multiply(const Product& p, const PackedFormat* packed, bool fast) {
  if (p.m == 0 || p.n == 0) return OK;
  if (p.k == 0) {
    for (int64_t i = 0; i < p.m; i++)
      for (int64_t j = 0; j < p.n; j += 64) {
        float zeros[64] = {};
        finish(p, i, j, 1, least(64, p.n - j), zeros, 64);
      }
    return OK;
  }
  if (packed != nullptr && fast) return fast_product(*packed, p);
  if (packed != nullptr && p.m <= 2 * FEW) return exact_product(*packed, p);
  if (p.m <= FEW && streamable(p)) return gemm_streaming(p);
  if (p.n <= FEW && p.b.read == nullptr) {
    const Product t = transposed(p);
    if (streamable(t)) return gemm_streaming(t);
  }
  return gemm(p);
}

static bool plain(int64_t enc) { return enc == F32 || enc == F16 || enc == BF16; }

int64_t matmul(const Command& c) {
  View a = c.operand[0], b = c.operand[1], out = c.operand[3];
  const View& bias = c.operand[2];
  const PackedFormat* packed = packed_format(b.enc);
  const bool fast = integer(c, 1) != 0;
  if (!plain(a.enc) || (!plain(b.enc) && packed == nullptr) || (out.enc != F32 && out.enc != F16)) return ERROR_UNSUPPORTED;
  if (integer(c, 0) != -1 && !is_unary(integer(c, 0))) return ERROR_COMMAND;
  const int64_t axes = out.rank - 2;
  Product p;
  p.m = out.dim[axes];
  p.n = out.dim[axes + 1];
  p.k = a.dim[axes + 1];
  Scratch bias_room(present(bias) ? 4 * p.n : 0);
  if (bias_room.data() == nullptr) return ERROR_MEMORY;
  if (present(bias)) to_floats(bias.data, bias.enc, bias.stride[0], p.n, bias_room.floats());
  p.epilogue = {present(bias) ? bias_room.floats() : nullptr, nullptr, integer(c, 0)};
  p.a = {a.data, a.enc, a.stride[axes], a.stride[axes + 1], nullptr};
  p.b = {b.data, b.enc, b.stride[axes], b.stride[axes + 1], nullptr};
  if (packed != nullptr) {
    // In elements, but whole blocks apart.
    if (b.stride[axes] != 1) return ERROR_UNSUPPORTED;
    for (int64_t x = 0; x < b.rank; x++) {
      if (x == axes) continue;
      if (b.stride[x] % packed->block != 0) return ERROR_UNSUPPORTED;
      b.stride[x] = b.stride[x] / packed->block * packed->bytes;
    }
    if (p.k % packed->block != 0) return ERROR_UNSUPPORTED;
    p.b = {b.data, b.enc, b.stride[axes + 1], 0, packed->decode};
  }
  p.out = out.data;
  p.out_enc = out.enc;
  p.out_row = out.stride[axes];
  p.out_column = out.stride[axes + 1];
  // Leading axes that share b and continue a's rows are more rows.
  int64_t batch_axes = axes;
  for (; batch_axes > 0; batch_axes--) {
    const int64_t x = batch_axes - 1;
    if (out.dim[x] != 1 && (b.stride[x] != 0 || a.stride[x] != p.m * p.a.row || out.stride[x] != p.m * p.out_row)) break;
    p.m *= out.dim[x];
  }
  int64_t products = 1;
  for (int64_t x = 0; x < batch_axes; x++) products *= out.dim[x];
  if (products == 1) return multiply(p, packed, fast);
  const auto product = [&](int64_t index) {
    Product q = p;
    for (int64_t x = batch_axes - 1; x >= 0; x--) {
      const int64_t at = index % out.dim[x];
      index /= out.dim[x];
      q.a.data += at * a.stride[x] * element_size(a.enc);
      q.b.data += at * b.stride[x] * (packed != nullptr ? 1 : element_size(b.enc));
      q.out += at * out.stride[x] * element_size(out.enc);
    }
    return q;
  };
  int64_t error = OK;
  const bool small = p.m * p.n * p.k < SMALL_PRODUCT;
  const int64_t grain = small ? most(1, (1 << 15) / most(1, p.m * p.n * p.k)) : products;
  parallel_for(products, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t result = multiply(product(i), packed, fast);
      if (result != OK) __atomic_store_n(&error, result, __ATOMIC_RELAXED);
    }
  });
  return error;
}

}  // namespace TL_LEVEL
}  // namespace tl
