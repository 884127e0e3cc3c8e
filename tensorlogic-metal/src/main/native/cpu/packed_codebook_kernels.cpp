// The packed formats whose values come from codebooks: 256 elements, eights or fours of them a row of the book.
// Signs are bits, set where a value is negative; of seven stored ones the eighth makes their number even.
#include "codebooks.h"
#include "packed_rows.h"

namespace tl {
namespace TL_LEVEL {

typedef uint64_t Eights __attribute__((vector_size(WIDTH)));
typedef uint32_t Fours __attribute__((vector_size(WIDTH)));
constexpr int EIGHTS = WIDTH / 8, FOURS = WIDTH / 4;

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

// Four times 7 bits, one into each byte.
TL_INLINE uint64_t spread_sevens(uint32_t x) {
  return (x & 0x7f) | (x << 1 & 0x7f00) | (x << 2 & 0x7f0000) | (x << 3 & 0x7f000000);
}

// Signs of a vector: `stride` bytes apart, words with 28 of them for each 32 elements.
TL_INLINE uint64_t signs_of_words(const uint8_t* p, int stride) {
  uint64_t seven = spread_sevens(load_u32(p));
  if constexpr (WIDTH == 64) seven |= spread_sevens(load_u32(p + stride)) << 32;
  return even_signs(seven);
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
      Eights rows{};
#pragma GCC unroll 8
      for (int i = 0; i < EIGHTS; i++) rows[i] = CODEBOOKS.iq2_xxs[first[i / 4 * 8 + i % 4]];
      codes[v] = with_signs<ZERO>((Bytes)rows, signs_of_words(first + 4, 8));
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
  // The upper 7 bits of four words.
  TL_INLINE uint64_t sevens(const uint8_t* p) {
    uint64_t x = load_u64(p) >> 9 & 0x007f007f007f007fu;
    x = (x | x >> 8) & 0x0000ffff0000ffffu;
    return (x | x >> 16) & 0xffffffffu;
  }
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t* first = p + 2 + v * EIGHTS * 2;
      Eights rows{};
#pragma GCC unroll 8
      for (int i = 0; i < EIGHTS; i++) rows[i] = CODEBOOKS.iq2_xs[load_u16(first + 2 * i) & 511];
      uint64_t seven = sevens(first);
      if constexpr (WIDTH == 64) seven |= sevens(first + 8) << 32;
      codes[v] = with_signs<ZERO>((Bytes)rows, even_signs(seven));
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
      Eights rows{};
#pragma GCC unroll 8
      for (int i = 0; i < EIGHTS; i++) rows[i] = CODEBOOKS.iq2_s[low[i] | (high[i / 4] >> 2 * (i % 4) & 3) << 8];
      codes[v] = with_signs<ZERO>((Bytes)rows, WIDTH == 64 ? load_u64(signs) : load_u32(signs));
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
      Fours rows{};
#pragma GCC unroll 16
      for (int i = 0; i < FOURS; i++) rows[i] = CODEBOOKS.iq3_xxs[p[2 + v * FOURS + i]];
      codes[v] = with_signs<ZERO>((Bytes)rows, signs_of_words(p + 66 + v * EIGHTS, 4));
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
      const uint32_t high = load_u16(p + 66 + v * FOURS / 8);
      Fours rows{};
#pragma GCC unroll 16
      for (int i = 0; i < FOURS; i++) rows[i] = CODEBOOKS.iq3_s[low[i] | (high >> i & 1) << 8];
      codes[v] = with_signs<ZERO>((Bytes)rows, WIDTH == 64 ? load_u64(signs) : load_u32(signs));
    }
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    return half_to_float(load_u16(p)) * (1.0f + 2.0f * table8(spread_nibbles(load_u32(p + 106))));
  }
};

// Eight times a row of -1, 0 and 1, shifted by one down or up, plus 9.
TL_INLINE Bytes shifted(Eights rows, Eights down) { return (Bytes)rows + (Bytes)(EACH_BYTE * 10 - down * 2); }

// d, the low 8 bits of 32 row numbers, and for each 32 elements a word: four times 3 high bits, a 3-bit scale, and
// whether values are shifted down by an eighth: (8 * value ± 1) * (d * (2 * scale + 1) / 8).
struct PackedIQ1_S : Format<9, false, 32, false, false>, InOrder {
  static constexpr int CHUNK_BYTES = 50;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t* low = p + 2 + v * EIGHTS;
      Eights rows{}, down{};
#pragma GCC unroll 8
      for (int i = 0; i < EIGHTS; i++) {
        const uint32_t high = load_u16(p + 34 + (v * EIGHTS + i) / 4 * 2);
        rows[i] = CODEBOOKS.iq1[low[i] | (high >> 3 * (i % 4) & 7) << 8];
        down[i] = EACH_BYTE * (high >> 15);
      }
      codes[v] = shifted(rows, down);
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
      Eights rows{}, down{};
#pragma GCC unroll 8
      for (int i = 0; i < EIGHTS; i++) {
        const uint32_t h = high[i / 2] >> 4 * (i % 2);
        rows[i] = CODEBOOKS.iq1[low[i] | (h & 7) << 8];
        down[i] = EACH_BYTE * (h >> 3 & 1);
      }
      codes[v] = shifted(rows, down);
    }
  }
  // The 3-bit fields of two words, one into each byte.
  TL_INLINE uint64_t spread_threes(uint64_t x) {
    x = (x & 0xfff) | (x & 0xfff0000) << 16;
    x = (x & 0x3f0000003fu) | (x & 0xfc000000fc0u) << 10;
    return (x & 0x0007000700070007u) | (x & 0x0038003800380038u) << 5;
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
