// What the machine gives: fused multiply-adds of floats, products of bytes, bandwidth of reading. Each uses all
// threads of the pool. And what benchmarks share: a clock, medians, blocks of memory. Compiled with -march=native.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "memory.h"
#include "pool.h"

#if defined(__AVX512F__)
constexpr int PROBE_BYTES = 64;
#elif defined(__AVX2__)
constexpr int PROBE_BYTES = 32;
#else
constexpr int PROBE_BYTES = 16;
#endif
constexpr int64_t PROBE_ROUNDS = 1000000;
constexpr int PROBE_SUMS = 12;  // independent, more than the latency needs

// CLOCK=cpu: processor time per thread instead of elapsed time, for a machine that others use too.
inline bool processor_clock() {
  static const bool cpu = getenv("CLOCK") != nullptr && strcmp(getenv("CLOCK"), "cpu") == 0;
  return cpu;
}

inline double now() {
#if defined(__unix__) || defined(__APPLE__)
  timespec t;
  clock_gettime(processor_clock() ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return (static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec)) / (processor_clock() ? tl::pool_size() : 1);
#else
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
#endif
}

template <class Body>
double seconds(const Body& body) {
  const double begin = now();
  body();
  return now() - begin;
}

// NaN of nothing.
inline double median(std::vector<double> v) {
  if (v.empty()) return NAN;
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

struct Block {
  explicit Block(int64_t n) : bytes(n), data(static_cast<char*>(tl::allocate(n))) {}
  ~Block() { tl::release(data, bytes); }
  Block(const Block&) = delete;
  float* floats() const { return reinterpret_cast<float*>(data); }
  int64_t bytes;
  char* data;
};

inline volatile float probe_sink;

template <class Body>
void on_all_threads(const Body& body) {
  tl::parallel_for(tl::pool_size(), 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; i++) body();
  });
}

inline double multiply_adds_work(int threads) { return 2.0 * PROBE_SUMS * (PROBE_BYTES / 4) * PROBE_ROUNDS * threads; }

inline void multiply_floats() {
  typedef float Vector __attribute__((vector_size(PROBE_BYTES)));
  on_all_threads([] {
    Vector sums[PROBE_SUMS] = {}, x = Vector{} + 0.999f, y = Vector{} + 1e-3f;
    for (int64_t r = 0; r < PROBE_ROUNDS; r++) {
#pragma GCC unroll 12
      for (int i = 0; i < PROBE_SUMS; i++) {
        sums[i] = sums[i] * x + y;
#if defined(__x86_64__)
        asm volatile("" : "+v"(sums[i]));  // no two rounds become one
#endif
      }
    }
    Vector total{};
#pragma GCC unroll 12
    for (int i = 0; i < PROBE_SUMS; i++) total += sums[i];
    probe_sink = total[0];
  });
}

#if defined(__AVX512VNNI__)
inline bool byte_products_known() { return true; }

inline void multiply_bytes() {
  on_all_threads([] {
    __m512i sums[PROBE_SUMS] = {}, x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(1);
    for (int64_t r = 0; r < PROBE_ROUNDS; r++) {
#pragma GCC unroll 12
      for (int i = 0; i < PROBE_SUMS; i++) {
        sums[i] = _mm512_dpbusd_epi32(sums[i], x, y);
        asm volatile("" : "+v"(sums[i]));
      }
    }
    __m512i total{};
#pragma GCC unroll 12
    for (int i = 0; i < PROBE_SUMS; i++) total = _mm512_add_epi32(total, sums[i]);
    probe_sink = static_cast<float>(_mm512_reduce_add_epi32(total));
  });
}
#else
inline bool byte_products_known() { return false; }
inline void multiply_bytes() {}
#endif

inline double byte_products_work(int threads) { return 2.0 * PROBE_SUMS * PROBE_BYTES * PROBE_ROUNDS * threads; }

// Reads whole pages.
inline void read_all(const char* data, int64_t bytes) {
  typedef int64_t Words __attribute__((vector_size(PROBE_BYTES)));
  tl::parallel_for(bytes / 4096, 256, [&](int64_t begin, int64_t end, int) {
    Words sums[4] = {};
    for (const char* p = data + begin * 4096; p < data + end * 4096; p += sizeof sums)
      for (int i = 0; i < 4; i++) {
        Words w;
        memcpy(&w, p + i * PROBE_BYTES, sizeof w);
        sums[i] += w;
      }
    probe_sink = static_cast<float>((sums[0] + sums[1] + sums[2] + sums[3])[0]);
  });
}
