// Packed weights, 32 values at a time: chunk c of a row that begins at a block. Formulas as in core's decoders.
#pragma once

#include <metal_stdlib>

#include "views.h"

static inline float half_at(device const uchar* b) {
  return static_cast<float>(metal::as_type<half>(static_cast<ushort>(b[0] | b[1] << 8)));
}

// Bytes of a block, elements of a block; 0 for an encoding without a kernel.
static inline int block_bytes(int encoding) {
  switch (encoding) {
    case 0: return 4;
    case 1: case 30: return 2;
    case 2: return 18;
    case 3: return 20;
    case 6: return 22;
    case 7: return 24;
    case 8: return 34;
    case 12: return 144;
    case 13: return 176;
    case 14: return 210;
    default: return 0;
  }
}
static inline int block_size(int encoding) {
  return encoding >= 12 && encoding <= 14 ? 256 : encoding >= 2 && encoding <= 8 ? 32 : 1;
}

// Scale and minimum j of a K-quant's 12 packed bytes.
static inline int k_scale(device const uchar* s, int j) {
  return j < 4 ? s[j] & 63 : (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
}
static inline int k_minimum(device const uchar* s, int j) {
  return j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | (s[j] >> 6) << 4;
}

static inline void decode_32(device const uchar* row, int encoding, long chunk, thread float (&y)[32]) {
  const int size = block_size(encoding), per_block = size > 32 ? size / 32 : 1;
  device const uchar* b = row + (size == 1 ? chunk * 32 * block_bytes(encoding) : chunk / per_block * block_bytes(encoding));
  const int part = static_cast<int>(chunk % per_block);
  if (size == 1) {
    for (int i = 0; i < 32; i++) y[i] = load(b, encoding, i);
  } else if (encoding == 2 || encoding == 3) {  // Q4_0, Q4_1
    const float d = half_at(b), m = encoding == 3 ? half_at(b + 2) : 0.0f;
    device const uchar* q = b + (encoding == 3 ? 4 : 2);
    for (int i = 0; i < 16; i++) {
      const int low = q[i] & 15, high = q[i] >> 4;
      y[i] = encoding == 3 ? static_cast<float>(low) * d + m : static_cast<float>(low - 8) * d;
      y[i + 16] = encoding == 3 ? static_cast<float>(high) * d + m : static_cast<float>(high - 8) * d;
    }
  } else if (encoding == 6 || encoding == 7) {  // Q5_0, Q5_1
    const int at = encoding == 7 ? 4 : 2;
    const float d = half_at(b), m = encoding == 7 ? half_at(b + 2) : 0.0f;
    const uint bits = b[at] | b[at + 1] << 8 | b[at + 2] << 16 | static_cast<uint>(b[at + 3]) << 24;
    for (int i = 0; i < 32; i++) {
      const int nibble = i < 16 ? b[at + 4 + i] & 15 : b[at + 4 + i - 16] >> 4;
      const int q = nibble | static_cast<int>(bits >> i & 1u) << 4;
      y[i] = encoding == 7 ? static_cast<float>(q) * d + m : static_cast<float>(q - 16) * d;
    }
  } else if (encoding == 8) {  // Q8_0
    const float d = half_at(b);
    for (int i = 0; i < 32; i++) y[i] = static_cast<float>(static_cast<int>(b[2 + i] ^ 128) - 128) * d;
  } else if (encoding == 12 || encoding == 13) {  // Q4_K, Q5_K
    const float d = half_at(b) * static_cast<float>(k_scale(b + 4, part));
    const float m = half_at(b + 2) * static_cast<float>(k_minimum(b + 4, part));
    device const uchar* q = b + (encoding == 13 ? 48 : 16) + 32 * (part / 2);
    for (int i = 0; i < 32; i++) {
      int value = part & 1 ? q[i] >> 4 : q[i] & 15;
      if (encoding == 13) value += (b[16 + i] >> part & 1) << 4;
      y[i] = d * static_cast<float>(value) - m;
    }
  } else {  // Q6_K
    const float d = half_at(b + 208);
    const int g = part / 4, r = part % 4;
    for (int i = 0; i < 32; i++) {
      const int byte = b[64 * g + i + 32 * (r & 1)];
      const int q = ((r < 2 ? byte & 15 : byte >> 4) | (b[128 + 32 * g + i] >> 2 * r & 3) << 4) - 32;
      const int scale = static_cast<int>(b[192 + 8 * g + 2 * r + i / 16] ^ 128) - 128;
      y[i] = d * static_cast<float>(scale) * static_cast<float>(q);
    }
  }
}
