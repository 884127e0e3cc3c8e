// Speed of what is bound by memory beside a copy, or for attention a read, in the same run: make memory_bench
// [ARGS="names"]. The share is of the bytes that the operation must read and write at the probe's rate.
#include <cstdlib>
#include <functional>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "kernel_test.h"
#include "pool.h"
#include "probes.h"

using namespace tltest;

namespace {

constexpr int64_t ROWS = 32768, COLUMNS = 4096, N = ROWS * COLUMNS;
constexpr int REPETITIONS = 9;

// With stores that go past the caches, where the processor has them.
void copy_memory(const char* from, char* to, int64_t bytes) {
  tl::parallel_for(bytes / 4096, 64, [&](int64_t begin, int64_t end, int) {
#if defined(__AVX512F__)
    for (int64_t i = begin * 4096; i < end * 4096; i += 64)
      _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i), _mm512_load_si512(from + i));
    _mm_sfence();
#elif defined(__SSE2__)
    for (int64_t i = begin * 4096; i < end * 4096; i += 16)
      _mm_stream_si128(reinterpret_cast<__m128i*>(to + i), _mm_load_si128(reinterpret_cast<const __m128i*>(from + i)));
    _mm_sfence();
#else
    memcpy(to + begin * 4096, from + begin * 4096, static_cast<size_t>((end - begin) * 4096));
#endif
  });
}

tl::View view(const Block& block, int64_t enc, std::initializer_list<int64_t> dim) {
  tl::View v{};
  v.data = block.data;
  v.enc = enc;
  for (int64_t d : dim) v.dim[v.rank++] = d;
  int64_t step = 1;
  for (int64_t i = v.rank - 1; i >= 0; i--) {
    v.stride[i] = step;
    step *= v.dim[i];
  }
  return v;
}

tl::View transposed(tl::View v) {
  std::swap(v.dim[v.rank - 1], v.dim[v.rank - 2]);
  std::swap(v.stride[v.rank - 1], v.stride[v.rank - 2]);
  return v;
}

// Halves between 2^-3 and 4 of both signs, or only positive ones.
void fill_random(const Block& block, bool positive = false) {
  uint32_t x = 7;
  for (int64_t i = 0; i < block.bytes; i += 2) {
    x = x * 1664525u + 1013904223u;
    const uint16_t h = static_cast<uint16_t>((0x3000 + (x >> 16) % 0x1400) | (positive ? 0 : x >> 16 & 0x8000));
    memcpy(block.data + i, &h, 2);
  }
}

int wanted_count;
char** wanted_names;

void measure(const char* name, int64_t bytes, const std::function<void()>& probe, int64_t probe_bytes, const std::function<void()>& operation) {
  bool wanted = wanted_count == 0;
  for (int i = 0; i < wanted_count; i++) wanted |= strstr(name, wanted_names[i]) != nullptr;
  if (!wanted) return;
  operation();
  probe();
  const int calls = static_cast<int>(std::max<int64_t>(1, (int64_t{64} << 20) / bytes));
  std::vector<double> rates, shares;
  for (int r = 0; r < REPETITIONS; r++) {
    const double top = static_cast<double>(probe_bytes) / seconds(probe);
    const double rate = static_cast<double>(bytes * calls) / seconds([&] { for (int i = 0; i < calls; i++) operation(); });
    rates.push_back(rate / 1e9);
    shares.push_back(100 * rate / top);
  }
  printf("%-24s %d threads: %6.1f GB/s, %5.1f %% of the probe\n", name, tl::pool_size(), median(rates), median(shares));
  fflush(stdout);
}

void all() {
  Block x(2 * N), y(2 * N), positive(2 * N), out(4 * N), wide(4 * N), weights(2 * COLUMNS);
  fill_random(x);
  fill_random(y);
  fill_random(positive, true);
  fill_random(weights);
  const tl::View xv = view(x, tl::F16, {ROWS, COLUMNS}), yv = view(y, tl::F16, {ROWS, COLUMNS}), pv = view(positive, tl::F16, {ROWS, COLUMNS});
  const tl::View ov = view(out, tl::F16, {ROWS, COLUMNS}), of = view(out, tl::F32, {ROWS, COLUMNS}), wv = view(weights, tl::F16, {COLUMNS});
  const tl::View ff = view(wide, tl::F32, {ROWS, COLUMNS});
  run(tl::OP_COPY, {}, {&xv, &ff});
  const auto copy = [&] { copy_memory(x.data, out.data, 2 * N); };
  const auto check = [](int64_t status) { if (status != tl::OK) abort(); };
  const auto one = [&](const char* name, const tl::View& in, const tl::View& to, int64_t opcode, std::vector<int64_t> parameters) {
    const int64_t bytes = N * (tl::element_size(in.enc) + tl::element_size(to.enc));
    measure(name, bytes, copy, 4 * N, [&, parameters] { check(run(opcode, parameters, {&in, &to})); });
  };
  one("copy f16", xv, ov, tl::OP_COPY, {});
  one("f32 to f16", ff, ov, tl::OP_COPY, {});
  one("f16 to f32", xv, of, tl::OP_COPY, {});
  const tl::View bf = view(x, tl::BF16, {ROWS, COLUMNS});
  one("bf16 to f16", bf, ov, tl::OP_COPY, {});
  const tl::View xt = transposed(xv), ft = transposed(ff), tall = view(out, tl::F16, {COLUMNS, ROWS}), tall_f = view(out, tl::F32, {COLUMNS, ROWS});
  one("transpose f16", xt, tall, tl::OP_COPY, {});
  one("transpose f32", ft, tall_f, tl::OP_COPY, {});
  const tl::View heads = view(x, tl::F16, {4, ROWS / 4, 32, COLUMNS / 32}), out_heads = view(out, tl::F16, {4, 32, ROWS / 4, COLUMNS / 32});
  tl::View swapped = heads;
  std::swap(swapped.dim[1], swapped.dim[2]);
  std::swap(swapped.stride[1], swapped.stride[2]);
  one("heads exchanged f16", swapped, out_heads, tl::OP_COPY, {});
  const char* const unary[] = {"neg", "abs", "exp", "log", "sqrt", "rsqrt", "reciprocal", "square", "sin", "cos", "tan", "tanh",
                               "sigmoid", "relu", "gelu", "gelu_erf", "silu", "erf", "floor", "ceil", "round", "sign", "step"};
  for (int64_t op : {0, 2, 3, 4, 8, 9, 10, 11, 12, 14, 15, 16, 17}) {
    const bool root = op == 3 || op == 4;
    one((std::string(unary[op]) + " f16").c_str(), root ? pv : xv, ov, tl::OP_UNARY, {op});
    if (op == 2 || op == 14) one((std::string(unary[op]) + " f32").c_str(), ff, of, tl::OP_UNARY, {op});
  }
  const auto two = [&](const char* name, const tl::View& a, const tl::View& b, int64_t op) {
    measure(name, 6 * N, copy, 4 * N, [&, op] { check(run(tl::OP_BINARY, {op}, {&a, &b, &ov})); });
  };
  two("add f16", xv, yv, 0);
  two("pow f16", pv, yv, 4);
  two("silu_mul f16", xv, yv, 13);
  one("pow 2.5 f16", pv, ov, tl::OP_BINARY_SCALAR, {4, bits(2.5f), 0});
  one("softmax f16", xv, ov, tl::OP_SOFTMAX, {0});
  one("log_softmax f16", xv, ov, tl::OP_SOFTMAX, {1});
  one("softmax f32", ff, of, tl::OP_SOFTMAX, {0});
  const auto norm = [&](const char* name, std::vector<const tl::View*> operands, int64_t opcode) {
    measure(name, 4 * N, copy, 4 * N, [&, operands] { check(run(opcode, {bits(1e-5f)}, operands)); });
  };
  norm("layer_norm f16", {&xv, &wv, &wv, &ov}, tl::OP_LAYER_NORM);
  norm("rms_norm f16", {&xv, &wv, &ov}, tl::OP_RMS_NORM);
  const tl::View total = view(weights, tl::F16, {1});
  measure("sum f16", 2 * N, [&] { read_all(x.data, 2 * N); }, 2 * N, [&] { check(run(tl::OP_REDUCE, {tl::REDUCE_SUM, 2}, {&xv, &total})); });
  for (int64_t keys : {4096, 16384}) {
    const tl::View q = view(y, tl::F16, {1, 32, 1, 128}), k = view(x, tl::F16, {1, 8, keys, 128}), v = view(positive, tl::F16, {1, 8, keys, 128});
    const tl::View result = view(out, tl::F16, {1, 32, 1, 128});
    const int64_t bytes = 2 * 8 * keys * 128;
    const auto read = [&] { read_all(x.data, bytes); read_all(positive.data, bytes); };
    measure(("attention 1x" + std::to_string(keys)).c_str(), 2 * bytes, read, 2 * bytes,
            [&] { check(run(tl::OP_ATTENTION, {1, bits(0.088f)}, {&q, &k, &v, nullptr, &result})); });
  }
  const tl::View angles = view(wide, tl::F32, {512, 64}), rx = view(x, tl::F16, {ROWS / 512, 512, 32, 128}), ro = view(out, tl::F16, {ROWS / 512, 512, 32, 128});
  measure("rope f16", 4 * N, copy, 4 * N, [&] { check(run(tl::OP_ROPE, {1}, {&rx, &angles, &angles, &ro})); });
}

}  // namespace

int main(int argc, char** argv) {
  wanted_count = argc - 1;
  wanted_names = argv + 1;
  if (const char* level = getenv("TENSORLOGIC_CPU_LEVEL"))
    if (!tl::force_level(level)) return 1;
  printf("level %s\n", tl::active_table()->name);
  for (int threads : {1, 2}) {
    tl::pool_resize(threads);
    all();
  }
  return 0;
}
