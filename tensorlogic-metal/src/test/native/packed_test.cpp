#include "packed_reference.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#endif

using namespace tltest;

namespace {

// n rows of k packed elements that end where a page ends that may not be read.
class Weights {
 public:
  Weights(const PackedType& type, int64_t n, int64_t k, float scale = 0.01f) : type(type), row(k / type.block * type.bytes) {
    const size_t bytes = static_cast<size_t>(n * row);
#if defined(__unix__) || defined(__APPLE__)
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_ = (bytes + page - 1) / page * page + page;
    memory_ = static_cast<char*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(memory_ + size_ - page, page, PROT_NONE);
    data = reinterpret_cast<uint8_t*>(memory_ + size_ - page - bytes);
#else
    memory_ = new char[bytes];
    data = reinterpret_cast<uint8_t*>(memory_);
#endif
    randomize_blocks(type, data, n * k / type.block, scale);
    view.data = reinterpret_cast<char*>(data);
    view.enc = type.enc;
    view.rank = 2;
    view.dim[0] = k;
    view.dim[1] = n;
    view.stride[0] = 1;
    view.stride[1] = k;
  }
  Weights(const Weights&) = delete;
  ~Weights() {
#if defined(__unix__) || defined(__APPLE__)
    munmap(memory_, size_);
#else
    delete[] memory_;
#endif
  }
  double at(int64_t r, int64_t i) const {
    return type.element(data + r * row + i / type.block * type.bytes, static_cast<int>(i % type.block));
  }

  const PackedType& type;
  int64_t row;
  uint8_t* data;
  tl::View view;

 private:
  char* memory_;
  size_t size_;
};

struct Case {
  int64_t m, n, k;
  int64_t a_enc = tl::F32, out_enc = tl::F32;
  bool bias = false;
};

// n rows of k weights and their values, for products of several numbers of rows.
struct Values {
  Values(const PackedType& type, int64_t n, int64_t k) : weights(type, n, k), rows(static_cast<size_t>(n * k)), n(n), k(k) {
    for (int64_t i = 0; i < n * k; i++) rows[static_cast<size_t>(i)] = weights.at(i / k, i % k);
  }
  Weights weights;
  std::vector<double> rows;
  int64_t n, k;
};

// Exact products differ by float rounding; fast ones by half a step of an activation's 127 in each term.
void check(const Values& w, const Case& c, bool fast) {
  Array a = Array(c.a_enc, {c.m, c.k}).randomize(), out(c.out_enc, {c.m, c.n});
  Array bias = Array(tl::F16, {c.n}).randomize();
  EXPECT(run(tl::OP_MATMUL, {-1, fast}, {&a.view, &w.weights.view, c.bias ? &bias.view : nullptr, &out.view}) == tl::OK);
  bool ok = out.intact();
  double worst = 0;
  std::vector<double> x(static_cast<size_t>(c.k));
  for (int64_t i = 0; i < c.m; i++) {
    for (int64_t e = 0; e < c.k; e++) x[static_cast<size_t>(e)] = a.at(i * c.k + e);
    for (int64_t j = 0; j < c.n; j++) {
      const double* row = w.rows.data() + j * c.k;
      double expected = c.bias ? bias.at(j) : 0, magnitude = std::fabs(expected), step = 0;
      for (size_t e = 0; e < x.size(); e++) {
        const double term = x[e] * row[e];
        expected += term;
        magnitude += std::fabs(term);
        step += row[e] * row[e];
      }
      // Independent errors of at most 1/254: six standard deviations, evenly distributed.
      const double rounding = 3e-6 * magnitude + (fast ? 6 * std::sqrt(step / 3) / 254 : 0);
      const double half = c.out_enc == tl::F16 ? 0x1.0p-11 : 0;
      const double error = std::fabs(out.at(i * c.n + j) - expected) - half * std::fabs(expected);
      ok = ok && error <= rounding + 1e-7;
      worst = std::fmax(worst, error / rounding);
    }
  }
  if (!ok) {
    char text[200];
    snprintf(text, sizeof text, "%s %s: %ld rows times %ld x %ld within bounds, not %.1f times beyond", w.weights.type.name,
             fast ? "fast" : "exact", long(c.m), long(c.n), long(c.k), worst);
    report_failure(__FILE__, __LINE__, text);
  }
}

void check(const PackedType& type, const Case& c, bool fast) { check(Values(type, c.n, c.k), c, fast); }

}  // namespace

TEST(packed_copy_decodes_bit_for_bit) {
  for (const PackedType& type : packed_types()) {
    for (float scale : {1e-7f, 0.01f, 60000.0f}) {
      const int64_t n = 7, k = 17 * type.block;
      Weights w(type, n, k, scale);
      tl::View rows = w.view;
      rows.dim[0] = n, rows.dim[1] = k, rows.stride[0] = k, rows.stride[1] = 1;
      // Scales that random ones never are.
      for (int at : type.halves) memcpy(w.data + at, "\x00\x7c", 2), memcpy(w.data + type.bytes + at, "\x00\x7e", 2);
      if (type.enc == tl::MXFP4)
        for (int e : {0, 1, 2, 3, 254, 255}) w.data[(e + 1) % 7 * type.bytes] = static_cast<uint8_t>(e);
      Array out(tl::F32, {n, k}), half(tl::F16, {n, k});
      EXPECT(run(tl::OP_COPY, {}, {&rows, &out.view}) == tl::OK);
      EXPECT(run(tl::OP_COPY, {}, {&rows, &half.view}) == tl::OK);
      int64_t wrong = 0;
      for (int64_t i = 0; i < n * k; i++) {
        const float expected = static_cast<float>(w.at(i / k, i % k)), actual = static_cast<float>(out.at(i));
        if (std::isnan(expected)) {
          wrong += !std::isnan(actual) || !std::isnan(half.at(i));
          continue;
        }
        wrong += memcmp(&expected, &actual, sizeof expected) != 0;
        wrong += half.at(i) != from_half(to_half(expected));
      }
      EXPECT(wrong == 0);
      EXPECT(out.intact() && half.intact());
    }
  }
}

TEST(packed_matmul_of_odd_sizes) {
  for (const PackedType& type : packed_types())
    for (int64_t n : {1, 15, 37})
      for (int64_t blocks : {1, 3, 7, 9}) {
        const Values w(type, n, blocks * type.block);
        for (int64_t m : {1, 2, 3, 4, 5, 8, 9, 12, 13, 16, 17, 33})
          for (bool fast : {false, true}) check(w, {m, n, blocks * type.block}, fast);
      }
}

TEST(packed_matmul_of_long_rows_and_many) {
  for (const PackedType& type : packed_types()) {
    for (bool fast : {false, true}) {
      check(type, {1, 5, 14336, tl::F16, tl::F16, true}, fast);
      check(type, {2, 131, 2304, tl::F16, tl::F32, true}, fast);
      check(type, {13, 67, 2816, tl::F16, tl::F16, true}, fast);
      check(type, {19, 3, 14336, tl::F32, tl::F16, false}, fast);
    }
  }
}

TEST(packed_matmul_of_more_rows_than_a_block_of_tiles) {
  for (const PackedType& type : packed_types())
    if (type.enc == tl::Q4_0 || type.enc == tl::Q6_K) check(type, {779, 21, 256}, true);
}

TEST(packed_matmul_of_strided_rows_and_batches) {
  const PackedType& type = packed_types()[0];
  Weights w(type, 11, 64);
  Array a = Array(tl::F32, {2, 3, 64}, {500, 150, 2}).randomize(), out(tl::F32, {2, 3, 11});
  tl::View b = w.view;
  b.rank = 3;
  b.dim[0] = 2, b.dim[1] = 64, b.dim[2] = 11;
  b.stride[0] = 0, b.stride[1] = 1, b.stride[2] = 64;
  for (bool fast : {false, true}) {
    EXPECT(run(tl::OP_MATMUL, {-1, fast}, {&a.view, &b, nullptr, &out.view}) == tl::OK);
    for (int64_t i = 0; i < 6; i++)
      for (int64_t j = 0; j < 11; j++) {
        double expected = 0;
        for (int64_t e = 0; e < 64; e++) expected += a.get({i / 3, i % 3, e}) * w.at(j, e);
        EXPECT(close_to(expected, out.get({i / 3, i % 3, j}), 0, fast ? 0.02 : 1e-5));
      }
  }
}

namespace {

// Products with the rows of a view of weights against sums in double; what is not finite is for others.
void check_view(const Weights& w, const tl::View& view, int64_t first, int64_t step, int64_t finite_row) {
  const int64_t k = view.dim[0], n = view.dim[1];
  for (int64_t m : {1, 3, 13}) {
    Array a = Array(tl::F32, {m, k}).randomize();
    for (bool fast : {false, true}) {
      Array out(tl::F32, {m, n});
      EXPECT(run(tl::OP_MATMUL, {-1, fast}, {&a.view, &view, nullptr, &out.view}) == tl::OK);
      for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
          if (finite_row >= 0 && j % 2 != finite_row) {
            EXPECT(!std::isfinite(out.get({i, j})));
            continue;
          }
          double expected = 0, squares = 0;
          for (int64_t e = 0; e < k; e++) {
            const double weight = w.at(j * step, first + e);
            expected += a.get({i, e}) * weight;
            squares += weight * weight;
          }
          EXPECT(close_to(expected, out.get({i, j}), 0, (fast ? 0.03 : 1e-5) * std::sqrt(squares) + 1e-7));
        }
      EXPECT(out.intact());
    }
  }
}

}  // namespace

TEST(packed_matmul_of_rows_apart_and_of_one_row_repeated) {
  for (const PackedType& type : packed_types()) {
    const int64_t k = type.block < 256 ? 256 + type.block : 512, n = 9;
    const Weights w(type, n, 2 * k);
    for (int64_t first : {int64_t{0}, k}) {
      tl::View part = w.view;
      part.data += first / type.block * type.bytes;
      part.dim[0] = k;
      check_view(w, part, first, 1, -1);
      part.stride[1] = 0;
      check_view(w, part, first, 0, -1);
    }
  }
}

TEST(packed_matmul_keeps_a_row_that_is_not_finite_from_others) {
  for (const PackedType& type : packed_types()) {
    if (type.halves.empty()) continue;
    const int64_t k = type.block < 256 ? 256 + type.block : 512, n = 9;
    Weights w(type, n, k);
    for (int64_t row = 1; row < n; row += 2)
      for (int64_t block = 0; block < k / type.block; block++)
        for (int at : type.halves) memcpy(w.data + row * w.row + block * type.bytes + at, "\x00\x7e", 2);
    if (type.enc != tl::Q8_K) check_view(w, w.view, 0, 1, 0);
  }
}

TEST(packed_matmul_shows_what_is_not_finite) {
  for (const PackedType& type : packed_types()) {
    for (float bad : {NAN, INFINITY}) {
      for (int64_t m : {1, 13}) {
        Weights w(type, 3, type.block);
        Array a = Array(tl::F16, {m, type.block}).randomize(), out(tl::F16, {m, 3});
        a.put({m - 1, 7}, bad);
        for (bool fast : {false, true}) {
          EXPECT(run(tl::OP_MATMUL, {-1, fast}, {&a.view, &w.view, nullptr, &out.view}) == tl::OK);
          for (int64_t j = 0; j < 3; j++) EXPECT(w.at(j, 7) == 0 || !std::isfinite(out.get({m - 1, j})));
          EXPECT(m == 1 || std::isfinite(out.get({0, 1})));
        }
      }
    }
  }
}

TEST(packed_matmul_of_zeros_is_zero) {
  for (const PackedType& type : packed_types()) {
    Weights w(type, 2, type.block);
    Array a(tl::F32, {1, type.block}), out(tl::F32, {1, 2});
    for (bool fast : {false, true}) {
      EXPECT(run(tl::OP_MATMUL, {-1, fast}, {&a.view, &w.view, nullptr, &out.view}) == tl::OK);
      EXPECT(out.at(0) == 0 && out.at(1) == 0);
    }
  }
}

namespace {

// An exact product of one row, compared in doubles: its error is a part of the activations times at least `weight`.
void check_exact(const PackedType& type, const Weights& w, const Array& a, int64_t n, int64_t k, double weight = 0) {
  Array out(tl::F32, {1, n});
  EXPECT(run(tl::OP_MATMUL, {-1, 0}, {&a.view, &w.view, nullptr, &out.view}) == tl::OK);
  for (int64_t j = 0; j < n; j++) {
    double expected = 0, magnitude = 0;
    for (int64_t e = 0; e < k; e++) {
      const double term = a.at(e) * w.at(j, e);
      expected += term;
      magnitude += std::fmax(std::fabs(term), std::fabs(a.at(e)) * weight);
    }
    if (std::fabs(out.at(j) - expected) > 3e-6 * magnitude) {
      char text[120];
      snprintf(text, sizeof text, "%s: %g, not %g", type.name, expected, static_cast<double>(out.at(j)));
      report_failure(__FILE__, __LINE__, text);
    }
  }
}

void fill_codes(const PackedType& type, Weights& w, int64_t n, int code) {
  for (int64_t i = 0; i < n * w.row; i++)
    if (!is_scale(type, i % type.bytes)) w.data[i] = static_cast<uint8_t>(code);
}

}  // namespace

// The integers that an exact product adds up are largest here: every part of every activation is.
TEST(packed_exact_matmul_of_largest_codes) {
  const int64_t n = 6;
  for (const PackedType& type : packed_types()) {
    const int64_t k = type.block < 256 ? 256 + type.block : 512;
    Weights w(type, n, k);
    double largest = 0;
    for (int code : {0x00, 0x7F, 0x80, 0xFF}) {
      fill_codes(type, w, n, code);
      for (int64_t i = 0; i < n * k; i++) largest = std::fmax(largest, std::fabs(w.at(i / k, i % k)));
    }
    for (int code : {0x00, 0x7F, 0x80, 0xFF}) {
      fill_codes(type, w, n, code);
      for (double sign : {1.0, -1.0}) {
        Array a(tl::F32, {1, k});
        for (int64_t e = 0; e < k; e++) a.put({0, e}, static_cast<float>(sign * (e % 32 == 0 ? 127 : 126.4999)));
        check_exact(type, w, a, n, k, largest);
      }
    }
  }
}

// Blocks that are too large or small to be taken apart, beside others.
TEST(packed_exact_matmul_of_far_activations) {
  for (const PackedType& type : packed_types()) {
    const int64_t k = type.block < 128 ? 192 : 256;
    Weights w(type, 5, k);
    for (float scale : {1e-35f, 1e-29f, 1e-27f, 1e-10f, 1e10f, 1e27f, 1e31f}) {
      Array a = Array(tl::F32, {1, k}).randomize();
      for (int64_t e = 32; e < 64; e++) a.put({0, e}, static_cast<float>(a.at(e)) * scale);
      check_exact(type, w, a, 5, k);
      for (int64_t e = 0; e < k; e++)
        if (e < 32 || e >= 64) a.put({0, e}, 0);
      check_exact(type, w, a, 5, k);
    }
  }
}

TEST(packed_matmul_rejects_rows_that_are_not_blocks) {
  Weights w(packed_types()[0], 4, 64);
  Array a(tl::F32, {1, 48}), out(tl::F32, {1, 4});
  tl::View part = w.view;
  part.dim[0] = 48;
  EXPECT(run(tl::OP_MATMUL, {-1, 0}, {&a.view, &part, nullptr, &out.view}) == tl::ERROR_UNSUPPORTED);
}
