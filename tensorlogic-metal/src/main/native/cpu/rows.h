// Runs of elements between memory and floats: decoding, encoding, streaming stores, transposition.
#pragma once

#include "abi.h"
#include "f8.h"
#include "vec.h"

namespace tl {
namespace TL_LEVEL {

// A double cut to a float's 24 bits, the last one set if anything was lost ("rounded to odd"): rounding
// it again to a half gives what rounding the double would. Halves are blind to a float's subnormals.
TL_INLINE double cut_to_odd(double d) {
  uint64_t u;
  memcpy(&u, &d, 8);
  u = (u & ~uint64_t{0x1FFFFFFF}) | (((u & 0x1FFFFFFF) + 0x1FFFFFFF) & 0x20000000);
  memcpy(&d, &u, 8);
  return d;
}

// One element of the encodings that kernels read; ODD cuts doubles.
template <bool ODD = false>
TL_INLINE float load_element(const char* p, int64_t enc) {
  if (enc == F32 || enc == F16 || enc == BF16) return load_one(p, enc);
  if (enc != F64) return f8_values(enc)[static_cast<uint8_t>(*p)];
  double d;
  memcpy(&d, p, 8);
  return static_cast<float>(ODD ? cut_to_odd(d) : d);
}

TL_INLINE void store_element(char* p, int64_t enc, float value) {
  if (enc == F32) {
    memcpy(p, &value, 4);
  } else {
    const uint16_t h = float_to_half(value);
    memcpy(p, &h, 2);
  }
}

// One element where it lies, which in a file may be any address.
template <class T>
TL_INLINE T item(const T* p) {
  T value;
  memcpy(&value, static_cast<const void*>(p), sizeof value);
  return value;
}

// Vectors by encoding -----------------------------------------------------------------------------

constexpr int64_t F64_ODD = -3;  // doubles, cut_to_odd

template <int64_t ENC>
TL_INLINE VF load_doubles(const double* p) {
  alignas(64) double d[LANES];
  for (int i = 0; i < LANES; i++) d[i] = ENC == F64_ODD ? cut_to_odd(p[i]) : p[i];
#if defined(__AVX512F__)
  const __m256 low = _mm512_cvtpd_ps(_mm512_load_pd(d)), high = _mm512_cvtpd_ps(_mm512_load_pd(d + 8));
  return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
#elif defined(__AVX2__)
  return _mm256_set_m128(_mm256_cvtpd_ps(_mm256_load_pd(d + 4)), _mm256_cvtpd_ps(_mm256_load_pd(d)));
#else
  VF v;
  for (int i = 0; i < LANES; i++) v[i] = static_cast<float>(d[i]);
  return v;
#endif
}

// Elements i … i + LANES - 1, and the first n of them.
template <int64_t ENC>
TL_INLINE VF load_at(const char* p, int64_t i) {
  if constexpr (ENC == F32) return load(reinterpret_cast<const float*>(p) + i);
  else if constexpr (ENC == F16) return load_half(reinterpret_cast<const uint16_t*>(p) + i);
  else if constexpr (ENC == BF16) return load_bf16(reinterpret_cast<const uint16_t*>(p) + i);
  else return load_doubles<ENC>(reinterpret_cast<const double*>(p) + i);
}

template <int64_t ENC>
TL_INLINE VF load_at(const char* p, int64_t i, int n) {
  if constexpr (ENC == F32) return load_n(reinterpret_cast<const float*>(p) + i, n);
  else if constexpr (ENC == F16) return load_half_n(reinterpret_cast<const uint16_t*>(p) + i, n);
  else if constexpr (ENC == BF16) return load_bf16_n(reinterpret_cast<const uint16_t*>(p) + i, n);
  else {
    double d[LANES] = {};
    memcpy(d, p + 8 * i, 8 * static_cast<size_t>(n));
    return load_doubles<ENC>(d);
  }
}

template <int64_t ENC>
TL_INLINE void store_at(char* p, int64_t i, VF v) {
  if constexpr (ENC == F32) store(reinterpret_cast<float*>(p) + i, v);
  else store_half(reinterpret_cast<uint16_t*>(p) + i, v);
}

template <int64_t ENC>
TL_INLINE void store_at(char* p, int64_t i, VF v, int n) {
  if constexpr (ENC == F32) store_n(reinterpret_cast<float*>(p) + i, v, n);
  else store_half_n(reinterpret_cast<uint16_t*>(p) + i, v, n);
}

// Streaming ---------------------------------------------------------------------------------------
// Results larger than the caches go past them: storing to memory without first reading it.

constexpr int64_t STREAM_BYTES = int64_t{16} << 20;

// What streams read is asked for a page ahead: the hardware stops guessing where a page ends, and too near while
// formulas are computed.
constexpr int64_t STREAM_AHEAD = 4096;  // bytes

// Into the second-level cache. gcc takes a function that does nothing else for one without effects, and drops it, unless
// the instruction is its own.
TL_INLINE void fetch_lines(const char* p, int64_t bytes) {
  for (int64_t i = 0; i < bytes; i += 64) {
#if defined(__x86_64__)
    asm volatile("prefetcht1 %0" : : "m"(p[i]));
#else
    __builtin_prefetch(p + i, 0, 2);
#endif
  }
}

#if defined(__SSE2__)
#if defined(__AVX512F__)
typedef __m512i Line;
TL_INLINE void stream_line(char* p, Line v) { _mm512_stream_si512(reinterpret_cast<__m512i*>(p), v); }
#elif defined(__AVX2__)
typedef __m256i Line;
TL_INLINE void stream_line(char* p, Line v) { _mm256_stream_si256(reinterpret_cast<__m256i*>(p), v); }
#else
typedef __m128i Line;
TL_INLINE void stream_line(char* p, Line v) { _mm_stream_si128(reinterpret_cast<__m128i*>(p), v); }
#endif

// Stores 2 · LANES elements; the address is a multiple of a Line.
template <int64_t ENC>
TL_INLINE void stream_pair(char* p, VF a, VF b) {
  if constexpr (ENC == F32) {
    stream_line(p, (Line)a);
    stream_line(p + sizeof(Line), (Line)b);
  } else {
#if defined(__AVX512F__)
    __m256i* line = reinterpret_cast<__m256i*>(p);
    _mm256_stream_si256(line, _mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT));
    _mm256_stream_si256(line + 1, _mm512_cvtps_ph(b, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__AVX2__)
    const __m128i low = _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT);
    const __m128i high = _mm256_cvtps_ph(b, _MM_FROUND_TO_NEAREST_INT);
    stream_line(p, _mm256_set_m128i(high, low));
#else
    alignas(16) uint16_t t[2 * LANES];
    store_half(t, a);
    store_half(t + LANES, b);
    stream_line(p, _mm_load_si128(reinterpret_cast<const __m128i*>(t)));
#endif
  }
}

TL_INLINE void stream_end() { _mm_sfence(); }
#else
struct Line { char bytes[16]; };
TL_INLINE void stream_line(char* p, Line v) { memcpy(p, &v, sizeof v); }

template <int64_t ENC>
TL_INLINE void stream_pair(char* p, VF a, VF b) {
  store_at<ENC>(p, 0, a);
  store_at<ENC>(p, LANES, b);
}

TL_INLINE void stream_end() {}
#endif

// Elements of `size` bytes before the next address that a Line may be streamed to, at most n.
TL_INLINE int64_t before_line(const char* p, int64_t size, int64_t n) {
  return least(n, static_cast<int64_t>(-reinterpret_cast<uintptr_t>(p) & (sizeof(Line) - 1)) / size);
}

// For the elements i … i + 2 · LANES - 1.
template <int64_t ENC>
TL_INLINE void fetch_pair(const char* p, int64_t i) {
  constexpr int64_t SIZE = ENC == F32 ? 4 : ENC == F64 || ENC == F64_ODD ? 8 : 2;
  fetch_lines(p + STREAM_AHEAD + i * SIZE, 2 * LANES * SIZE);
}

TL_LOCAL void stream_bytes(const char* from, char* to, int64_t bytes) {
  constexpr int64_t SIZE = sizeof(Line);
  int64_t i = before_line(to, 1, bytes);
  memcpy(to, from, static_cast<size_t>(i));
  for (; i + SIZE <= bytes; i += SIZE) {
    Line v;
    fetch_lines(from + STREAM_AHEAD + i, SIZE);
    memcpy(&v, from + i, sizeof v);
    stream_line(to + i, v);
  }
  memcpy(to + i, from + i, static_cast<size_t>(bytes - i));
}

struct Nothing {
  void operator()(int64_t) const {}
};

// Writes n elements: full(i) gives LANES of them from i on, part(i, m) the first m < LANES. Where
// 2 · LANES are streamed, meanwhile(i) is called before them: it asks for what will be read, or does what else may overlap.
template <int64_t ENC, class Full, class Part, class Meanwhile = Nothing>
TL_INLINE void produce(char* out, int64_t n, bool stream, const Full& full, const Part& part, const Meanwhile& meanwhile = {}) {
  int64_t i = 0;
  if (stream) {
    const int64_t head = before_line(out, element_size(ENC), n);
    while (i < head) {
      const int m = static_cast<int>(least(head - i, LANES - 1));
      store_at<ENC>(out, i, part(i, m), m);
      i += m;
    }
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
      meanwhile(i);
      stream_pair<ENC>(out + i * element_size(ENC), full(i), full(i + LANES));
    }
  }
  for (; i + LANES <= n; i += LANES) store_at<ENC>(out, i, full(i));
  if (i < n) {
    const int m = static_cast<int>(n - i);
    store_at<ENC>(out, i, part(i, m), m);
  }
}

// n adjacent elements from one encoding to another.
template <int64_t FROM, int64_t TO>
static void convert_row(const char* from, char* to, int64_t n, bool stream) {
  produce<TO>(
      to, n, stream, [&](int64_t i) { return load_at<FROM>(from, i); },
      [&](int64_t i, int m) { return load_at<FROM>(from, i, m); }, [&](int64_t i) { fetch_pair<FROM>(from, i); });
}

// To floats; ODD cuts doubles.
template <bool ODD = false>
static void load_row(int64_t enc, const char* from, float* to, int64_t n) {
  char* p = reinterpret_cast<char*>(to);
  switch (enc) {
    case F32: memcpy(to, from, 4 * static_cast<size_t>(n)); break;
    case F16: convert_row<F16, F32>(from, p, n, false); break;
    case BF16: convert_row<BF16, F32>(from, p, n, false); break;
    case F64: convert_row<ODD ? F64_ODD : F64, F32>(from, p, n, false); break;
    default: {
      const float* values = f8_values(enc);
      for (int64_t i = 0; i < n; i++) to[i] = values[static_cast<uint8_t>(from[i])];
    }
  }
}

// From floats to f32 or f16.
TL_LOCAL void store_row(int64_t enc, const float* from, char* to, int64_t n, bool stream) {
  const char* p = reinterpret_cast<const char*>(from);
  if (enc == F16)
    convert_row<F32, F16>(p, to, n, stream);
  else if (stream)
    stream_bytes(p, to, 4 * n);
  else
    memcpy(to, from, 4 * static_cast<size_t>(n));
}

}  // namespace TL_LEVEL
}  // namespace tl
