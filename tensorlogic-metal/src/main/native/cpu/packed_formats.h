// The packed formats, each read a chunk of 256 elements at a time.
//
// Element e of a chunk is scale[e / GROUP] * (code[e] - ZERO) + offset[e / GROUP], where the codes come out
// of unpack() in whatever order the bits suggest: the 16-byte piece p of the vectors holds the elements
// 16 * half(p) … + 15. Smaller blocks are read several at a time, eight of 32.
//
//   GROUP    elements that share a scale, 32 or 16
//   SIGNED   codes are signed bytes (ZERO is then 0, or 128 where UNSIGNED_CODES adds it); others are at most 127, 63 if MERGED
//   OFFSETS  has offsets (ZERO is then 0)
//   MERGED   vectors 2i and 2i + 1 hold elements of the same groups, piece by piece
//   BLOCK    elements of a block, 256 unless a format says less: then the first half of the vectors are the
//            chunk's first 128 elements
//
// The layouts and closed forms are GGUF's (ggml-common.h, ggml-quants.c), little endian:
//   d, m, dmin = half at byte 0 (or where noted); low / high = the nibbles of a byte.
#pragma once

#include <utility>

#include "packed_code.h"

namespace tl {
namespace TL_LEVEL {

template <int Zero, bool Signed, int Group, bool Offsets, bool Merged>
struct Format {
  static constexpr bool SIGNED = Signed;
  static constexpr int ZERO = Signed ? (UNSIGNED_CODES ? 128 : 0) : Zero;
  static constexpr int GROUP = Group;
  static constexpr bool OFFSETS = Offsets;
  static constexpr bool MERGED = Merged;
  static constexpr int BLOCK = CHUNK;
};

template <int Group>
struct TableOf { typedef Table8 type; typedef int32_t mask __attribute__((vector_size(32))); };
template <>
struct TableOf<16> { typedef Table16 type; typedef int32_t mask __attribute__((vector_size(64))); };

// Signed codes as the level's dot product wants them.
TL_INLINE Bytes biased(Bytes v) {
  if constexpr (UNSIGNED_CODES) return v ^ bytes_of(0x80); else return v;
}

// Sixteen nibbles of a block of 32: low ones are elements 0 … 15, high ones 16 … 31.
struct NibbleBlocks {
  static constexpr int half(int p) { return 2 * (p / (2 * PIECES) * PIECES + p % PIECES) + (p / PIECES & 1); }

  TL_INLINE void unpack(const uint8_t* first, int stride, Bytes* codes) {
#pragma GCC unroll 4
    for (int i = 0; i < VECTORS / 2; i++) {
      const Bytes v = load_pieces(first + i * PIECES * stride, stride);
      codes[2 * i] = bits(v, 0, 15);
      codes[2 * i + 1] = bits(v, 4, 15);
    }
  }
};

// The fifth bits of eight blocks' 32 codes: bit i belongs to element i.
TL_INLINE void add_fifth_bits(const uint8_t* first, int stride, Bytes* codes) {
#pragma GCC unroll 8
  for (int v = 0; v < VECTORS; v++) {
    uint64_t set = 0;
#pragma GCC unroll 4
    for (int j = 0; j < PIECES; j++)
      set |= static_cast<uint64_t>(load_u16(first + (v / 2 * PIECES + j) * stride + (v & 1) * 2)) << (16 * j);
    codes[v] |= where(set, 16);
  }
}

// d, 16 bytes of nibbles: (q - 8) * d.
struct PackedQ4_0 : Format<8, false, 32, false, true>, NibbleBlocks {
  static constexpr int BLOCK = 32, CHUNK_BYTES = 8 * 18;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) { NibbleBlocks::unpack(p + 2, 18, codes); }
  TL_INLINE Table8 scales(const uint8_t* p) { return table_of_halves<18, 0>(p); }
};

// d, m, 16 bytes of nibbles: q * d + m.
struct PackedQ4_1 : Format<0, false, 32, true, true>, NibbleBlocks {
  static constexpr int BLOCK = 32, CHUNK_BYTES = 8 * 20;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) { NibbleBlocks::unpack(p + 4, 20, codes); }
  TL_INLINE Table8 scales(const uint8_t* p) { return table_of_halves<20, 0>(p); }
  TL_INLINE Table8 offsets(const uint8_t* p) { return table_of_halves<20, 2>(p); }
};

// d, 32 fifth bits, 16 bytes of nibbles: (q - 16) * d.
struct PackedQ5_0 : Format<16, false, 32, false, true>, NibbleBlocks {
  static constexpr int BLOCK = 32, CHUNK_BYTES = 8 * 22;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
    NibbleBlocks::unpack(p + 6, 22, codes);
    add_fifth_bits(p + 2, 22, codes);
  }
  TL_INLINE Table8 scales(const uint8_t* p) { return table_of_halves<22, 0>(p); }
};

// d, m, 32 fifth bits, 16 bytes of nibbles: q * d + m.
struct PackedQ5_1 : Format<0, false, 32, true, true>, NibbleBlocks {
  static constexpr int BLOCK = 32, CHUNK_BYTES = 8 * 24;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
    NibbleBlocks::unpack(p + 8, 24, codes);
    add_fifth_bits(p + 4, 24, codes);
  }
  TL_INLINE Table8 scales(const uint8_t* p) { return table_of_halves<24, 0>(p); }
  TL_INLINE Table8 offsets(const uint8_t* p) { return table_of_halves<24, 2>(p); }
};

// Eight blocks with 32 signed bytes each, `STRIDE` bytes apart.
template <int STRIDE>
struct ByteBlocks {
  static constexpr int half(int p) { return p; }
  TL_INLINE void unpack(const uint8_t* first, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) codes[v] = biased(load_pairs(first + v * (PIECES / 2) * STRIDE, STRIDE));
  }
};

// d, 32 signed bytes: q * d.
struct PackedQ8_0 : Format<0, true, 32, false, false>, ByteBlocks<34> {
  static constexpr int BLOCK = 32, CHUNK_BYTES = 8 * 34;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) { ByteBlocks::unpack(p + 2, codes); }
  TL_INLINE Table8 scales(const uint8_t* p) { return table_of_halves<34, 0>(p); }
};

// d, d times the sum of the codes, 32 signed bytes: q * d.
struct PackedQ8_1 : Format<0, true, 32, false, false>, ByteBlocks<36> {
  static constexpr int BLOCK = 32, CHUNK_BYTES = 8 * 36;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) { ByteBlocks::unpack(p + 4, codes); }
  TL_INLINE Table8 scales(const uint8_t* p) { return table_of_halves<36, 0>(p); }
};

// d as a float, 256 signed bytes, the sums of sixteen 16: q * d.
struct PackedQ8_K : Format<0, true, 32, false, false>, ByteBlocks<32> {
  static constexpr int CHUNK_BYTES = 4 + 256 + 32;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) { ByteBlocks::unpack(p + 4, codes); }
  TL_INLINE Table8 scales(const uint8_t* p) { return load_as<float>(p) - Table8{}; }
};

// The value each nibble stands for in IQ4_NL and IQ4_XS, biased as the level wants it.
alignas(16) static const int8_t NON_LINEAR[16] = {
#define TL_CODE(x) static_cast<int8_t>(UNSIGNED_CODES ? (x) ^ -128 : (x))
    TL_CODE(-127), TL_CODE(-104), TL_CODE(-83), TL_CODE(-65), TL_CODE(-49), TL_CODE(-35), TL_CODE(-22), TL_CODE(-10),
    TL_CODE(1),    TL_CODE(13),   TL_CODE(25),  TL_CODE(38),  TL_CODE(53),  TL_CODE(69),  TL_CODE(89),  TL_CODE(113)
#undef TL_CODE
};

TL_INLINE void look_up_all(Bytes* codes, const int8_t* table) {
#pragma GCC unroll 8
  for (int v = 0; v < VECTORS; v++) codes[v] = lookup(codes[v], table);
}

// d, 16 bytes of nibbles: NON_LINEAR[q] * d.
struct PackedIQ4_NL : Format<0, true, 32, false, true>, NibbleBlocks {
  static constexpr int BLOCK = 32, CHUNK_BYTES = 8 * 18;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
    NibbleBlocks::unpack(p + 2, 18, codes);
    look_up_all(codes, NON_LINEAR);
  }
  TL_INLINE Table8 scales(const uint8_t* p) { return table_of_halves<18, 0>(p); }
};

// d, high 2 and low 4 bits of eight 6-bit scales, 128 bytes of nibbles laid out as eight blocks:
// NON_LINEAR[q] * (d * (scale - 32)).
struct PackedIQ4_XS : Format<0, true, 32, false, true>, NibbleBlocks {
  static constexpr int CHUNK_BYTES = 136;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
    NibbleBlocks::unpack(p + 8, 16, codes);
    look_up_all(codes, NON_LINEAR);
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    const uint64_t scale = spread_nibbles(load_u32(p + 4)) | spread_pairs(load_u16(p + 2)) << 4;
    return half_to_float(load_u16(p)) * (table8(scale) - 32.0f);
  }
};

// Twice the value of each E2M1 code, plus 12; negative zero is zero.
alignas(16) static const int8_t E2M1[16] = {12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0};

// Eight bytes, `stride` apart.
TL_INLINE uint64_t bytes_apart(const uint8_t* p, int stride) {
  uint64_t bytes = 0;
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) bytes |= static_cast<uint64_t>(p[i * stride]) << 8 * i;
  return bytes;
}

// An exponent e, 16 bytes of nibbles: (E2M1[q] - 12) * 2^(e - 128).
struct PackedMXFP4 : Format<12, false, 32, false, true>, NibbleBlocks {
  static constexpr int BLOCK = 32, CHUNK_BYTES = 8 * 17;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
    NibbleBlocks::unpack(p + 1, 17, codes);
    look_up_all(codes, E2M1);
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    typedef TableOf<32>::mask Exponents;
    const Exponents e = __builtin_convertvector(table8(bytes_apart(p, 17)), Exponents);
    const Exponents subnormal = (e + 1) << 21;  // 2^-128 and 2^-127
    return (Table8)(e < 2 ? subnormal : (e - 1) << 23);
  }
};

// The low nibbles of 8 bytes, then their high ones, and so on.
TL_INLINE Bytes nibbles_of_eights(const uint8_t* p) {
#if defined(TL_WIDE_BYTES)
  const __m512i twice = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3), _mm512_castsi256_si512(load_256(p)));
  return (Bytes)_mm512_srlv_epi64(twice, _mm512_setr_epi64(0, 4, 0, 4, 0, 4, 0, 4)) & 15;
#else
  typedef uint64_t Words __attribute__((vector_size(WIDTH)));
  const uint64_t a = load_u64(p), b = load_u64(p + 8);
  return (Bytes)Words{a, a >> 4, b, b >> 4} & 15;
#endif
}

// Four E4M3 scales without their sign, whose NaN is zero, and for each 16 elements 8 bytes of nibbles, low ones
// first: (E2M1[q] - 12) * (scale / 2).
struct PackedNVFP4 : Format<12, false, 16, false, false> {
  static constexpr int BLOCK = 64, CHUNK_BYTES = 4 * 36;
  static constexpr int half(int p) { return p; }
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t* first = p + v * PIECES / 4 * 36 + 4 + v * PIECES % 4 * 8;
      codes[v] = lookup(nibbles_of_eights(first), E2M1);
    }
  }
  TL_INLINE Table16 scales(const uint8_t* p) {
    const uint64_t low = load_u32(p) | static_cast<uint64_t>(load_u32(p + 36)) << 32;
    const uint64_t high = load_u32(p + 72) | static_cast<uint64_t>(load_u32(p + 108)) << 32;
    const Table16 codes = table16(low & (EACH_BYTE * 127), high & (EACH_BYTE * 127));
    if constexpr (WIDTH == 64) return halved<TableOf<16>>(codes);
    Table8 halves[2];  // what is wider than the machine's vectors is compared element by element
    memcpy(halves, &codes, sizeof codes);
    for (Table8& half : halves) half = halved<TableOf<32>>(half);
    return load_as<Table16>(halves);
  }
  // Half the values of E4M3 codes.
  template <class T>
  TL_INLINE typename T::type halved(typename T::type codes) {
    typedef typename T::mask Codes;
    const Codes code = __builtin_convertvector(codes, Codes);
    const Codes normal = (code << 20) + (119 << 23), subnormal = (Codes)(codes * 0x1p-10f);
    return (typename T::type)((code < 8 ? subnormal : normal) & (code != 127));
  }
};

// d, 128 bits: (2 * bit - 1) * d.
struct PackedQ1_0 : Format<1, false, 32, false, false> {
  static constexpr int BLOCK = 128, CHUNK_BYTES = 2 * 18;
  static constexpr int half(int p) { return p; }
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const uint8_t* first = p + v / (VECTORS / 2) * 18 + 2 + v % (VECTORS / 2) * (WIDTH / 8);
      codes[v] = where(WIDTH == 64 ? load_u64(first) : load_u32(first), 2);
    }
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    const float a = half_to_float(load_u16(p)), b = half_to_float(load_u16(p + 18));
    return Table8{a, a, a, a, b, b, b, b};
  }
};

// d, 16 bytes of four codes each: (q - 1) * d.
struct PackedQ2_0 : Format<1, false, 32, false, false> {
  static constexpr int BLOCK = 64, CHUNK_BYTES = 4 * 18;
  static constexpr int half(int p) { return p; }
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const Ints q = widened(p + v * PIECES / 4 * 18 + 2 + v * PIECES % 4 * 4);
      codes[v] = (Bytes)(q | q << 6 | q << 12 | q << 18) & 3;
    }
  }
  TL_INLINE Table8 scales(const uint8_t* p) {
    const float a = half_to_float(load_u16(p)), b = half_to_float(load_u16(p + 18));
    const float c = half_to_float(load_u16(p + 36)), d = half_to_float(load_u16(p + 54));
    return Table8{a, a, b, b, c, c, d, d};
  }
};

// 32 bytes of nibbles for 64 elements: low ones are elements 0 … 31, high ones 32 … 63.
struct NibbleGroups {
  static constexpr int half(int p) {
    return (p / (2 * PIECES) * PIECES + p % PIECES) / 2 * 4 + p % 2 + 2 * (p / PIECES & 1);
  }

  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 4
    for (int i = 0; i < VECTORS / 2; i++) {
      const Bytes v = load_as<Bytes>(p + i * WIDTH);
      codes[2 * i] = bits(v, 0, 15);
      codes[2 * i + 1] = bits(v, 4, 15);
    }
  }
};

// d, dmin and 12 bytes with eight 6-bit scales and minima: scale j is bits 0 … 5 of byte j, minimum j of byte
// j + 4, for j < 4; the others have their low 4 bits in bytes 8 … 11 and their high 2 bits on top of those.
struct SixBitScales {
  TL_INLINE Table8 scales(const uint8_t* p) {
    const uint32_t a = load_u32(p + 4), c = load_u32(p + 12);
    const uint32_t high = (c & 0x0f0f0f0fu) | (a >> 6 & 0x03030303u) << 4;
    return half_to_float(load_u16(p)) * table8((a & 0x3f3f3f3fu) | static_cast<uint64_t>(high) << 32);
  }
  TL_INLINE Table8 offsets(const uint8_t* p) {
    const uint32_t b = load_u32(p + 8), c = load_u32(p + 12);
    const uint32_t high = (c >> 4 & 0x0f0f0f0fu) | (b >> 6 & 0x03030303u) << 4;
    return -(half_to_float(load_u16(p + 2)) * table8((b & 0x3f3f3f3fu) | static_cast<uint64_t>(high) << 32));
  }
};

// SixBitScales, 128 bytes of nibbles: q * (d * scale) - dmin * minimum.
struct PackedQ4_K : Format<0, false, 32, true, false>, SixBitScales, NibbleGroups {
  static constexpr int CHUNK_BYTES = 144;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) { NibbleGroups::unpack(p + 16, codes); }
};

// SixBitScales, 32 bytes of fifth bits (bit j of byte l belongs to element 32j + l), 128 bytes of nibbles.
struct PackedQ5_K : Format<0, false, 32, true, false>, SixBitScales, NibbleGroups {
  static constexpr int CHUNK_BYTES = 176;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
    NibbleGroups::unpack(p + 48, codes);
    const Bytes fifth = repeated(p + 16, 2);
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) codes[v] |= bits(fifth, half(v * PIECES) / 2 - 4, 16);
  }
};

// 32 bytes hold elements l of four runs of 32 (j = 0 … 3) of each 128: 2 bits at 2j of byte 32g + l.
// A vector takes run j of both halves of the chunk, or of one half where it has 32 bytes.
struct CrumbGroups {
  static constexpr int RUNS = 4;
  static constexpr int run(int v) { return v % RUNS; }
  static constexpr int half(int p) { return 8 * (p / PIECES / RUNS + p % PIECES / 2) + 2 * run(p / PIECES) + p % 2; }

  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) codes[v] = bits(load_as<Bytes>(p + v / RUNS * 32), 2 * run(v), 3);
  }
};

// 16 bytes with a 4-bit scale (low) and minimum (high) each, 64 bytes of 2-bit codes, d, dmin:
// q * (d * scale) - dmin * minimum.
struct PackedQ2_K : Format<0, false, 16, true, false>, CrumbGroups {
  static constexpr int CHUNK_BYTES = 84;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) { CrumbGroups::unpack(p + 16, codes); }
  TL_INLINE Table16 scales(const uint8_t* p) {
    return half_to_float(load_u16(p + 80)) *
           table16(load_u64(p) & (EACH_BYTE * 15), load_u64(p + 8) & (EACH_BYTE * 15));
  }
  TL_INLINE Table16 offsets(const uint8_t* p) {
    return -(half_to_float(load_u16(p + 82)) *
             table16(load_u64(p) >> 4 & (EACH_BYTE * 15), load_u64(p + 8) >> 4 & (EACH_BYTE * 15)));
  }
};

// 32 bytes of third bits (bit j of byte l belongs to element 32j + l), 64 bytes of 2-bit codes, 16 6-bit scales
// (low nibbles in 8 bytes, then 2 high bits each in 4), d: (q - 4) * (d * (scale - 32)).
struct PackedQ3_K : Format<4, false, 16, false, false>, CrumbGroups {
  static constexpr int CHUNK_BYTES = 110;
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
    CrumbGroups::unpack(p + 32, codes);
    const Bytes third = repeated(p, 4);
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) codes[v] |= bits(third, half(v * PIECES) / 2 - 2, 4);
  }
  TL_INLINE Table16 scales(const uint8_t* p) {
    const uint64_t nibbles = load_u64(p + 96), crumbs = load_u32(p + 104);
    const uint64_t low = (nibbles & (EACH_BYTE * 15)) | ((crumbs | crumbs << 30) & (EACH_BYTE * 3)) << 4;
    const uint64_t high = (nibbles >> 4 & (EACH_BYTE * 15)) | ((crumbs >> 4 | crumbs << 26) & (EACH_BYTE * 3)) << 4;
    return half_to_float(load_u16(p + 108)) * (table16(low, high) - 32.0f);
  }
};

// 64 bytes of 2-bit codes, d: (q - 1) * d.
struct PackedTQ2_0 : Format<1, false, 32, false, false>, CrumbGroups {
  static constexpr int CHUNK_BYTES = 66;
  TL_INLINE Table8 scales(const uint8_t* p) { return half_to_float(load_u16(p + 64)) - Table8{}; }
};

// Bytes with five digits in base 3, as fractions of 256: times 3, the next digit comes out at the top. The first digits
// of 32 bytes, their second ones and so on; then of 16 bytes; then four of 4 bytes; d: (digit - 1) * d.
struct PackedTQ1_0 : Format<1, false, 32, false, false> {
  static constexpr int CHUNK_BYTES = 54;
  static constexpr int half(int p) { return p; }

  typedef uint8_t Of16 __attribute__((vector_size(16)));
  typedef uint8_t Of32 __attribute__((vector_size(32)));

  template <class V>
  TL_INLINE V tripled(V v) { return v + v + v; }

  template <class V, int... I>
  TL_INLINE auto joined(V low, V high, std::integer_sequence<int, I...>) { return __builtin_shufflevector(low, high, I...); }
  TL_INLINE Of32 joined(Of16 low, Of16 high) { return joined(low, high, std::make_integer_sequence<int, 32>()); }

  // The digits of 4 bytes, fractions of 256 still: 4 bytes times 1, 3, 9 and 27.
  TL_INLINE Of16 last_digits(const uint8_t* p) {
    typedef uint32_t Fours __attribute__((vector_size(16)));
    const Fours second = {0, ~0u, 0, ~0u}, upper = {0, 0, ~0u, ~0u};
    const Of16 once = (Of16)(Fours{} + load_u32(p)), threefold = (Of16)(((Fours)once & ~second) | ((Fours)tripled(once) & second));
    return (Of16)(((Fours)threefold & ~upper) | ((Fours)tripled(tripled(threefold)) & upper));
  }

  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
    Of32 digits[8];
    Of16 rest[6];
    digits[0] = load_as<Of32>(p);
#pragma GCC unroll 4
    for (int i = 1; i < 5; i++) digits[i] = tripled(digits[i - 1]);
    rest[0] = load_as<Of16>(p + 32);
#pragma GCC unroll 4
    for (int i = 1; i < 5; i++) rest[i] = tripled(rest[i - 1]);
    rest[5] = last_digits(p + 48);
#pragma GCC unroll 3
    for (int i = 0; i < 3; i++) digits[5 + i] = joined(rest[2 * i], rest[2 * i + 1]);
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
#if defined(TL_WIDE_BYTES)
      const Bytes q = joined(digits[2 * v], digits[2 * v + 1], std::make_integer_sequence<int, 64>());
#else
      const Bytes q = digits[v];
#endif
      codes[v] = -((Bytes)(q > 85) + (Bytes)(q > 170));
    }
  }
  TL_INLINE Table8 scales(const uint8_t* p) { return half_to_float(load_u16(p + 52)) - Table8{}; }
};

// 128 bytes of low nibbles (64 for each 128 elements: low runs 0 and 1, high runs 2 and 3), 64 bytes of high
// 2 bits laid out as CrumbGroups, 16 signed scales, d: (q - 32) * (d * scale).
struct PackedQ6_K : Format<32, false, 16, false, false> {
  static constexpr int CHUNK_BYTES = 210;
  static constexpr int run(int v) { return (v / 2 & 1) + 2 * (v & 1); }
  static constexpr int half(int p) { return 8 * (p / PIECES / 4 + p % PIECES / 2) + 2 * run(p / PIECES) + p % 2; }
  TL_INLINE void unpack(const uint8_t* p, Bytes* codes) {
#pragma GCC unroll 4
    for (int i = 0; i < VECTORS / 2; i++) {
      const Bytes low = load_pairs(p + i / 2 * 64 + i % 2 * 32, 64), high = load_as<Bytes>(p + 128 + i / 2 * 32);
      codes[2 * i] = bits(low, 0, 15) | bits(high, 2 * run(2 * i) - 4, 0x30);
      codes[2 * i + 1] = bits(low, 4, 15) | bits(high, 2 * run(2 * i + 1) - 4, 0x30);
    }
  }
  TL_INLINE Table16 scales(const uint8_t* p) {
    return half_to_float(load_u16(p + 208)) * signed_table16(p + 192);
  }
};

}  // namespace TL_LEVEL
}  // namespace tl
