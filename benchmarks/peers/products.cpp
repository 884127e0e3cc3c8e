// Matrix products of our kernels, of ggml and of OpenBLAS, beside what the machine gives: a Markdown table.
//
//   products [GROUP ...]     dense, vector, few, many, others, precision; without one all of them
//
// The contenders of a row run in turns, ROUNDS times: a disturbed second hits all of them. A rate is the median of
// its rounds, a share or a ratio the median of the ratios within each round. Rates count GFLOP/s (GOP/s), or for
// matrix-vector products GB/s of weights. Threads come from THREADS ("1 2"), our SIMD level from TENSORLOGIC_CPU_LEVEL,
// the clock from CLOCK (probes.h).
#include <cblas.h>
#include <ggml-alloc.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "levels.h"
#include "pool.h"
#include "probes.h"

namespace {

constexpr int ROUNDS = 9;
constexpr double SHORTEST = 0.04;  // seconds of a round

// Work --------------------------------------------------------------------------------------------

// out [m, n] = x [m, k] · w, with w stored as n rows of k elements of `type`, or as k rows of n if `flat`.
struct Case {
  ggml_type type;
  int64_t m, n, k;
  bool flat = false;

  double flops() const { return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k); }
  int64_t weight_bytes() const { return n * static_cast<int64_t>(ggml_row_size(type, k)); }
  bool packed() const { return ggml_is_quantized(type); }
};

constexpr int64_t DISTINCT = 64;  // rows of weights; the others repeat them

struct Data {
  explicit Data(const Case& c) : c(c), weights(c.weight_bytes()), x(4 * c.m * c.k), half_x(2 * c.m * c.k), out(4 * c.m * c.n) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < c.m * c.k; i++) x.floats()[i] = normal(random);
    ggml_fp32_to_fp16_row(x.floats(), reinterpret_cast<ggml_fp16_t*>(half_x.data), c.m * c.k);
    std::vector<float> rows(static_cast<size_t>(DISTINCT * c.k));
    for (float& w : rows) w = 0.02f * normal(random);
    const std::vector<float> importance(static_cast<size_t>(c.k), 1);  // some encodings want one
    const int64_t bytes = static_cast<int64_t>(ggml_quantize_chunk(
        c.type, rows.data(), weights.data, 0, DISTINCT, c.k, ggml_quantize_requires_imatrix(c.type) ? importance.data() : nullptr));
    for (int64_t at = bytes; at < weights.bytes; at += bytes)
      memcpy(weights.data + at, weights.data, static_cast<size_t>(std::min(bytes, weights.bytes - at)));
  }

  const Case& c;
  Block weights, x, half_x, out;
};

// Does the whole product once.
using Product = std::function<void()>;

tl::View view(const Block& block, int64_t enc, int64_t rows, int64_t columns, bool transposed) {
  tl::View v{};
  v.data = block.data;
  v.enc = enc;
  v.rank = 2;
  v.dim[0] = rows, v.dim[1] = columns;
  v.stride[0] = transposed ? 1 : columns, v.stride[1] = transposed ? rows : 1;
  return v;
}

// Ours. Packed weights take float activations as ggml does, half ones are for half weights.
Product ours(const Data& d, bool fast) {
  const Case& c = d.c;
  std::vector<int64_t> words{tl::OP_MATMUL, 2, 4, -1, fast};
  const bool halves = !c.packed() && c.type != GGML_TYPE_F32;
  const auto add = [&](const tl::View& v) {
    words.insert(words.end(), {reinterpret_cast<int64_t>(v.data), v.enc, v.rank});
    words.insert(words.end(), v.dim, v.dim + v.rank);
    words.insert(words.end(), v.stride, v.stride + v.rank);
  };
  add(halves ? view(d.half_x, tl::F16, c.m, c.k, false) : view(d.x, tl::F32, c.m, c.k, false));
  add(view(d.weights, c.type, c.k, c.n, !c.flat));  // GGUF's type numbers are our encodings
  words.insert(words.end(), {0, tl::ABSENT, 0});
  add(view(d.out, halves ? tl::F16 : tl::F32, c.m, c.n, false));
  return [words] {
    if (tl::run(words.data()) != tl::OK) abort();
  };
}

// ggml's, with the weights where they are, or copied into the layout that it prefers for them.
class Ggml {
 public:
  Ggml(const Data& d, bool repack) : backend_(ggml_backend_cpu_init()) {
    const Case& c = d.c;
    context_ = ggml_init({16 * ggml_tensor_overhead() + ggml_graph_overhead(), nullptr, true});
    ggml_tensor* w = ggml_new_tensor_2d(context_, c.type, c.k, c.n);
    ggml_tensor* x = ggml_new_tensor_2d(context_, GGML_TYPE_F32, c.k, c.m);
    result_ = ggml_mul_mat(context_, w, x);
    graph_ = ggml_new_graph(context_);
    ggml_build_forward_expand(graph_, result_);
    if (repack) {
      weights_ = repacked(w);
      if (weights_ == nullptr) return;
      ggml_backend_tensor_set(w, d.weights.data, 0, static_cast<size_t>(d.weights.bytes));
    } else {
      weights_ = ggml_backend_cpu_buffer_from_ptr(d.weights.data, static_cast<size_t>(d.weights.bytes));
      ggml_backend_tensor_alloc(weights_, w, d.weights.data);
    }
    rest_ = ggml_backend_alloc_ctx_tensors(context_, backend_);
    ggml_backend_tensor_set(x, d.x.data, 0, static_cast<size_t>(d.x.bytes));
  }
  ~Ggml() {
    if (rest_ != nullptr) ggml_backend_buffer_free(rest_);
    if (weights_ != nullptr) ggml_backend_buffer_free(weights_);
    ggml_free(context_);
    ggml_backend_free(backend_);
  }
  Ggml(const Ggml&) = delete;

  bool possible() const { return rest_ != nullptr; }
  const float* result() const { return static_cast<const float*>(result_->data); }

  void run(int threads) const {
    ggml_backend_cpu_set_n_threads(backend_, threads);
    if (ggml_backend_graph_compute(backend_, graph_) != GGML_STATUS_SUCCESS) abort();
  }

 private:
  // A buffer with w in another layout, as llama.cpp chooses it for its models; null if none supports the product.
  ggml_backend_buffer_t repacked(ggml_tensor* w) const {
    const ggml_backend_dev_t device = ggml_backend_get_device(backend_);
    const auto types = reinterpret_cast<ggml_backend_dev_get_extra_bufts_t>(
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), "ggml_backend_dev_get_extra_bufts"));
    for (ggml_backend_buffer_type_t* type = types(device); type != nullptr && *type != nullptr; type++) {
      const ggml_backend_buffer_t buffer = ggml_backend_buft_alloc_buffer(*type, ggml_backend_buft_get_alloc_size(*type, w));
      if (buffer == nullptr) continue;
      w->buffer = buffer;
      const bool supported = ggml_backend_dev_supports_op(device, result_);
      w->buffer = nullptr;
      if (supported && ggml_backend_tensor_alloc(buffer, w, ggml_backend_buffer_get_base(buffer)) == GGML_STATUS_SUCCESS &&
          w->extra != nullptr)
        return buffer;
      ggml_backend_buffer_free(buffer);
    }
    return nullptr;
  }

  ggml_backend_t backend_;
  ggml_context* context_;
  ggml_cgraph* graph_;
  ggml_tensor* result_;
  ggml_backend_buffer_t weights_ = nullptr, rest_ = nullptr;
};

// Measuring ---------------------------------------------------------------------------------------

struct Contender {
  Product once;
  double work;  // per call
  int calls = 1;
  std::vector<double> rates{};

  void prepare() {
    once();
    const double t = seconds(once);
    calls = std::max(1, static_cast<int>(SHORTEST / t));
  }
  void measure() {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // until the threads of the one before sleep
    rates.push_back(work * calls / seconds([&] { for (int i = 0; i < calls; i++) once(); }) / 1e9);
  }
};

// The median over the rounds of a's rate by b's.
double ratio(const Contender& a, const Contender& b) {
  std::vector<double> r;
  for (size_t i = 0; i < a.rates.size() && i < b.rates.size(); i++) r.push_back(a.rates[i] / b.rates[i]);
  return median(r);
}

std::string text(const char* format, double x) {
  if (std::isnan(x)) return "";
  char buffer[40];
  snprintf(buffer, sizeof buffer, format, x);
  return buffer;
}

const char* name_of(ggml_type type) { return ggml_type_name(type); }

// One row for each number of threads. Matrix-vector products and those of few rows are held to the bandwidth of
// reading the weights, others to the peak of multiply-adds in floats and, if packed, of 8-bit products.
void compare(const Case& c, const std::vector<int>& threads) {
  const Data d(c);
  const bool streaming = c.m <= 8;
  std::unique_ptr<Ggml> ggml, repacked;
  if (!c.flat) {
    ggml = std::make_unique<Ggml>(d, false);
    if (c.packed()) repacked = std::make_unique<Ggml>(d, true);
  }
  std::unique_ptr<Block> wide, result;
  if (!c.packed() && !streaming) {
    wide = std::make_unique<Block>(4 * c.n * c.k);
    result = std::make_unique<Block>(4 * c.m * c.n);
    ggml_fp16_to_fp32_row(reinterpret_cast<const ggml_fp16_t*>(d.weights.data), wide->floats(), c.n * c.k);
  }
  for (int t : threads) {
    tl::pool_resize(t);
    scipy_openblas_set_num_threads(t);
    const double work = streaming ? static_cast<double>(c.weight_bytes()) : c.flops();
    std::vector<Contender> all;
    const auto enter = [&](bool enters, double w, const Product& once) {
      if (enters) all.push_back({once, w});
      return enters ? static_cast<int>(all.size()) - 1 : -1;
    };
    const int limit = streaming ? enter(true, 1.0 * static_cast<double>(d.weights.bytes / 4096 * 4096), [&] { read_all(d.weights.data, d.weights.bytes); })
                      : c.packed() ? enter(byte_products_known(), byte_products_work(t), [] { multiply_bytes(); })
                                   : enter(true, multiply_adds_work(t), [] { multiply_floats(); });
    const int us = enter(true, work, ours(d, c.packed()));
    const int exact = enter(c.packed(), work, ours(d, false));
    const int plain = enter(ggml != nullptr, work, [&] { ggml->run(t); });
    const int other = enter(repacked != nullptr && repacked->possible(), work, [&] { repacked->run(t); });
    const int blas = enter(wide != nullptr, work, [&] {
      scipy_cblas_sgemm(CblasRowMajor, CblasNoTrans, c.flat ? CblasNoTrans : CblasTrans, static_cast<int>(c.m), static_cast<int>(c.n), static_cast<int>(c.k), 1,
                  d.x.floats(), static_cast<int>(c.k), wide->floats(), static_cast<int>(c.flat ? c.n : c.k), 0, result->floats(), static_cast<int>(c.n));
    });
    for (Contender& x : all) x.prepare();
    for (int r = 0; r < ROUNDS; r++)
      for (Contender& x : all) x.measure();
    const auto rate = [&](int i) { return text("%.0f", i < 0 ? NAN : median(all[static_cast<size_t>(i)].rates)); };
    const auto share = [&](int i, const char* format, double scale) {
      return text(format, i < 0 ? NAN : scale * ratio(all[static_cast<size_t>(us)], all[static_cast<size_t>(i)]));
    };
    printf("| %s%s | %ld × %ld × %ld | %d | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", name_of(c.type), c.flat ? " [k, n]" : "", long(c.m), long(c.n), long(c.k), t,
           rate(us).c_str(), rate(limit).c_str(), share(limit, "%.0f %%", 100).c_str(), rate(exact).c_str(), share(plain, "%.2f", 1).c_str(), rate(plain).c_str(),
           share(other, "%.2f", 1).c_str(), rate(other).c_str(), share(blas, "%.2f", 1).c_str());
    fflush(stdout);
  }
}

void header(const char* title) {
  printf("\n%s\n\n| weights | m × n × k | threads | ours | limit | share | exact | × ggml | ggml | × ggml repacked | ggml repacked | × OpenBLAS |\n"
         "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n", title);
}

// Errors ------------------------------------------------------------------------------------------

// Root mean square of the error against sums in double over the decoded weights, relative to that of the result.
double error(const Data& d, const float* out) {
  const Case& c = d.c;
  std::vector<float> row(static_cast<size_t>(c.k));
  double wrong = 0, whole = 0;
  for (int64_t j = 0; j < DISTINCT; j++) {
    ggml_get_type_traits(c.type)->to_float(d.weights.data + j * static_cast<int64_t>(ggml_row_size(c.type, c.k)), row.data(), c.k);
    for (int64_t i = 0; i < c.m; i++) {
      double sum = 0;
      for (int64_t e = 0; e < c.k; e++) sum += 1.0 * row[static_cast<size_t>(e)] * d.x.floats()[i * c.k + e];
      wrong += (out[i * c.n + j] - sum) * (out[i * c.n + j] - sum);
      whole += sum * sum;
    }
  }
  return std::sqrt(wrong / whole);
}

void compare_errors() {
  printf("\nRelative error of packed products against double, Gaussian data, k = 4096\n\n"
         "| weights | m | ours, exact | ours, fast | ggml | ggml repacked |\n| --- | --- | --- | --- | --- | --- |\n");
  for (ggml_type type : {GGML_TYPE_Q8_0, GGML_TYPE_Q4_0, GGML_TYPE_Q4_K, GGML_TYPE_Q5_K, GGML_TYPE_Q6_K, GGML_TYPE_MXFP4, GGML_TYPE_TQ1_0,
                         GGML_TYPE_TQ2_0, GGML_TYPE_IQ2_XXS, GGML_TYPE_IQ2_XS, GGML_TYPE_IQ2_S, GGML_TYPE_IQ3_XXS, GGML_TYPE_IQ3_S,
                         GGML_TYPE_IQ1_S, GGML_TYPE_IQ1_M}) {
    for (int64_t m : {1, 64}) {
      const Case c{type, m, 256, 4096};
      const Data d(c);
      ours(d, false)();
      const double exact = error(d, d.out.floats());
      ours(d, true)();
      const double fast = error(d, d.out.floats());
      const Ggml plain(d, false), repacked(d, true);
      plain.run(1);
      if (repacked.possible()) repacked.run(1);
      printf("| %s | %ld | %.1e | %.1e | %.1e | %s |\n", name_of(type), long(m), exact, fast, error(d, plain.result()),
             text("%.1e", repacked.possible() ? error(d, repacked.result()) : NAN).c_str());
    }
  }
}

std::vector<int> numbers(const char* text) {
  std::istringstream in(text);
  std::vector<int> v;
  for (int n; in >> n;) v.push_back(n);
  return v;
}

void warnings_only(ggml_log_level level, const char* text, void*) {
  if (level >= GGML_LOG_LEVEL_WARN) fputs(text, stderr);
}

}  // namespace

int main(int argc, char** argv) {
  ggml_log_set(warnings_only, nullptr);
  const auto wanted = [&](const char* group) {
    return argc == 1 || std::any_of(argv + 1, argv + argc, [&](const char* a) { return strcmp(a, group) == 0; });
  };
  const char* level = getenv("TENSORLOGIC_CPU_LEVEL");
  if (!tl::force_level(level)) return fprintf(stderr, "products: this machine has no level %s\n", level), 1;
  const char* threads = getenv("THREADS");
  const std::vector<int> counts = numbers(threads == nullptr ? "1 2" : threads);
  printf("level %s, ggml %s, %s for %s\n", tl::active_table()->name, ggml_version(), scipy_openblas_get_config(), scipy_openblas_get_corename());

  constexpr int64_t N = 16384, K = 8192;
  const auto packed = {GGML_TYPE_Q8_0, GGML_TYPE_Q4_0, GGML_TYPE_Q4_K, GGML_TYPE_Q6_K};
  if (wanted("dense")) {
    header("Dense products, GFLOP/s; the limit are multiply-adds in float");
    for (bool flat : {true, false}) {
      compare({GGML_TYPE_F16, 1024, 1024, 1024, flat}, counts);
      compare({GGML_TYPE_F16, 4096, 512, 4096, flat}, counts);
      compare({GGML_TYPE_F16, 512, 4096, 4096, flat}, counts);
    }
  }
  if (wanted("vector")) {
    header("Matrix-vector products, GB/s of weights; the limit is reading them");
    compare({GGML_TYPE_F16, 1, N, K}, counts);
    compare({GGML_TYPE_F16, 1, N, K, true}, counts);
    compare({GGML_TYPE_BF16, 1, N, K}, counts);
    for (ggml_type type : packed) compare({type, 1, N, K}, counts);
  }
  if (wanted("few")) {
    header("Few rows, GB/s of weights; the limit is reading them once");
    for (int64_t m : {2, 4, 8}) {
      compare({GGML_TYPE_F16, m, N, K}, counts);
      compare({GGML_TYPE_F16, m, N, K, true}, counts);
      for (ggml_type type : packed) compare({type, m, N, K}, counts);
    }
  }
  if (wanted("many")) {
    header("512 rows, GFLOP/s; the limit are products of bytes, of floats for f16");
    compare({GGML_TYPE_F16, 512, 4096, 4096}, counts);
    for (ggml_type type : packed) compare({type, 512, 4096, 4096}, counts);
  }
  if (wanted("others")) {
    header("The other encodings; one row: GB/s of weights, 512 rows: GFLOP/s");
    for (int64_t m : {1, 512})
      for (ggml_type type : {GGML_TYPE_Q4_1, GGML_TYPE_Q5_0, GGML_TYPE_Q5_1, GGML_TYPE_IQ4_NL, GGML_TYPE_IQ4_XS, GGML_TYPE_MXFP4, GGML_TYPE_Q2_K,
                             GGML_TYPE_Q3_K, GGML_TYPE_Q5_K, GGML_TYPE_TQ1_0, GGML_TYPE_TQ2_0, GGML_TYPE_IQ3_S, GGML_TYPE_IQ3_XXS,
                             GGML_TYPE_IQ2_S, GGML_TYPE_IQ2_XS, GGML_TYPE_IQ2_XXS, GGML_TYPE_IQ1_M, GGML_TYPE_IQ1_S})
        compare({type, m, m == 1 ? N : 4096, m == 1 ? K : 4096}, counts);
  }
  if (wanted("precision")) compare_errors();
  return 0;
}
