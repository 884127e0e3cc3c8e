#include "kernel_test.h"

using namespace tltest;

namespace {

struct Case {
  int64_t m, n, k;
  int64_t a_enc = tl::F16, b_enc = tl::F16, out_enc = tl::F16;
  bool a_transposed = false, b_transposed = false;
  bool bias = false;
};

Array matrix(int64_t enc, int64_t rows, int64_t columns, bool transposed) {
  return transposed ? Array(enc, {rows, columns}, {1, rows}) : Array(enc, {rows, columns});
}

void check(const Case& c) {
  Array a = matrix(c.a_enc, c.m, c.k, c.a_transposed).randomize();
  Array b = matrix(c.b_enc, c.k, c.n, c.b_transposed).randomize();
  Array bias = Array(tl::F32, {c.n}).randomize();
  Array out(c.out_enc, {c.m, c.n});
  EXPECT(run(tl::OP_MATMUL, {-1, 0}, {&a.view, &b.view, c.bias ? &bias.view : nullptr, &out.view}) == tl::OK);
  bool ok = out.intact();
  for (int64_t i = 0; i < c.m; i++) {
    for (int64_t j = 0; j < c.n; j++) {
      double expected = c.bias ? bias.at(j) : 0, magnitude = std::fabs(expected);
      for (int64_t k = 0; k < c.k; k++) {
        const double term = a.get({i, k}) * b.get({k, j});
        expected += term;
        magnitude += std::fabs(term);
      }
      const double rounding = c.out_enc == tl::F16 ? 0x1.0p-11 : 0;
      ok = ok && close_to(expected, out.get({i, j}), rounding, 1e-6 * magnitude + 1e-7);
    }
  }
  if (!ok) {
    char text[200];
    snprintf(text, sizeof text, "%ld x %ld x %ld of encodings %ld, %ld, %ld, transposed %d %d", long(c.m), long(c.n), long(c.k), long(c.a_enc), long(c.b_enc), long(c.out_enc), c.a_transposed, c.b_transposed);
    report_failure(__FILE__, __LINE__, text);
  }
}

}  // namespace

TEST(matmul_of_odd_sizes) {
  for (int64_t m : {1, 2, 3, 5, 7, 8, 9, 15, 31})
    for (int64_t n : {1, 2, 7, 16, 31, 33, 67})
      for (int64_t k : {1, 7, 16, 31, 207})
        for (int transposed = 0; transposed < 4; transposed++) check({m, n, k, tl::F16, tl::F16, tl::F16, (transposed & 1) != 0, (transposed & 2) != 0, true});
}

TEST(matmul_of_every_encoding) {
  for (int64_t a : {tl::F16, tl::F32, tl::BF16})
    for (int64_t b : {tl::F16, tl::F32, tl::BF16})
      for (int64_t out : {tl::F16, tl::F32})
        for (int64_t m : {1, 4, 37})
          for (int transposed = 0; transposed < 2; transposed++) check({m, 45, 67, a, b, out, false, transposed != 0, false});
}

TEST(matmul_beyond_every_block) {
  check({131, 1063, 1027, tl::F16, tl::F16, tl::F16, false, true, true});
  check({1027, 207, 531, tl::F32, tl::F32, tl::F32, true, false, false});
  check({1, 4098, 1027, tl::F16, tl::F16, tl::F16, false, false, true});
  check({8, 207, 8207, tl::F16, tl::F16, tl::F16, false, true, true});
  check({3, 31, 9001, tl::F16, tl::F16, tl::F32, false, false, true});
  check({4098, 1, 207, tl::F16, tl::F16, tl::F16, false, false, true});
  check({207, 3, 1027, tl::F16, tl::F32, tl::F16, true, true, true});
}

TEST(matmul_of_strided_views) {
  Array a = Array(tl::F16, {37, 53}, {160, 3}).randomize();
  Array b = Array(tl::F32, {53, 41}, {2, 110}).randomize();
  Array out(tl::F32, {37, 41});
  EXPECT(run(tl::OP_MATMUL, {-1, 0}, {&a.view, &b.view, nullptr, &out.view}) == tl::OK);
  for (int64_t i = 0; i < 37; i++)
    for (int64_t j = 0; j < 41; j++) {
      double expected = 0;
      for (int64_t k = 0; k < 53; k++) expected += a.get({i, k}) * b.get({k, j});
      EXPECT(close_to(expected, out.get({i, j}), 1e-5, 1e-5));
    }
}

TEST(matmul_of_broadcast_batches) {
  // a [2, 3, 5, 7] x b [1, 3, 7, 4], b repeated over the first axis; then b repeated over all.
  for (int64_t step : {28, 0}) {
    Array a = Array(tl::F16, {2, 3, 5, 7}).randomize();
    Array b = Array(tl::F16, {2, 3, 7, 4}, {0, step, 4, 1}).randomize();
    Array out(tl::F16, {2, 3, 5, 4});
    EXPECT(run(tl::OP_MATMUL, {-1, 0}, {&a.view, &b.view, nullptr, &out.view}) == tl::OK);
    for (int64_t x = 0; x < 2; x++)
      for (int64_t y = 0; y < 3; y++)
        for (int64_t i = 0; i < 5; i++)
          for (int64_t j = 0; j < 4; j++) {
            double expected = 0;
            for (int64_t k = 0; k < 7; k++) expected += a.get({x, y, i, k}) * b.get({x, y, k, j});
            EXPECT(close_to(expected, out.get({x, y, i, j}), 0x1.0p-10, 1e-4));
          }
  }
}

TEST(matmul_of_empty_extents) {
  Array a(tl::F16, {3, 0}), b(tl::F16, {0, 5}), bias(tl::F16, {5}), out(tl::F16, {3, 5});
  bias.randomize();
  EXPECT(run(tl::OP_MATMUL, {-1, 0}, {&a.view, &b.view, &bias.view, &out.view}) == tl::OK);
  for (int64_t i = 0; i < 15; i++) EXPECT(out.at(i) == bias.at(i % 5));
  Array none(tl::F16, {0, 7}), w(tl::F16, {7, 5}), empty(tl::F16, {0, 5});
  EXPECT(run(tl::OP_MATMUL, {-1, 0}, {&none.view, &w.view, nullptr, &empty.view}) == tl::OK);
}

TEST(matmul_keeps_infinities_and_nan) {
  Array a = Array(tl::F16, {9, 40}).randomize(0.1, 1), b = Array(tl::F16, {40, 20}).randomize(0.1, 1);
  a.put({0, 3}, INFINITY);
  a.put({1, 39}, NAN);
  a.put({2, 0}, 60000);
  b.put({0, 0}, 60000);
  for (int64_t rows : {int64_t{3}, int64_t{9}}) {
    Array out(tl::F16, {rows, 20});
    tl::View top = a.view;
    top.dim[0] = rows;
    EXPECT(run(tl::OP_MATMUL, {-1, 0}, {&top, &b.view, nullptr, &out.view}) == tl::OK);
    for (int64_t j = 0; j < 20; j++) {
      EXPECT(out.get({0, j}) == INFINITY);
      EXPECT(std::isnan(out.get({1, j})));
    }
    EXPECT(out.get({2, 0}) == INFINITY);
  }
}
