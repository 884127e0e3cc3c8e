// The packed formats as their definitions read, one element at a time, and random blocks of them.
#pragma once

#include <cstring>

#include "codebooks.h"
#include "kernel_test.h"

namespace tltest {

struct PackedType {
  const char* name;
  int64_t enc, block, bytes;
  std::vector<int> halves;  // where a block keeps half-precision scales
  float (*element)(const uint8_t* b, int i);
};

inline float half_at(const uint8_t* b) { return from_half(static_cast<uint16_t>(b[0] | b[1] << 8)); }
inline int nibble(const uint8_t* q, int i) { return i < 16 ? q[i] & 15 : q[i - 16] >> 4; }
inline int fifth(const uint8_t* bits, int i) { return (bits[i / 8] >> i % 8 & 1) << 4; }

inline int six_bit_scale(const uint8_t* s, int j) { return j < 4 ? s[j] & 63 : (s[j + 4] & 15) | s[j - 4] >> 6 << 4; }
inline int six_bit_minimum(const uint8_t* s, int j) { return j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | s[j] >> 6 << 4; }

inline float k_quant(const uint8_t* b, int j, int q) {
  const float scale = half_at(b) * static_cast<float>(six_bit_scale(b + 4, j));
  const float minimum = half_at(b + 2) * static_cast<float>(six_bit_minimum(b + 4, j));
  const volatile float product = scale * static_cast<float>(q);  // rounded before the subtraction
  return product - minimum;
}

inline float affine(float scale, int q, float offset) {
  const volatile float product = static_cast<float>(q) * scale;
  return product + offset;
}

constexpr int NON_LINEAR[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

constexpr int E2M1[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};  // twice its values

inline int word_at(const uint8_t* b) { return b[0] | b[1] << 8; }
inline uint32_t long_at(const uint8_t* b) { return static_cast<uint32_t>(word_at(b)) | static_cast<uint32_t>(word_at(b + 2)) << 16; }

// Value j of a row of a codebook.
template <class Row>
int book(const Row* rows, int row, int j) { return static_cast<int8_t>(rows[row] >> 8 * j & 255); }

// Sign j of eight, of which seven are stored.
inline bool negative(uint32_t seven, int j) {
  seven &= 127;
  return j < 7 ? (seven >> j & 1) != 0 : __builtin_parity(seven) != 0;
}
inline float with_sign(float value, bool negative) { return negative ? -value : value; }
inline int scale_nibble(const uint8_t* s, int j) { return s[j / 2] >> 4 * (j % 2) & 15; }

// d * (a value of the codebook plus or minus an eighth)
inline float ternary_row(float d, int row, bool down, int j) {
  return d * (static_cast<float>(book(tl::CODEBOOKS.iq1, row, j) - 10) / 8 + (down ? -0.125f : 0.125f));
}

inline float unsigned_e4m3(int code) {
  const int exponent = code >> 3 & 15, mantissa = code & 7;
  if ((code & 127) == 127) return 0;
  return exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -9) : std::ldexp(static_cast<float>(8 + mantissa), exponent - 10);
}

// Digit n of a byte that is a fraction of 256 in base 3.
inline int digit(int byte, int n) {
  for (; n > 0; n--) byte = byte * 3 & 255;
  return byte * 3 >> 8;
}

inline float quarters_half(const uint8_t* b) {  // the upper nibbles of four words
  int h = 0;
  for (int i = 0; i < 4; i++) h |= (word_at(b + 2 * i) >> 12) << 4 * i;
  return from_half(static_cast<uint16_t>(h));
}

inline const std::vector<PackedType>& packed_types() {
  static const std::vector<PackedType> types = {
      {"Q4_0", tl::Q4_0, 32, 18, {0}, [](const uint8_t* b, int i) { return static_cast<float>(nibble(b + 2, i) - 8) * half_at(b); }},
      {"Q4_1", tl::Q4_1, 32, 20, {0, 2}, [](const uint8_t* b, int i) { return affine(half_at(b), nibble(b + 4, i), half_at(b + 2)); }},
      {"Q5_0", tl::Q5_0, 32, 22, {0},
       [](const uint8_t* b, int i) { return static_cast<float>((nibble(b + 6, i) | fifth(b + 2, i)) - 16) * half_at(b); }},
      {"Q5_1", tl::Q5_1, 32, 24, {0, 2},
       [](const uint8_t* b, int i) { return affine(half_at(b), nibble(b + 8, i) | fifth(b + 4, i), half_at(b + 2)); }},
      {"Q8_0", tl::Q8_0, 32, 34, {0},
       [](const uint8_t* b, int i) { return static_cast<float>(static_cast<int8_t>(b[2 + i])) * half_at(b); }},
      {"Q8_1", tl::Q8_1, 32, 36, {0},
       [](const uint8_t* b, int i) { return static_cast<float>(static_cast<int8_t>(b[4 + i])) * half_at(b); }},
      {"Q8_K", tl::Q8_K, 256, 292, {0, 2},
       [](const uint8_t* b, int i) {
         float d;
         memcpy(&d, b, 4);
         return static_cast<float>(static_cast<int8_t>(b[4 + i])) * d;
       }},
      {"IQ4_NL", tl::IQ4_NL, 32, 18, {0},
       [](const uint8_t* b, int i) { return half_at(b) * static_cast<float>(NON_LINEAR[nibble(b + 2, i)]); }},
      {"IQ4_XS", tl::IQ4_XS, 256, 136, {0},
       [](const uint8_t* b, int i) {
         const int j = i / 32, high = (b[2] | b[3] << 8) >> 2 * j & 3, low = b[4 + j / 2] >> 4 * (j % 2) & 15;
         return half_at(b) * static_cast<float>((low | high << 4) - 32) * static_cast<float>(NON_LINEAR[nibble(b + 8 + 16 * j, i % 32)]);
       }},
      {"Q2_K", tl::Q2_K, 256, 84, {80, 82},
       [](const uint8_t* b, int i) {
         const int s = b[i / 16], q = b[16 + i / 128 * 32 + i % 32] >> 2 * (i / 32 % 4) & 3;
         const volatile float product = half_at(b + 80) * static_cast<float>(s & 15) * static_cast<float>(q);
         return product - half_at(b + 82) * static_cast<float>(s >> 4);
       }},
      {"Q3_K", tl::Q3_K, 256, 110, {108},
       [](const uint8_t* b, int i) {
         const int k = i / 16, low = k < 8 ? b[96 + k] & 15 : b[88 + k] >> 4, high = b[104 + k % 4] >> 2 * (k / 4) & 3;
         const int q = (b[32 + i / 128 * 32 + i % 32] >> 2 * (i / 32 % 4) & 3) - (b[i % 32] >> i / 32 & 1 ? 0 : 4);
         return half_at(b + 108) * static_cast<float>((low | high << 4) - 32) * static_cast<float>(q);
       }},
      {"Q4_K", tl::Q4_K, 256, 144, {0, 2},
       [](const uint8_t* b, int i) { return k_quant(b, i / 32, b[16 + i / 64 * 32 + i % 32] >> 4 * (i / 32 % 2) & 15); }},
      {"Q5_K", tl::Q5_K, 256, 176, {0, 2},
       [](const uint8_t* b, int i) {
         const int q = (b[48 + i / 64 * 32 + i % 32] >> 4 * (i / 32 % 2) & 15) | (b[16 + i % 32] >> i / 32 & 1) << 4;
         return k_quant(b, i / 32, q);
       }},
      {"Q6_K", tl::Q6_K, 256, 210, {208},
       [](const uint8_t* b, int i) {
         const int g = i / 128, r = i / 32 % 4, l = i % 32;
         const int q = (b[64 * g + l + 32 * (r % 2)] >> 4 * (r / 2) & 15) | (b[128 + 32 * g + l] >> 2 * r & 3) << 4;
         const float scale = half_at(b + 208) * static_cast<float>(static_cast<int8_t>(b[192 + i / 16]));
         return scale * static_cast<float>(q - 32);
       }},
      {"MXFP4", tl::MXFP4, 32, 17, {},
       [](const uint8_t* b, int i) { return std::ldexp(static_cast<float>(E2M1[nibble(b + 1, i)]), b[0] - 128); }},
      {"NVFP4", tl::NVFP4, 64, 36, {},
       [](const uint8_t* b, int i) {
         const int g = i / 16, q = b[4 + 8 * g + i % 8] >> 4 * (i % 16 / 8) & 15;
         return unsigned_e4m3(b[g]) * 0.5f * static_cast<float>(E2M1[q]);
       }},
      {"Q1_0", tl::Q1_0, 128, 18, {0},
       [](const uint8_t* b, int i) { return with_sign(half_at(b), (b[2 + i / 8] >> i % 8 & 1) == 0); }},
      {"Q2_0", tl::Q2_0, 64, 18, {0},
       [](const uint8_t* b, int i) { return static_cast<float>((b[2 + i / 4] >> 2 * (i % 4) & 3) - 1) * half_at(b); }},
      {"TQ1_0", tl::TQ1_0, 256, 54, {52},
       [](const uint8_t* b, int i) {
         const int q = i < 160 ? digit(b[i % 32], i / 32) : i < 240 ? digit(b[32 + i % 16], (i - 160) / 16) : digit(b[48 + i % 4], (i - 240) / 4);
         return static_cast<float>(q - 1) * half_at(b + 52);
       }},
      {"TQ2_0", tl::TQ2_0, 256, 66, {64},
       [](const uint8_t* b, int i) { return static_cast<float>((b[i / 128 * 32 + i % 32] >> 2 * (i / 32 % 4) & 3) - 1) * half_at(b + 64); }},
      {"IQ2_XXS", tl::IQ2_XXS, 256, 66, {0},
       [](const uint8_t* b, int i) {
         const uint8_t* g = b + 2 + i / 32 * 8;
         const uint32_t signs = long_at(g + 4);
         const float d = half_at(b) * (0.5f + static_cast<float>(signs >> 28)) * 0.25f;
         return with_sign(d * static_cast<float>(book(tl::CODEBOOKS.iq2_xxs, g[i % 32 / 8], i % 8)), negative(signs >> 7 * (i % 32 / 8), i % 8));
       }},
      {"IQ2_XS", tl::IQ2_XS, 256, 74, {0},
       [](const uint8_t* b, int i) {
         const int q = word_at(b + 2 + i / 8 * 2);
         const float d = half_at(b) * (0.5f + static_cast<float>(scale_nibble(b + 66, i / 16))) * 0.25f;
         return with_sign(d * static_cast<float>(book(tl::CODEBOOKS.iq2_xs, q & 511, i % 8)), negative(static_cast<uint32_t>(q >> 9), i % 8));
       }},
      {"IQ2_S", tl::IQ2_S, 256, 82, {0},
       [](const uint8_t* b, int i) {
         const int row = b[2 + i / 8] | (b[66 + i / 32] >> 2 * (i / 8 % 4) & 3) << 8;
         const float d = half_at(b) * (0.5f + static_cast<float>(scale_nibble(b + 74, i / 16))) * 0.25f;
         return with_sign(d * static_cast<float>(book(tl::CODEBOOKS.iq2_s, row, i % 8)), (b[34 + i / 8] >> i % 8 & 1) != 0);
       }},
      {"IQ3_XXS", tl::IQ3_XXS, 256, 98, {0},
       [](const uint8_t* b, int i) {
         const uint32_t signs = long_at(b + 66 + i / 32 * 4);
         const float d = half_at(b) * (0.5f + static_cast<float>(signs >> 28)) * 0.5f;
         return with_sign(d * static_cast<float>(book(tl::CODEBOOKS.iq3_xxs, b[2 + i / 4], i % 4)), negative(signs >> 7 * (i % 32 / 8), i % 8));
       }},
      {"IQ3_S", tl::IQ3_S, 256, 110, {0},
       [](const uint8_t* b, int i) {
         const int row = b[2 + i / 4] | (b[66 + i / 32] >> i / 4 % 8 & 1) << 8;
         const float d = half_at(b) * static_cast<float>(1 + 2 * scale_nibble(b + 106, i / 32));
         return with_sign(d * static_cast<float>(book(tl::CODEBOOKS.iq3_s, row, i % 4)), (b[74 + i / 8] >> i % 8 & 1) != 0);
       }},
      {"IQ1_S", tl::IQ1_S, 256, 50, {0},
       [](const uint8_t* b, int i) {
         const int high = word_at(b + 34 + i / 32 * 2), row = b[2 + i / 8] | (high >> 3 * (i / 8 % 4) & 7) << 8;
         return ternary_row(half_at(b) * static_cast<float>(2 * (high >> 12 & 7) + 1), row, high >> 15 != 0, i % 8);
       }},
      {"IQ1_M", tl::IQ1_M, 256, 56, {},
       [](const uint8_t* b, int i) {
         const int high = b[32 + i / 16] >> 4 * (i / 8 % 2), row = b[i / 8] | (high & 7) << 8;
         const int scale = word_at(b + 48 + i / 64 * 2) >> 3 * (i / 16 % 4) & 7;
         return ternary_row(quarters_half(b + 48) * static_cast<float>(2 * scale + 1), row, (high & 8) != 0, i % 8);
       }},
  };
  return types;
}

// Whether a byte of a block belongs to its scales.
inline bool is_scale(const PackedType& type, int64_t at) {
  bool half = false;
  for (int h : type.halves) half |= at == h || at == h + 1;
  return half || (type.enc == tl::MXFP4 && at == 0) || (type.enc == tl::NVFP4 && at < 4) || (type.enc == tl::IQ1_M && at >= 48);
}

// The power of two that is nearest to a half, as a scale of MXFP4.
inline uint8_t exponent_of(float x) { return static_cast<uint8_t>(x == 0 ? 0 : 127 + std::lround(std::log2(std::fabs(x)))); }

// Rows of random blocks whose scales are random finite halves below `scale`.
inline void randomize_blocks(const PackedType& type, uint8_t* p, int64_t blocks, float scale) {
  std::uniform_real_distribution<float> uniform(-scale, scale);
  for (int64_t b = 0; b < blocks; b++, p += type.bytes) {
    for (int64_t i = 0; i < type.bytes; i++) p[i] = static_cast<uint8_t>(random_source()());
    for (int at : type.halves) {
      const uint16_t h = to_half(uniform(random_source()));
      memcpy(p + at, &h, 2);
    }
    const float x = uniform(random_source());
    if (type.enc == tl::Q8_K) memcpy(p, &x, sizeof x);
    if (type.enc == tl::MXFP4) p[0] = exponent_of(x);
    if (type.enc == tl::NVFP4 && scale < 1)
      for (int i = 0; i < 4; i++) p[i] &= 0xbf;  // below 2
    if (type.enc == tl::IQ1_M)
      for (int i = 0; i < 4; i++) p[49 + 2 * i] = static_cast<uint8_t>((p[49 + 2 * i] & 15) | (to_half(x) >> 4 * i & 15) << 4);
  }
}

}  // namespace tltest
