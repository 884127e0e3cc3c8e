// Rows of a packed matrix: decoded exactly, or multiplied with a few columns of activations in place.
//
// A row is k / 256 chunks; a format with blocks of 32 may leave a shorter last one, which is copied into a
// zeroed chunk before it is read, so that no byte after the row is touched.
#pragma once

#include "packed_formats.h"

namespace tl {
namespace TL_LEVEL {

// Bytes of the chunk at p; of a shorter last one a zero-padded copy.
template <class F>
TL_INLINE const uint8_t* whole_chunk(const uint8_t* p, int64_t elements, uint8_t* padded) {
  if (__builtin_expect(elements >= CHUNK, 1)) return p;
  const size_t bytes = static_cast<size_t>(elements) * F::CHUNK_BYTES / CHUNK;
  memset(padded, 0, F::CHUNK_BYTES);
  memcpy(padded, p, bytes);
  return padded;
}

// Decoding ---------------------------------------------------------------------------------------

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

// The chunk's 256 values, bit for bit those of the format's definition.
template <class F>
static void decode_chunk(const uint8_t* p, float* out) {
  Bytes vectors[VECTORS];
  F::unpack(p, vectors);
  alignas(64) uint8_t codes[CHUNK];
  alignas(64) float scale[CHUNK / F::GROUP], offset[CHUNK / F::GROUP];
  memcpy(codes, vectors, CHUNK);
  store_as(scale, F::scales(p));
  if constexpr (F::OFFSETS) store_as(offset, F::offsets(p));
#pragma GCC unroll 16
  for (int piece = 0; piece < 16; piece++) {
    const int half = F::half(piece), group = half * 16 / F::GROUP;
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += LANES) {
      const VF code = load_codes<F::SIGNED && !UNSIGNED_CODES>(codes + 16 * piece + i) - static_cast<float>(F::ZERO);
      VF value = code * vf(scale[group]);
      if constexpr (F::OFFSETS) value = rounded(value) + vf(offset[group]);
      store(out + 16 * half + i, value);
    }
  }
}

// Elements begin … begin + count - 1 of a row; both are multiples of the block size.
template <class F>
static void decode_row(const char* row, int64_t begin, int64_t count, float* out) {
  const uint8_t* p = reinterpret_cast<const uint8_t*>(row) + begin * F::CHUNK_BYTES / CHUNK;
  uint8_t padded[F::CHUNK_BYTES];
  for (; count > 0; count -= CHUNK, p += F::CHUNK_BYTES, out += CHUNK) {
    if (count >= CHUNK) {
      decode_chunk<F>(p, out);
    } else {
      float values[CHUNK];
      decode_chunk<F>(whole_chunk<F>(p, count, padded), values);
      memcpy(out, values, static_cast<size_t>(count) * sizeof(float));
    }
  }
}

// Activations ------------------------------------------------------------------------------------

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

// The same for rows of format F in place, in the order of its vectors: an activation is the sum of its PARTS' codes, each
// part's 2^PART_BITS times the next one's, times a scale. `sum` are the activations' sums over groups: they meet the
// offsets, or, times -ZERO, the scales.
template <class F, int PARTS>
struct alignas(64) Column {
  typedef typename TableOf<F::GROUP>::type Table;
  static constexpr bool SUMS = F::OFFSETS || F::ZERO != 0;
  uint8_t code[PARTS][CHUNK];
  float scale[CHUNK / F::GROUP];
  float sum[SUMS ? CHUNK / F::GROUP : 0];
};

// Adds a part, the first one as 0.
template <class F, int PARTS>
TL_INLINE void arrange(const Quantized& q, int part, Column<F, PARTS>& column) {
#pragma GCC unroll 16
  for (int piece = 0; piece < 16; piece++) memcpy(column.code[part] + 16 * piece, q.code + 16 * F::half(piece), 16);
  for (int i = 0; i < CHUNK / F::GROUP; i++) column.scale[i] = q.scale[i * F::GROUP / 32];
  if constexpr (Column<F, PARTS>::SUMS) {
    constexpr float FACTOR = F::OFFSETS ? 1 : -F::ZERO;
    for (int i = 0; i < CHUNK / F::GROUP; i++)
      column.sum[i] = (part == 0 ? 0 : column.sum[i]) + column.scale[i] * (FACTOR * static_cast<float>(q.sum(i, F::GROUP)));
  }
}

constexpr int STREAMS = 4;         // rows of weights read side by side
constexpr int64_t AHEAD = 2048;    // bytes from what is read of a row to its prefetch into the second-level cache; long rows: twice

// Dot products -----------------------------------------------------------------------------------

// Lane i of vector v belongs to this group.
template <class F>
struct Lanes {
  struct alignas(64) Index { int32_t group[VECTORS * INTS]; };
  static constexpr Index make() {
    Index index{};
    for (int i = 0; i < VECTORS * INTS; i++) index.group[i] = F::half(i / 4) * 16 / F::GROUP;
    return index;
  }
  static constexpr Index INDEX = make();
};

// Multiplies the first `Vectors` vectors of a chunk; `change` sees its tables before they are used.
template <class F, int Rows, int PARTS, int Vectors = VECTORS, class Change>
TL_INLINE void dot_chunk(const uint8_t* p, const Column<F, PARTS>* const* x, int64_t chunk, Floats* sums,
                         typename TableOf<F::GROUP>::type* offsets, const Change& change) {
  typedef typename TableOf<F::GROUP>::type Table;
  constexpr bool FITS = PARTS == 1 || !F::SIGNED || !UNSIGNED_CODES;  // eight products with codes up to 255 do not
  constexpr int STEP = F::MERGED && FITS ? 2 : 1;
  Bytes codes[VECTORS];
  F::unpack(p, codes);
  const Table scale = change(F::scales(p));
#pragma GCC unroll 8
  for (int r = 0; r < Rows; r++) {
    const Column<F, PARTS>& column = x[r][chunk];
    const Table scales = scale * load_as<Table>(column.scale);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; v += STEP) {
      Ints s{};
#pragma GCC unroll 3
      for (int part = 0; part < PARTS; part++) {
        if (part > 0) s <<= PART_BITS;
#pragma GCC unroll 2
        for (int w = v; w < v + STEP; w++) s = dot<F::SIGNED>(s, codes[w], load_as<Bytes>(column.code[part] + w * WIDTH));
      }
      sums[r] = multiply_add(to_floats(s), spread(scales, Lanes<F>::INDEX.group + v * INTS), sums[r]);
    }
    if constexpr (F::OFFSETS) offsets[r] += change(F::offsets(p)) * load_as<Table>(column.sum);
    else if constexpr (Column<F, PARTS>::SUMS) offsets[r] += scale * load_as<Table>(column.sum);
  }
}

// The lanes of a vector of another width, those that meet added.
template <class V>
TL_INLINE VF folded(V v) {
  VF parts[(sizeof v + sizeof(VF) - 1) / sizeof(VF)] = {};
  memcpy(parts, &v, sizeof v);
  for (size_t i = 1; i < sizeof parts / sizeof *parts; i++) parts[0] += parts[i];
  return parts[0];
}

// The shorter last chunk of a row. What follows it up to `limit` may be read, but counts for nothing.
template <class F, int Rows, int PARTS>
TL_INLINE void dot_rest(const uint8_t* p, int64_t elements, const uint8_t* limit, const Column<F, PARTS>* const* x,
                        int64_t chunk, Floats* sums, typename TableOf<F::GROUP>::type* offsets) {
  static constexpr int32_t KEEP[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  typedef int32_t Mask __attribute__((vector_size(32)));
  const Mask keep = load_as<Mask>(KEEP + 8 - elements / F::BLOCK);
  const auto masked = [keep](Table8 t) { return (Table8)((Mask)t & keep); };
  uint8_t padded[F::CHUNK_BYTES];
  if (p + F::CHUNK_BYTES > limit) p = whole_chunk<F>(p, elements, padded);
  if (elements <= CHUNK / 2) dot_chunk<F, Rows, PARTS, VECTORS / 2>(p, x, chunk, sums, offsets, masked);
  else dot_chunk<F, Rows, PARTS>(p, x, chunk, sums, offsets, masked);
}

// out[s · Rows + r] = row s of weights · row r of activations, for k elements; rows of weights lie `step` bytes apart,
// the last one of all ends at `limit`.
template <class F, int Rows, int PARTS, int Streams>
TL_INLINE void dot_rows(const uint8_t* row, int64_t step, const uint8_t* limit, int64_t k, const Column<F, PARTS>* const* x,
                        float* out) {
  typedef typename TableOf<F::GROUP>::type Table;
  Floats sums[Streams][Rows] = {};
  Table offsets[Streams][Rows] = {};
  const uint8_t* end = row + step;
  const int64_t far = step < 4 * AHEAD ? AHEAD : 2 * AHEAD;
  const auto same = [](Table t) { return t; };
  for (int64_t i = 0; i < k / CHUNK; i++, row += F::CHUNK_BYTES) {
    const int64_t ahead = row + far < end ? far : far + (Streams - 1) * step;
#pragma GCC unroll 8
    for (int s = 0; s < Streams; s++) {
      const uint8_t* p = row + s * step;
#pragma GCC unroll 5
      for (int line = 0; line < F::CHUNK_BYTES; line += 64) __builtin_prefetch(p + ahead + line, 0, 2);
      dot_chunk<F, Rows, PARTS>(p, x, i, sums[s], offsets[s], same);
    }
  }
  if constexpr (F::BLOCK < CHUNK) {
    if (k % CHUNK != 0)
#pragma GCC unroll 8
      for (int s = 0; s < Streams; s++)
        dot_rest<F, Rows, PARTS>(row + s * step, k % CHUNK, limit, x, k / CHUNK, sums[s], offsets[s]);
  }
#pragma GCC unroll 8
  for (int s = 0; s < Streams; s++)
#pragma GCC unroll 8
    for (int r = 0; r < Rows; r++) {
      VF all = folded(sums[s][r]);
      if constexpr (Column<F, PARTS>::SUMS) all += folded(offsets[s][r]);
      out[s * Rows + r] = sum(all);
    }
}

}  // namespace TL_LEVEL
}  // namespace tl
