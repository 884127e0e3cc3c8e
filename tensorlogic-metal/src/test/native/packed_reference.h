// The packed formats as their definitions read, one element at a time, and random blocks of them.
#pragma once

#include <cstring>

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
  };
  return types;
}

// Rows of random blocks whose scales are random finite halves below `scale`.
inline void randomize_blocks(const PackedType& type, uint8_t* p, int64_t blocks, float scale) {
  std::uniform_real_distribution<float> uniform(-scale, scale);
  for (int64_t b = 0; b < blocks; b++, p += type.bytes) {
    for (int64_t i = 0; i < type.bytes; i++) p[i] = static_cast<uint8_t>(random_source()());
    for (int at : type.halves) {
      const uint16_t h = to_half(uniform(random_source()));
      memcpy(p + at, &h, 2);
    }
  }
}

}  // namespace tltest
