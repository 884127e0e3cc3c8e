// IEEE half and bfloat16 conversions of the level being compiled; float to half rounds to nearest even.
// The portable forms are bit-exact with the hardware's, NaN payloads included.
#pragma once

#include "vec.h"

namespace tl {
namespace TL_LEVEL {

TL_INLINE uint32_t float_bits(float x) { uint32_t u; memcpy(&u, &x, 4); return u; }
TL_INLINE float bits_float(uint32_t u) { float x; memcpy(&x, &u, 4); return x; }

// Scalars -----------------------------------------------------------------------------------------

TL_INLINE float half_to_float(uint16_t h) {
#if defined(__AVX2__)
  return _cvtsh_ss(h);
#elif defined(__aarch64__)
  __fp16 x;
  memcpy(&x, &h, 2);
  return static_cast<float>(x);
#else
  // Shift exponent and mantissa into place, then let a multiplication (normal numbers) or a
  // subtraction (subnormal ones) correct the exponent's bias.
  const uint32_t w = static_cast<uint32_t>(h) << 16, sign = w & 0x80000000u, twice = w + w;
  const float normal = bits_float((twice >> 4) + (0xE0u << 23)) * 0x1.0p-112f;
  const float subnormal = bits_float((twice >> 17) | (126u << 23)) - 0.5f;
  return bits_float(sign | (twice < (1u << 27) ? float_bits(subnormal) : float_bits(normal)));
#endif
}

TL_INLINE uint16_t float_to_half(float f) {
#if defined(__AVX2__)
  return _cvtss_sh(f, _MM_FROUND_TO_NEAREST_INT);
#elif defined(__aarch64__)
  const __fp16 x = static_cast<__fp16>(f);
  uint16_t h;
  memcpy(&h, &x, 2);
  return h;
#else
  // Adding a power of two chosen by the exponent makes the float adder round at the half's last bit.
  const uint32_t w = float_bits(f), twice = w + w, sign = (w >> 16) & 0x8000u;
  if (twice > 0xFF000000u) return static_cast<uint16_t>(sign | 0x7E00u | ((w >> 13) & 0x3FFu));
  uint32_t bias = twice & 0xFF000000u;
  if (bias < 0x71000000u) bias = 0x71000000u;
  const float scaled = (bits_float(w & 0x7FFFFFFFu) * 0x1.0p+112f) * 0x1.0p-110f;
  const uint32_t r = float_bits(bits_float((bias >> 1) + 0x07800000u) + scaled);
  return static_cast<uint16_t>(sign | (((r >> 13) & 0x7C00u) + (r & 0x0FFFu)));
#endif
}

TL_INLINE float bf16_to_float(uint16_t b) { return bits_float(static_cast<uint32_t>(b) << 16); }

// Vectors -----------------------------------------------------------------------------------------

TL_INLINE VF load_half(const uint16_t* p) {
#if defined(__AVX512F__)
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(__AVX2__)
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#elif defined(__aarch64__)
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
#else
  const VU w = widen(p) << 16, sign = w & 0x80000000u, twice = w + w;
  const VF normal = as_float((twice >> 4) + (0xE0u << 23)) * 0x1.0p-112f;
  const VF subnormal = as_float((twice >> 17) | (126u << 23)) - 0.5f;
  return as_float(sign | blend((VI)(twice < (1u << 27)), as_uint(subnormal), as_uint(normal)));
#endif
}

TL_INLINE void store_half(uint16_t* p, VF v) {
#if defined(__AVX512F__)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__AVX2__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__aarch64__)
  vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(v)));
#else
  for (int i = 0; i < LANES; i++) p[i] = float_to_half(v[i]);
#endif
}

TL_INLINE VF load_bf16(const uint16_t* p) {
#if defined(__AVX512F__)
  return (VF)_mm512_slli_epi32(
      _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))), 16);
#else
  return as_float(widen(p) << 16);
#endif
}

// Tails -------------------------------------------------------------------------------------------

TL_INLINE VF load_n(const float* p, int n) {
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
#else
  VF v{};
  memcpy(&v, p, 4 * static_cast<size_t>(n));
  return v;
#endif
}

TL_INLINE void store_n(float* p, VF v, int n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), v);
#else
  memcpy(p, &v, 4 * static_cast<size_t>(n));
#endif
}

TL_INLINE VF load_half_n(const uint16_t* p, int n) {
  uint16_t t[LANES] = {};
  memcpy(t, p, 2 * static_cast<size_t>(n));
  return load_half(t);
}

TL_INLINE void store_half_n(uint16_t* p, VF v, int n) {
  uint16_t t[LANES];
  store_half(t, v);
  memcpy(p, t, 2 * static_cast<size_t>(n));
}

TL_INLINE VF load_bf16_n(const uint16_t* p, int n) {
  uint16_t t[LANES] = {};
  memcpy(t, p, 2 * static_cast<size_t>(n));
  return load_bf16(t);
}

// One element of any float encoding, by address.
TL_INLINE float load_one(const char* p, int64_t enc) {
  if (enc == 0) { float x; memcpy(&x, p, 4); return x; }
  uint16_t h;
  memcpy(&h, p, 2);
  return enc == 1 ? half_to_float(h) : bf16_to_float(h);
}

}  // namespace TL_LEVEL
}  // namespace tl
