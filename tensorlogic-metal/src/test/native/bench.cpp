// Speed of the kernels beside what the machine gives in the same run: make bench [ARGS=gemm]
//   gemm, small   GFLOP/s and its share of the fused multiply-add peak
//   matvec, few  GB/s of weights and its share of the bandwidth of reading them
//   packed        the same of every packed encoding, or of those named after it, and GFLOP/s
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>

#if defined(__linux__)
#include <unistd.h>
#endif

#include "packed_reference.h"
#include "pool.h"
#include "probes.h"

using namespace tltest;

namespace {

// Seconds of a core that all processes have used, and this one; 0 where the system does not tell.
double used_by_all() {
#if defined(__linux__)
  unsigned long long user = 0, nice = 0, system = 0;
  FILE* file = fopen("/proc/stat", "r");
  if (file == nullptr) return 0;
  const int n = fscanf(file, "cpu %llu %llu %llu", &user, &nice, &system);
  fclose(file);
  return n == 3 ? static_cast<double>(user + nice + system) / static_cast<double>(sysconf(_SC_CLK_TCK)) : 0;
#else
  return 0;
#endif
}

double used_by_us() { return static_cast<double>(clock()) / CLOCKS_PER_SEC; }

// Medians over undisturbed repetitions: those during which other processes used little of the machine.
// Stops after five times as many attempts; then the medians are of all, and `disturbed` is true.
struct Medians {
  double rate, share;
  bool disturbed;
};

Medians measure(int repetitions, const std::function<void(double*, double*)>& once) {
  std::vector<double> rates, shares, all_rates, all_shares;
  for (int r = 0; r < 5 * repetitions && static_cast<int>(rates.size()) < repetitions; r++) {
    const double all = used_by_all(), us = used_by_us();
    double rate = 0, share = 0;
    const double begin = now();
    once(&rate, &share);
    const double t = now() - begin;
    const double others = (used_by_all() - all) - (used_by_us() - us);
    all_rates.push_back(rate);
    all_shares.push_back(share);
    if (!processor_clock() && others > 0.05 * t + 0.021) continue;  // two ticks of the clock are allowed
    rates.push_back(rate);
    shares.push_back(share);
  }
  if (static_cast<int>(rates.size()) < repetitions / 2 + 1) return {median(all_rates), median(all_shares), true};
  return {median(rates), median(shares), false};
}

tl::View matrix(const Block& block, int64_t enc, int64_t rows, int64_t columns, bool transposed) {
  tl::View v{};
  v.data = block.data;
  v.enc = enc;
  v.rank = 2;
  v.dim[0] = rows;
  v.dim[1] = columns;
  v.stride[0] = transposed ? 1 : columns;
  v.stride[1] = transposed ? rows : 1;
  return v;
}

void fill_random(const Block& block, int64_t enc) {
  uint32_t x = 7;
  for (int64_t i = 0; i < block.bytes; i += 2) {
    x = x * 1664525u + 1013904223u;
    uint16_t h = static_cast<uint16_t>((x >> 16 & 0x83FF) | 0x3800);
    if (enc != tl::F16) h = i % 4 == 0 ? static_cast<uint16_t>(x >> 16) : static_cast<uint16_t>((x >> 16 & 0x807F) | 0x3F00);
    memcpy(block.data + i, &h, 2);
  }
}

void gemm(int64_t m, int64_t n, int64_t k, int64_t a_enc, int64_t b_enc, bool b_transposed) {
  Block a(m * k * tl::element_size(a_enc)), b(k * n * tl::element_size(b_enc)), out(m * n * 2);
  fill_random(a, a_enc);
  fill_random(b, b_enc);
  const tl::View av = matrix(a, a_enc, m, k, false), bv = matrix(b, b_enc, k, n, b_transposed), ov = matrix(out, tl::F16, m, n, false);
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const auto once = [&] { run(tl::OP_MATMUL, {-1, 0}, {&av, &bv, nullptr, &ov}); };
  const int calls = static_cast<int>(std::max(1.0, 5e9 / flops));
  once();
  const Medians m9 = measure(9, [&](double* rate, double* share) {
    const double top = multiply_adds_work(tl::pool_size()) / seconds(multiply_floats) / 1e9, t = seconds([&] { for (int i = 0; i < calls; i++) once(); });
    *rate = flops * calls / t / 1e9;
    *share = *rate / top;
  });
  printf("gemm %5ld x %5ld x %5ld %s·%s%s, %d threads: %7.1f GFLOP/s, %5.1f %% of the peak%s\n", long(m), long(n), long(k), a_enc == tl::F16 ? "f16" : "f32",
         b_enc == tl::F16 ? "f16" : "f32", b_transposed ? "ᵀ" : " ", tl::pool_size(), m9.rate, 100 * m9.share, m9.disturbed ? " (disturbed)" : "");
}

void matvec(int64_t m, int64_t n, int64_t k, int64_t enc, bool transposed) {
  Block x(m * k * 4), w(n * k * tl::element_size(enc)), out(m * n * 2);
  fill_random(x, tl::F32);
  fill_random(w, enc);
  const tl::View xv = matrix(x, tl::F32, m, k, false), wv = matrix(w, enc, k, n, transposed), ov = matrix(out, tl::F16, m, n, false);
  const auto once = [&] { run(tl::OP_MATMUL, {-1, 0}, {&xv, &wv, nullptr, &ov}); };
  once();
  const Medians m9 = measure(9, [&](double* rate, double* share) {
    const double top = 1e-9 * static_cast<double>(w.bytes) / seconds([&] { read_all(w.data, w.bytes); }), t = seconds([&] { for (int i = 0; i < 4; i++) once(); });
    *rate = 4 * static_cast<double>(w.bytes) / t / 1e9;
    *share = *rate / top;
  });
  printf("matvec %ld x %5ld x %5ld %s%s, %d threads: %6.1f GB/s, %5.1f %% of reading%s\n", long(m), long(n), long(k), enc == tl::F16 ? "f16" : enc == tl::F32 ? "f32" : "bf16",
         transposed ? "ᵀ" : " ", tl::pool_size(), m9.rate, 100 * m9.share, m9.disturbed ? " (disturbed)" : "");
}

void packed(const PackedType& type, int64_t m, int64_t n, int64_t k, bool fast) {
  Block x(m * k * 4), w(n * k / type.block * type.bytes), out(m * n * 2);
  fill_random(x, tl::F32);
  const int64_t some = n < 64 ? n : 64, bytes = some * k / type.block * type.bytes;
  randomize_blocks(type, reinterpret_cast<uint8_t*>(w.data), some * k / type.block, 0.01f);
  for (int64_t at = bytes; at < w.bytes; at += bytes) memcpy(w.data + at, w.data, static_cast<size_t>(std::min(bytes, w.bytes - at)));
  tl::View wv = matrix(w, type.enc, k, n, true);
  const tl::View xv = matrix(x, tl::F32, m, k, false), ov = matrix(out, tl::F16, m, n, false);
  const auto once = [&] { run(tl::OP_MATMUL, {-1, fast}, {&xv, &wv, nullptr, &ov}); };
  once();
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const Medians m9 = measure(9, [&](double* rate, double* share) {
    const double top = 1e-9 * static_cast<double>(w.bytes) / seconds([&] { read_all(w.data, w.bytes); }), t = seconds([&] { for (int i = 0; i < 4; i++) once(); });
    *rate = 4 * static_cast<double>(w.bytes) / t / 1e9;
    *share = *rate / top;
  });
  printf("packed %3ld x %5ld x %5ld %-7s %-5s, %d threads: %6.1f GB/s, %5.1f %% of reading, %7.1f GFLOP/s%s\n", long(m), long(n), long(k), type.name,
         fast ? "fast" : "exact", tl::pool_size(), m9.rate, 100 * m9.share, m9.rate * flops / static_cast<double>(w.bytes), m9.disturbed ? " (disturbed)" : "");
}

}  // namespace

int main(int argc, char** argv) {
  const auto wanted = [&](const char* name) { return argc == 1 || strcmp(argv[1], name) == 0; };
  if (const char* level = getenv("TENSORLOGIC_CPU_LEVEL"))
    if (!tl::force_level(level)) return 1;
  printf("level %s\n", tl::active_table()->name);
  for (int threads : {1, 2}) {
    tl::pool_resize(threads);
    if (wanted("gemm")) {
      gemm(1024, 1024, 1024, tl::F16, tl::F16, false);
      gemm(1024, 1024, 1024, tl::F16, tl::F16, true);
      gemm(1024, 1024, 1024, tl::F32, tl::F32, false);
      gemm(512, 4096, 4096, tl::F16, tl::F16, true);
      gemm(4096, 512, 4096, tl::F16, tl::F32, false);
    }
    if (wanted("small")) {
      for (int64_t m : {9, 16, 32, 64}) gemm(m, 4096, 4096, tl::F16, tl::F16, true);
      for (int64_t n : {64, 128, 256}) gemm(n, n, n, tl::F16, tl::F16, false);
    }
    if (wanted("matvec"))
      for (int64_t enc : {tl::F16, tl::F32, tl::BF16})
        for (bool transposed : {true, false}) matvec(1, 14336, 8192, enc, transposed);
    if (wanted("few"))
      for (int64_t m : {2, 3, 4, 6, 8})
        for (bool transposed : {true, false}) matvec(m, 14336, 8192, tl::F16, transposed);
    if (wanted("packed"))
      for (const PackedType& type : packed_types())
        if (argc <= 2 || std::any_of(argv + 2, argv + argc, [&](const char* name) { return strcmp(name, type.name) == 0; }))
          for (int64_t m : {1, 4, 128})
            for (bool fast : {true, false}) packed(type, m, m < 128 ? 14336 : 4096, 4096, fast);
  }
  return 0;
}
