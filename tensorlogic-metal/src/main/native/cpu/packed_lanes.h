// Byte vectors of the level being compiled, as the packed formats need them.
//
// A format's codes travel as Bytes: 16-byte pieces side by side, four in a 64-byte vector (AVX-512 with
// VNNI) or two in a 32-byte one (everything else; two registers where the machine has only 16 bytes).
// A dot product of two Bytes gives Ints: lane i is the sum of the four products of bytes 4i … 4i+3.
#pragma once

#include "vec.h"

namespace tl {
namespace TL_LEVEL {

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define TL_WIDE_BYTES 1
constexpr int WIDTH = 64;
#else
constexpr int WIDTH = 32;
#endif
constexpr int PIECES = WIDTH / 16;
constexpr int INTS = WIDTH / 4;

typedef uint8_t Bytes __attribute__((vector_size(WIDTH)));
typedef int32_t Ints __attribute__((vector_size(WIDTH)));
typedef float Floats __attribute__((vector_size(WIDTH)));
typedef float Table8 __attribute__((vector_size(32)));   // one value for each 32 elements of a chunk
typedef float Table16 __attribute__((vector_size(64)));  // one value for each 16 elements

// Only an unsigned byte can be the left factor of vpdpbusd: there signed codes are stored with 128 added.
#if defined(TL_WIDE_BYTES)
constexpr bool UNSIGNED_CODES = true;
#else
constexpr bool UNSIGNED_CODES = false;
#endif

// For what takes many instructions where the machine has none of its own.
#if defined(__AVX2__)
#define TL_OUTLINE TL_INLINE
#else
#define TL_OUTLINE static __attribute__((noinline, unused))
#endif

template <class V>
TL_INLINE V load_as(const void* p) { V v; memcpy(&v, p, sizeof v); return v; }
template <class V>
TL_INLINE void store_as(void* p, V v) { memcpy(p, &v, sizeof v); }

TL_INLINE uint16_t load_u16(const uint8_t* p) { return load_as<uint16_t>(p); }
TL_INLINE uint32_t load_u32(const uint8_t* p) { return load_as<uint32_t>(p); }
TL_INLINE uint64_t load_u64(const uint8_t* p) { return load_as<uint64_t>(p); }

// Loads ------------------------------------------------------------------------------------------

#if defined(__AVX2__)
TL_INLINE __m128i load_128(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
TL_INLINE __m256i load_256(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
#endif

// 16-byte pieces, `stride` bytes apart.
TL_INLINE Bytes load_pieces(const uint8_t* p, int stride) {
#if defined(TL_WIDE_BYTES)
  const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(load_128(p)), load_128(p + stride), 1);
  const __m256i high =
      _mm256_inserti128_si256(_mm256_castsi128_si256(load_128(p + 2 * stride)), load_128(p + 3 * stride), 1);
  return (Bytes)_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
#elif defined(__AVX2__)
  return (Bytes)_mm256_inserti128_si256(_mm256_castsi128_si256(load_128(p)), load_128(p + stride), 1);
#else
  Bytes v;
  memcpy(&v, p, 16);
  memcpy(reinterpret_cast<char*>(&v) + 16, p + stride, 16);
  return v;
#endif
}

// 32-byte pairs of pieces, `stride` bytes apart.
TL_INLINE Bytes load_pairs(const uint8_t* p, int stride) {
#if defined(TL_WIDE_BYTES)
  return (Bytes)_mm512_inserti64x4(_mm512_castsi256_si512(load_256(p)), load_256(p + stride), 1);
#else
  (void)stride;
  return load_as<Bytes>(p);
#endif
}

// Bytes as ints.
TL_INLINE Ints widened(const uint8_t* p) {
#if defined(TL_WIDE_BYTES)
  return (Ints)_mm512_cvtepu8_epi32(load_128(p));
#elif defined(__AVX2__)
  return (Ints)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
#else
  Ints v;
  for (int i = 0; i < INTS; i++) v[i] = p[i];
  return v;
#endif
}

// Bit fields -------------------------------------------------------------------------------------

constexpr uint64_t EACH_BYTE = 0x0101010101010101u;

// Fields of 4 bits, one into each byte.
TL_INLINE uint64_t spread_nibbles(uint64_t x) {
#if defined(TL_WIDE_BYTES)
  return _pdep_u64(x, EACH_BYTE * 15);
#else
  x = (x | x << 16) & 0x0000ffff0000ffffu;
  x = (x | x << 8) & 0x00ff00ff00ff00ffu;
  return (x | x << 4) & (EACH_BYTE * 15);
#endif
}

// Fields of 2 bits.
TL_INLINE uint64_t spread_pairs(uint64_t x) {
#if defined(TL_WIDE_BYTES)
  return _pdep_u64(x, EACH_BYTE * 3);
#else
  x = (x | x << 24) & 0x000000ff000000ffu;
  x = (x | x << 12) & 0x000f000f000f000fu;
  return (x | x << 6) & (EACH_BYTE * 3);
#endif
}

// Four fields of 3 bits of one or two 16-bit words.
TL_INLINE uint64_t spread_threes(uint64_t x) {
#if defined(TL_WIDE_BYTES)
  return _pdep_u64(_pext_u64(x, 0x0fff0fff), EACH_BYTE * 7);
#else
  x = (x & 0xfff) | (x & 0xfff0000) << 16;
  x = (x & 0x3f0000003fu) | (x & 0xfc000000fc0u) << 10;
  return (x & 0x0007000700070007u) | (x & 0x0038003800380038u) << 5;
#endif
}

// Fields of 7 bits, four of the low 28 of each.
TL_INLINE uint64_t spread_sevens(uint32_t low, uint32_t high) {
#if defined(TL_WIDE_BYTES)
  return _pdep_u64((low & 0xfffffff) | static_cast<uint64_t>(high) << 28, EACH_BYTE * 127);
#else
  uint64_t x = (low & 0xfffffff) | static_cast<uint64_t>(high & 0xfffffff) << 32;
  x = (x & 0x00003fff00003fffu) | (x & 0x0fffc0000fffc000u) << 2;
  return (x & 0x007f007f007f007fu) | (x & 0x3f803f803f803f80u) << 1;
#endif
}

// The low bytes of four 16-bit words.
TL_INLINE uint64_t low_bytes(uint64_t words) {
#if defined(TL_WIDE_BYTES)
  return _pext_u64(words, 0x00ff00ff00ff00ffu);
#else
  words = (words & 0x000000ff000000ffu) | (words & 0x00ff000000ff0000u) >> 8;
  return (words | words >> 16) & 0xffffffffu;
#endif
}

TL_INLINE Bytes bytes_of(uint8_t x) { return Bytes{} + x; }

// (v >> shift) & mask of every byte, shifted left if negative; no bit of a neighbour may reach the mask.
TL_INLINE Bytes bits(Bytes v, int shift, uint8_t mask) {
  typedef uint16_t Words __attribute__((vector_size(WIDTH)));
  return (Bytes)(shift < 0 ? (Words)v << -shift : (Words)v >> shift) & mask;
}

// The same 32 bytes in both halves of a 64-byte vector, those of the second half shifted right.
TL_INLINE Bytes repeated(const uint8_t* p, int shift) {
#if defined(TL_WIDE_BYTES)
  const __m256i v = load_256(p);
  return (Bytes)_mm512_inserti64x4(_mm512_castsi256_si512(v), _mm256_srli_epi16(v, shift), 1);
#else
  (void)shift;
  return load_as<Bytes>(p);
#endif
}

// `value` in every byte whose bit is set.
TL_OUTLINE Bytes where(uint64_t set, uint8_t value) {
#if defined(TL_WIDE_BYTES)
  return (Bytes)_mm512_maskz_set1_epi8(set, static_cast<char>(value));
#else
  const Bytes probe = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128,
                       1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
#if defined(__AVX2__)
  const __m256i places = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
  const Bytes spread = (Bytes)_mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(set)), places);
#else
  typedef uint64_t Words __attribute__((vector_size(WIDTH)));
  const auto eight = [=](int i) { return (set >> 8 * i & 255) * EACH_BYTE; };
  const Bytes spread = (Bytes)Words{eight(0), eight(1), eight(2), eight(3)};
#endif
  return (Bytes)((spread & probe) != 0) & value;
#endif
}

// table[v] for bytes below 16.
TL_OUTLINE Bytes lookup(Bytes v, const int8_t* table) {
#if defined(TL_WIDE_BYTES)
  return (Bytes)_mm512_shuffle_epi8(
      _mm512_broadcast_i32x4(load_128(reinterpret_cast<const uint8_t*>(table))), (__m512i)v);
#elif defined(__AVX2__)
  return (Bytes)_mm256_shuffle_epi8(
      _mm256_broadcastsi128_si256(load_128(reinterpret_cast<const uint8_t*>(table))), (__m256i)v);
#elif defined(__aarch64__)
  const uint8x16_t t = vld1q_u8(reinterpret_cast<const uint8_t*>(table));
  uint8_t b[WIDTH];
  store_as(b, v);
  vst1q_u8(b, vqtbl1q_u8(t, vld1q_u8(b)));
  vst1q_u8(b + 16, vqtbl1q_u8(t, vld1q_u8(b + 16)));
  return load_as<Bytes>(b);
#else
  Bytes r;
  for (int i = 0; i < WIDTH; i++) r[i] = static_cast<uint8_t>(table[v[i]]);
  return r;
#endif
}

// Products ---------------------------------------------------------------------------------------

// sum + the fourfold products of codes (signed, or unsigned and at most 127; UNSIGNED_CODES: any unsigned) and
// activations in -127 … 127.
template <bool Signed>
TL_INLINE Ints dot(Ints sum, Bytes codes, Bytes x) {
#if defined(TL_WIDE_BYTES)
  return (Ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)codes, (__m512i)x);
#elif defined(__AVX2__)
  const __m256i c = (__m256i)codes;
  const __m256i left = Signed ? _mm256_abs_epi8(c) : c;
  const __m256i right = Signed ? _mm256_sign_epi8((__m256i)x, c) : (__m256i)x;
  return sum + (Ints)_mm256_madd_epi16(_mm256_maddubs_epi16(left, right), _mm256_set1_epi16(1));
#elif defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
  union { Ints v; int32x4_t part[2]; } s{sum};
  union { Bytes v; int8x16_t part[2]; } a{codes}, b{x};
  s.part[0] = vdotq_s32(s.part[0], a.part[0], b.part[0]);
  s.part[1] = vdotq_s32(s.part[1], a.part[1], b.part[1]);
  return s.v;
#elif defined(__SSE2__)
  // Widened to 16 bits by a shift that keeps the sign: even and odd bytes apart.
  typedef int16_t Shorts __attribute__((vector_size(WIDTH)));
  const Shorts c = (Shorts)codes, a = (Shorts)x;
  const Shorts even = (Shorts)(c << 8) >> 8, odd = c >> 8, xeven = (Shorts)(a << 8) >> 8, xodd = a >> 8;
  union { Ints v; __m128i part[2]; } s{sum};
  union { Shorts v; __m128i part[2]; } e{even}, o{odd}, xe{xeven}, xo{xodd};
  for (int i = 0; i < 2; i++) {
    s.part[i] = _mm_add_epi32(s.part[i], _mm_madd_epi16(e.part[i], xe.part[i]));
    s.part[i] = _mm_add_epi32(s.part[i], _mm_madd_epi16(o.part[i], xo.part[i]));
  }
  return s.v;
#else
  int8_t c[WIDTH], a[WIDTH];
  store_as(c, codes);
  store_as(a, x);
  for (int i = 0; i < INTS; i++)
    sum[i] += c[4 * i] * a[4 * i] + c[4 * i + 1] * a[4 * i + 1] + c[4 * i + 2] * a[4 * i + 2] + c[4 * i + 3] * a[4 * i + 3];
  return sum;
#endif
}

TL_INLINE Floats to_floats(Ints v) { return __builtin_convertvector(v, Floats); }

TL_INLINE Floats multiply_add(Floats a, Floats b, Floats c) {
#if defined(TL_WIDE_BYTES)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

// Tables of scales -------------------------------------------------------------------------------

TL_OUTLINE Table8 table8(uint64_t bytes) {
#if defined(__AVX2__)
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(bytes))));
#else
  Table8 t;
  for (int i = 0; i < 8; i++) t[i] = static_cast<float>((bytes >> (8 * i)) & 255);
  return t;
#endif
}

TL_INLINE Table16 table16(uint64_t low, uint64_t high) {
#if defined(__AVX512F__)
  return _mm512_cvtepi32_ps(
      _mm512_cvtepu8_epi32(_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low))));
#else
  Table16 t;
  const Table8 a = table8(low), b = table8(high);
  memcpy(&t, &a, 32);
  memcpy(reinterpret_cast<char*>(&t) + 32, &b, 32);
  return t;
#endif
}

// Sixteen signed bytes.
TL_INLINE Table16 signed_table16(const uint8_t* p) {
#if defined(__AVX512F__)
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(load_128(p)));
#else
  constexpr uint64_t SIGNS = 0x8080808080808080u;
  return table16(load_u64(p) ^ SIGNS, load_u64(p + 8) ^ SIGNS) - 128.0f;
#endif
}

// Of eight blocks, STRIDE bytes each, the halves AT bytes after their beginnings.
template <int STRIDE, int AT>
TL_OUTLINE Table8 table_of_halves(const uint8_t* p) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  // Words are picked out of two vectors at a time, of two or four blocks each, none of which ends after the last block.
  constexpr int BLOCKS = 3 * STRIDE + AT + 2 <= 64 ? 4 : 2;
  struct alignas(64) Index { int16_t word[2][32]; };
  constexpr auto start = [](int block) { return least(block / BLOCKS * BLOCKS * STRIDE, 8 * STRIDE - 64); };
  static constexpr Index INDEX = [&] {
    Index index{};
    for (int i = 0; i < 8; i++) {
      const int word = (i * STRIDE + AT - static_cast<int>(start(i))) / 2 + i / BLOCKS % 2 * 32;
      index.word[BLOCKS == 4 ? 0 : i / 4][BLOCKS == 4 ? i : i % 4] = static_cast<int16_t>(word);
    }
    return index;
  }();
  const auto pick = [&](int pair, int block) {
    const __m512i low = _mm512_loadu_si512(p + start(block)), high = _mm512_loadu_si512(p + start(block + BLOCKS));
    return _mm512_castsi512_si128(_mm512_permutex2var_epi16(low, _mm512_load_si512(INDEX.word[pair]), high));
  };
  if constexpr (BLOCKS == 4) return _mm256_cvtph_ps(pick(0, 0));
  else return _mm256_cvtph_ps(_mm_unpacklo_epi64(pick(0, 0), pick(1, 4)));
#elif defined(__AVX2__)
  p += AT;
  const __m128i h = _mm_set_epi16(
      static_cast<short>(load_u16(p + 7 * STRIDE)), static_cast<short>(load_u16(p + 6 * STRIDE)),
      static_cast<short>(load_u16(p + 5 * STRIDE)), static_cast<short>(load_u16(p + 4 * STRIDE)),
      static_cast<short>(load_u16(p + 3 * STRIDE)), static_cast<short>(load_u16(p + 2 * STRIDE)),
      static_cast<short>(load_u16(p + STRIDE)), static_cast<short>(load_u16(p)));
  return _mm256_cvtph_ps(h);
#else
  Table8 t;
  for (int i = 0; i < 8; i++) t[i] = half_to_float(load_u16(p + i * STRIDE + AT));
  return t;
#endif
}

// table[index[i]] in lane i; on 32-byte levels all indices lie in the same half of a Table16.
template <class Table>
TL_INLINE Floats spread(Table table, const int32_t* index) {
  constexpr bool sixteen = sizeof(Table) == 64;
#if defined(TL_WIDE_BYTES)
  __m512 t;
  if constexpr (sixteen) t = (__m512)table; else t = _mm512_castps256_ps512((__m256)table);
  return _mm512_permutexvar_ps(_mm512_load_si512(index), t);
#else
  Table8 t;
  const int base = sixteen ? index[0] & 8 : 0;
  if constexpr (sixteen) memcpy(&t, reinterpret_cast<const char*>(&table) + 4 * base, 32); else t = table;
#if defined(__AVX2__)
  return _mm256_permutevar8x32_ps(t, _mm256_load_si256(reinterpret_cast<const __m256i*>(index)));
#else
  const float a = t[index[0] - base], b = t[index[4] - base];
  return Floats{a, a, a, a, b, b, b, b};
#endif
#endif
}

}  // namespace TL_LEVEL
}  // namespace tl
