// The packed formats whose values come from codebooks: 256 elements, eights or fours of them a row of the book.
// Signs are bits, set where a value is negative; of seven stored ones the eighth makes their number even.
#include "codebooks.h"
#include "packed_rows.h"

namespace tl {
namespace TL_LEVEL {

constexpr int EIGHTS = WIDTH / 8, FOURS = WIDTH / 4;

// A word for each eight elements, or a few, of which a narrow vector has half as many.
TL_INLINE uint64_t load_eights(const uint8_t* p) { return WIDTH == 64 ? load_u64(p) : load_u32(p); }
TL_INLINE uint32_t load_quarters(const uint8_t* p) { return WIDTH == 64 ? load_u32(p) : load_u16(p); }

// Rows low + 256 * high of a book, for the bytes of both.
TL_INLINE Bytes rows_of(const uint64_t* book, uint64_t low, uint64_t high) {
#if defined(TL_WIDE_BYTES)
  const __m256i l = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(low)));
  const __m256i h = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(high)));
  return (Bytes)_mm512_i32gather_epi64(_mm256_or_si256(l, _mm256_slli_epi32(h, 8)), book, 8);
#else
  typedef uint64_t Rows __attribute__((vector_size(WIDTH)));
  const auto row = [=](int i) { return book[(low >> 8 * i & 255) | (high >> 8 * i & 255) << 8]; };
  return (Bytes)Rows{row(0), row(1), row(2), row(3)};
#endif
}

// The same of a book of fours: the low 8 bits in memory, and a ninth of each.
TL_INLINE Bytes rows_of(const uint32_t* book, const uint8_t* low, uint32_t ninth) {
#if defined(TL_WIDE_BYTES)
  const __m512i l = _mm512_cvtepu8_epi32(load_128(low));
  return (Bytes)_mm512_i32gather_epi32(_mm512_mask_add_epi32(l, static_cast<__mmask16>(ninth), l, _mm512_set1_epi32(256)), book, 4);
#else
  typedef uint64_t Rows __attribute__((vector_size(WIDTH)));
  const auto row = [=](int i) { return static_cast<uint64_t>(book[low[i] | (ninth >> i & 1) << 8]); };
  return (Bytes)Rows{row(0) | row(1) << 32, row(2) | row(3) << 32, row(4) | row(5) << 32, row(6) | row(7) << 32};
#endif
}

// Magnitudes with signs, plus ZERO.
template <uint8_t ZERO>
TL_INLINE Bytes with_signs(Bytes magnitudes, uint64_t negative) {
  const Bytes m = where(negative, 0xff);
  return (magnitudes ^ m) - m + bytes_of(ZERO);
}

// Signs of seven in the low bits of every byte, completed.
TL_INLINE uint64_t even_signs(uint64_t seven) {
  uint64_t odd = seven ^ seven >> 4;
  odd ^= odd >> 2;
  odd ^= odd >> 1;
  return seven | (odd & EACH_BYTE) << 7;
}

// Signs of a vector: words with 28 of them for each 32 elements, `stride` bytes apart.
TL_INLINE uint64_t signs_of_words(const uint8_t* p, int stride) {
  return even_signs(spread_sevens(load_u32(p), WIDTH == 64 ? load_u32(p + stride) : 0));
}

struct InOrder {
  static constexpr int half(int p) { return p; }
};

// d, and for each 32 elements four row numbers, 28 signs and a 4-bit scale: magnitude * (d * (0.5 + scale) / 4).
struct PackedIQ2_XXS : Format<43, false, 32, false, false>, InOrder {
  static constexpr int CHUNK_BYTES = 66;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t* first = p + 2 + v * EIGHTS * 2;
      const uint64_t low = load_u32(first) | (WIDTH == 64 ? static_cast<uint64_t>(load_u32(first + 8)) << 32 : 0);
      const Bytes rows = rows_of(CODEBOOKS.iq2_xxs, low, 0);
      codes[v] = with_signs<ZERO>(rows, signs_of_words(first + 4, 8));
    }
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    return half_to_float(load_u16(p)) * (table8(bytes_apart(p + 9, 8) >> 4 & (EACH_BYTE * 15)) + 0.5f) * 0.25f;
  }
};

// Sixteen 4-bit scales of IQ2_XS and IQ2_S: d * (0.5 + scale) / 4.
TL_INLINE Table16 scales_of_nibbles(float d, const uint8_t* p) {
  return d * (table16(spread_nibbles(load_u32(p)), spread_nibbles(load_u32(p + 4))) + 0.5f) * 0.25f;
}

// d, for each 8 elements 9 bits of row number and 7 signs, 16 4-bit scales.
struct PackedIQ2_XS : Format<43, false, 16, false, false>, InOrder {
  static constexpr int CHUNK_BYTES = 74;
  // Of the words of a vector, shifted right, the low bytes.
  TL_INLINE uint64_t bytes_of_words(const uint8_t* p, int shift) {
    const uint64_t low = low_bytes(load_u64(p) >> shift);
    return WIDTH == 64 ? low | low_bytes(load_u64(p + 8) >> shift) << 32 : low;
  }
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t* first = p + 2 + v * EIGHTS * 2;
      const Bytes rows = rows_of(CODEBOOKS.iq2_xs, bytes_of_words(first, 0), bytes_of_words(first, 8) & EACH_BYTE);
      codes[v] = with_signs<ZERO>(rows, even_signs(bytes_of_words(first, 9) & (EACH_BYTE * 127)));
    }
  }
  TL_INLINE Table16 scales(const uint8_t* p) { return scales_of_nibbles(half_to_float(load_u16(p)), p + 66); }
};

// d, the low 8 bits of 32 row numbers, 256 signs, the high 2 bits of the numbers, 16 4-bit scales.
struct PackedIQ2_S : Format<43, false, 16, false, false>, InOrder {
  static constexpr int CHUNK_BYTES = 82;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t *low = p + 2 + v * EIGHTS, *high = p + 66 + v * EIGHTS / 4, *signs = p + 34 + v * EIGHTS;
      const Bytes rows = rows_of(CODEBOOKS.iq2_s, load_eights(low), spread_pairs(WIDTH == 64 ? load_u16(high) : *high));
      codes[v] = with_signs<ZERO>(rows, load_eights(signs));
    }
  }
  TL_INLINE Table16 scales(const uint8_t* p) { return scales_of_nibbles(half_to_float(load_u16(p)), p + 74); }
};

// d, 64 row numbers, for each 32 elements 28 signs and a 4-bit scale: magnitude * (d * (0.5 + scale) / 2).
struct PackedIQ3_XXS : Format<62, false, 32, false, false>, InOrder {
  static constexpr int CHUNK_BYTES = 98;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const Bytes rows = rows_of(CODEBOOKS.iq3_xxs, p + 2 + v * FOURS, 0);
      codes[v] = with_signs<ZERO>(rows, signs_of_words(p + 66 + v * EIGHTS, 4));
    }
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    return half_to_float(load_u16(p)) * (table8(bytes_apart(p + 69, 4) >> 4 & (EACH_BYTE * 15)) + 0.5f) * 0.5f;
  }
};

// d, the low 8 bits of 64 row numbers, their ninth bits, 256 signs, eight 4-bit scales: magnitude * (d * (1 + 2 * scale)).
struct PackedIQ3_S : Format<15, false, 32, false, false>, InOrder {
  static constexpr int CHUNK_BYTES = 110;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t *low = p + 2 + v * FOURS, *signs = p + 74 + v * EIGHTS;
      const Bytes rows = rows_of(CODEBOOKS.iq3_s, low, load_u16(p + 66 + v * FOURS / 8));
      codes[v] = with_signs<ZERO>(rows, load_eights(signs));
    }
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    return half_to_float(load_u16(p)) * (1.0f + 2.0f * table8(spread_nibbles(load_u32(p + 106))));
  }
};

// Eight times rows of -1, 0 and 1, shifted by one up, or down where a byte of `down` is 1, plus 9.
TL_INLINE Bytes ternary_rows(uint64_t low, uint64_t high, uint64_t down) {
  const Bytes up = rows_of(CODEBOOKS.iq1, low, high);
#if defined(TL_WIDE_BYTES)
  const __mmask8 rows = static_cast<__mmask8>(_pext_u64(down, EACH_BYTE));
  return up - (Bytes)_mm512_maskz_set1_epi64(rows, 2 * EACH_BYTE);
#else
  typedef uint64_t Rows __attribute__((vector_size(WIDTH)));
  return up - (Bytes)(Rows{down & 1, down >> 8 & 1, down >> 16 & 1, down >> 24 & 1} * (2 * EACH_BYTE));
#endif
}

// d, the low 8 bits of 32 row numbers, and for each 32 elements a word: four times 3 high bits, a 3-bit scale, and
// whether values are shifted down by an eighth: (8 * value ± 1) * (d * (2 * scale + 1) / 8).
struct PackedIQ1_S : Format<9, false, 32, false, false>, InOrder {
  static constexpr int CHUNK_BYTES = 50;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t* low = p + 2 + v * EIGHTS;
      const uint64_t words = load_quarters(p + 34 + v * EIGHTS / 2);
      const uint64_t down = (words >> 15 & 1) * 0x01010101u | (words >> 31) * 0x0101010100000000u;
      codes[v] = ternary_rows(load_eights(low), spread_threes(words), down);
    }
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    return half_to_float(load_u16(p)) * 0.125f * (2.0f * table8(bytes_apart(p + 35, 2) >> 4 & (EACH_BYTE * 7)) + 1.0f);
  }
};

// The low 8 bits of 32 row numbers, for each 8 elements 3 high bits and whether they are shifted down, and four words
// with four 3-bit scales each and, at the top, a quarter of d.
struct PackedIQ1_M : Format<9, false, 16, false, false>, InOrder {
  static constexpr int CHUNK_BYTES = 56;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t *low = p + v * EIGHTS, *high = p + 32 + v * EIGHTS / 2;
      const uint64_t nibbles = spread_nibbles(load_quarters(high));
      codes[v] = ternary_rows(load_eights(low), nibbles & (EACH_BYTE * 7), nibbles >> 3 & EACH_BYTE);
    }
  }
  TL_INLINE Table16 scales(const uint8_t* p) {
    const uint64_t words = load_u64(p + 48), quarters = words >> 12 & 0x000f000f000f000fu;
    const uint64_t d = quarters | quarters >> 12 | quarters >> 24 | quarters >> 36;
    const Table16 scale = table16(spread_threes(words), spread_threes(words >> 32));
    return half_to_float(static_cast<uint16_t>(d)) * 0.125f * (2.0f * scale + 1.0f);
  }
};

const PackedFormat* codebook_format(int64_t enc) {
  static constexpr PackedFormat FORMATS[] = {format<PackedIQ2_XXS>(IQ2_XXS), format<PackedIQ2_XS>(IQ2_XS),
                                             format<PackedIQ2_S>(IQ2_S),     format<PackedIQ3_XXS>(IQ3_XXS),
                                             format<PackedIQ3_S>(IQ3_S),     format<PackedIQ1_S>(IQ1_S),
                                             format<PackedIQ1_M>(IQ1_M)};
  return find_format(FORMATS, enc);
}

}  // namespace TL_LEVEL
}  // namespace tl
