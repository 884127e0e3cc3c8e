// Rows of a packed matrix: decoded exactly, or multiplied with a few rows of activations in place.
//
// A row is k / 256 chunks; a format with smaller blocks may leave a shorter last one, which is copied into a
// zeroed chunk before it is read, so that no byte after the weights is touched.
#pragma once

#include "packed_activations.h"
#include "packed_formats.h"

namespace tl {
namespace TL_LEVEL {

// Decoding ---------------------------------------------------------------------------------------

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
  for (; count >= CHUNK; count -= CHUNK, p += F::CHUNK_BYTES, out += CHUNK) decode_chunk<F>(p, out);
  if (count == 0) return;
  uint8_t padded[F::CHUNK_BYTES];
  float values[CHUNK];
  decode_chunk<F>(whole_chunk(p, count, F::CHUNK_BYTES, padded), values);
  memcpy(out, values, static_cast<size_t>(count) * sizeof(float));
}

template <class F>
static void unpack_chunk(const uint8_t* p, Ints* codes, int step, float* scale, float* offset) {
  Bytes vectors[VECTORS];
  F::unpack(p, vectors);
#pragma GCC unroll 8
  for (int v = 0; v < VECTORS; v++) codes[v * step] = (Ints)vectors[v];
  store_as(scale, F::scales(p));
  if constexpr (F::OFFSETS) store_as(offset, F::offsets(p));
}

// Dot products -----------------------------------------------------------------------------------

constexpr int64_t AHEAD = 2048;  // bytes from what is read of a row to its prefetch into the second-level cache; long rows: twice

// Which half piece p holds, and to which group lane i of vector v belongs.
template <class F>
struct Order {
  int half[16];
  alignas(64) int32_t group[VECTORS * INTS];
  static constexpr Order make() {
    Order order{};
    for (int p = 0; p < 16; p++) order.half[p] = F::half(p);
    for (int i = 0; i < VECTORS * INTS; i++) order.group[i] = F::half(i / 4) * 16 / F::GROUP;
    return order;
  }
};
template <class F>
static constexpr Order<F> ORDER = Order<F>::make();

// Multiplies the first `Vectors` vectors of a chunk; `change` sees its tables before they are used.
template <class F, int Rows, int PARTS, int Vectors = VECTORS, class Change>
TL_INLINE void dot_chunk(const uint8_t* p, const Column<F::GROUP, PARTS>* const* x, int64_t chunk, Floats* sums,
                         typename TableOf<F::GROUP>::type* offsets, const Change& change) {
  typedef typename TableOf<F::GROUP>::type Table;
  constexpr bool FITS = PARTS == 1 || !F::SIGNED || !UNSIGNED_CODES;  // eight products with codes up to 255 do not
  constexpr int STEP = F::MERGED && FITS ? 2 : 1;
  Bytes codes[VECTORS];
  F::unpack(p, codes);
  const Table scale = change(F::scales(p));
#pragma GCC unroll 8
  for (int r = 0; r < Rows; r++) {
    const Column<F::GROUP, PARTS>& column = x[r][chunk];
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
      sums[r] = multiply_add(to_floats(s), spread(scales, ORDER<F>.group + v * INTS), sums[r]);
    }
    if constexpr (F::OFFSETS) offsets[r] += change(F::offsets(p)) * load_as<Table>(column.sum);
    else if constexpr (F::ZERO != 0) offsets[r] += scale * load_as<Table>(column.sum);
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
static __attribute__((noinline)) void dot_rest(const uint8_t* p, int64_t elements, const uint8_t* limit,
                                               const Column<F::GROUP, PARTS>* const* x,
                                               int64_t chunk, Floats* sums, typename TableOf<F::GROUP>::type* offsets) {
  static constexpr int GROUPS = CHUNK / F::GROUP;
  static constexpr int32_t KEEP[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  typedef typename TableOf<F::GROUP>::type Table;
  typedef typename TableOf<F::GROUP>::mask Mask;
  const Mask keep = load_as<Mask>(KEEP + 16 - elements * GROUPS / CHUNK);
  const auto masked = [keep](Table t) { return (Table)((Mask)t & keep); };
  uint8_t padded[F::CHUNK_BYTES];
  if (p + F::CHUNK_BYTES > limit) p = whole_chunk(p, elements, F::CHUNK_BYTES, padded);
  if (elements <= CHUNK / 2) dot_chunk<F, Rows, PARTS, VECTORS / 2>(p, x, chunk, sums, offsets, masked);
  else dot_chunk<F, Rows, PARTS>(p, x, chunk, sums, offsets, masked);
}

// Whether the machine has the registers for several rows of weights at a time.
#if defined(__AVX2__) || defined(__ARM_FEATURE_DOTPROD)
constexpr bool SIDE_BY_SIDE = true;
#else
constexpr bool SIDE_BY_SIDE = false;
#endif

template <class F, int Rows, int PARTS, int Streams>
static void dot_rows(const uint8_t* row, int64_t step, const uint8_t* limit, int64_t k, const char* const* rows, float* out) {
  if constexpr (Streams > 1 && !SIDE_BY_SIDE) {
    for (int s = 0; s < Streams; s++) dot_rows<F, Rows, PARTS, 1>(row + s * step, step, limit, k, rows, out + s * Rows);
    return;
  }
  typedef typename TableOf<F::GROUP>::type Table;
  const Column<F::GROUP, PARTS>* x[Rows];
  for (int r = 0; r < Rows; r++) x[r] = reinterpret_cast<const Column<F::GROUP, PARTS>*>(rows[r]);
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
      for (int s = 0; s < Streams; s++) {
        Floats sum[Rows];  // copies: sums and offsets stay in registers
        Table offset[Rows];
        memcpy(sum, sums[s], sizeof sum);
        memcpy(offset, offsets[s], sizeof offset);
        dot_rest<F, Rows, PARTS>(row + s * step, k % CHUNK, limit, x, k / CHUNK, sum, offset);
        memcpy(sums[s], sum, sizeof sum);
        memcpy(offsets[s], offset, sizeof offset);
      }
  }
#pragma GCC unroll 8
  for (int s = 0; s < Streams; s++)
#pragma GCC unroll 8
    for (int r = 0; r < Rows; r++) {
      VF all = folded(sums[s][r]);
      if constexpr (F::OFFSETS || F::ZERO != 0) all += folded(offsets[s][r]);
      out[s * Rows + r] = sum(all);
    }
}

template <class F>
static constexpr Dots exact_dots() {
  // Groups of 16 would take two dot products for each vector of bytes where it has 32.
  if constexpr (F::GROUP == 16 && !UNSIGNED_CODES) return {};
  else return {dot_rows<F, 1, EXACT_PARTS, 1>, nullptr, nullptr, dot_rows<F, 1, EXACT_PARTS, STREAMS>};
}

template <class F>
static constexpr PackedCode CODE = {
    F::CHUNK_BYTES, F::GROUP, F::ZERO, F::SIGNED, F::OFFSETS, ORDER<F>.half,
    decode_chunk<F>, unpack_chunk<F>,
    {dot_rows<F, 1, 1, 1>, dot_rows<F, 2, 1, 1>, dot_rows<F, 4, 1, 1>, dot_rows<F, 1, 1, STREAMS>}, exact_dots<F>()};

template <class F>
static constexpr PackedFormat format(int64_t enc) {
  static_assert(F::CHUNK_BYTES <= MOST_CHUNK_BYTES);
  static_assert(!F::OFFSETS || F::ZERO == 0);
  static_assert(!F::SIGNED || (F::GROUP == 32 && !F::OFFSETS));  // panels of others are not compiled
  return {enc, F::BLOCK, F::CHUNK_BYTES * F::BLOCK / CHUNK, decode_row<F>, &CODE<F>};
}

template <int N>
static const PackedFormat* find_format(const PackedFormat (&formats)[N], int64_t enc) {
  for (const PackedFormat& f : formats)
    if (f.enc == enc) return &f;
  return nullptr;
}

}  // namespace TL_LEVEL
}  // namespace tl
