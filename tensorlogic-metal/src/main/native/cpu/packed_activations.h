// Rows of activations as integers.
#pragma once

#include "packed_code.h"

namespace tl {
namespace TL_LEVEL {

template <bool Signed>
TL_INLINE VF load_codes(const uint8_t* p) {
#if defined(__AVX512F__)
  const __m128i v = load_128(p);
  return _mm512_cvtepi32_ps(Signed ? _mm512_cvtepi8_epi32(v) : _mm512_cvtepu8_epi32(v));
#elif defined(__AVX2__)
  const __m128i v = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return _mm256_cvtepi32_ps(Signed ? _mm256_cvtepi8_epi32(v) : _mm256_cvtepu8_epi32(v));
#else
  VF v;
  for (int i = 0; i < LANES; i++) v[i] = Signed ? static_cast<int8_t>(p[i]) : p[i];
  return v;
#endif
}

// Keeps the compiler from fusing the product with the sum that follows: the closed forms round twice.
TL_INLINE VF rounded(VF product) {
#if defined(__AVX512F__)
  asm("" : "+v"(product));
#elif defined(__AVX2__)
  asm("" : "+x"(product));
#elif defined(__aarch64__)
  asm("" : "+w"(product));
#endif
  return product;
}

// 256 elements of row i of a from `first` on, zeros past k.
TL_INLINE void read_chunk(const Product& p, int64_t i, int64_t first, float* out) {
  const int64_t count = least(CHUNK, p.k - first);
  to_floats(p.a.data + (i * p.a.row + first * p.a.column) * element_size(p.a.enc), p.a.enc, p.a.column, count, out);
  if (count < CHUNK) memset(out + count, 0, static_cast<size_t>(CHUNK - count) * sizeof(float));
}

// 256 activations as integers in -127 … 127, in element order; activation = code * scale[e / 32].
struct Quantized {
  alignas(64) int8_t code[CHUNK];
  alignas(64) int32_t quad[CHUNK / 4];  // sums of four codes
  alignas(64) float scale[CHUNK / 32];

  // Sum of the codes of group `i` of `size` elements.
  int32_t sum(int i, int size) const {
    int32_t s = 0;
    for (int q = i * size / 4; q < (i + 1) * size / 4; q++) s += quad[q];
    return s;
  }

  // Whether every scale is 0 or far from the ends of float's range: no infinity, no NaN.
  bool ordinary() const {
    bool all = true;
    for (float x : scale) all &= x == 0 || (x > 1e-28f && x < 1e28f);
    return all;
  }
};

// The nearest integers to 32 elements times a factor. Adding 1.5 * 2^23 leaves them in the low bits.
TL_INLINE void round_block(const float* x, float factor, int8_t* code) {
  int32_t nearest[32];
#pragma GCC unroll 8
  for (int i = 0; i < 32; i += LANES) {
    const VI n = as_int(rounded(load(x + i) * vf(factor)) + 12582912.0f);
    memcpy(nearest + i, &n, sizeof n);
  }
  for (int i = 0; i < 32; i++) code[i] = static_cast<int8_t>(nearest[i]);
}

TL_INLINE void sum_quads(Quantized& q) {
  for (int v = 0; v < VECTORS; v++)
    store_as(q.quad + v * INTS, dot<false>(Ints{}, bytes_of(1), load_as<Bytes>(q.code + v * WIDTH)));
}

// Rounds to nearest with the largest magnitude of each 32 at 127. A block with a NaN or an infinity gets that as
// its scale, so that the products show it; below 1e-36 it counts as zero.
TL_INLINE void quantize(const float* x, Quantized& q) {
  for (int block = 0; block < CHUNK / 32; block++, x += 32) {
    VI most{};
#pragma GCC unroll 8
    for (int i = 0; i < 32; i += LANES) {
      const VI magnitude = as_int(load(x + i)) & 0x7fffffff;
      most = magnitude > most ? magnitude : most;
    }
    int32_t lanes[LANES], top = 0;
    memcpy(lanes, &most, sizeof lanes);
    for (int i = 0; i < LANES; i++) top = lanes[i] > top ? lanes[i] : top;
    const float largest = bits_float(static_cast<uint32_t>(top));
    const bool zero = largest < 1e-36f;
    q.scale[block] = zero ? 0.0f : largest / 127.0f;
    round_block(x, zero || top >= 0x7f800000 ? 0.0f : 127.0f / largest, q.code + 32 * block);
  }
  sum_quads(q);
}

constexpr int PART_BITS = 7;  // what a part of an activation leaves is at most half its scale: 64 of the next one's

// Leaves in x what ordinary q has left, and q as that, with scales 2^-PART_BITS times as large.
TL_INLINE void quantize_rest(float* x, Quantized& q) {
  for (int i = 0; i < CHUNK; i += LANES)
    store(x + i, fma(load_codes<true>(reinterpret_cast<const uint8_t*>(q.code + i)), vf(-q.scale[i / 32]), load(x + i)));
  for (int block = 0; block < CHUNK / 32; block++) {
    q.scale[block] *= 1.0f / (1 << PART_BITS);
    round_block(x + 32 * block, q.scale[block] == 0 ? 0.0f : 1 / q.scale[block], q.code + 32 * block);
  }
  sum_quads(q);
}

// The same for rows of weights whose GROUP elements share a scale, in the order of their codes: an activation is the sum
// of its PARTS' codes, each part's 2^PART_BITS times the next one's, times a scale. `sum` are the activations' sums over
// groups: they meet the offsets, or, times -zero, the scales.
template <int GROUP, int PARTS>
struct alignas(64) Column {
  uint8_t code[PARTS][CHUNK];
  float scale[CHUNK / GROUP];
  float sum[CHUNK / GROUP];
};

}  // namespace TL_LEVEL
}  // namespace tl
