#include "ops_support.h"
#include "pool.h"

using namespace tltest;

namespace {

double reduce_exactly(int64_t op, const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  double sum = 0, product = 1, squares = 0, largest = -INFINITY, smallest = INFINITY, deviations = 0;
  for (double v : values) {
    sum += v;
    product *= v;
    squares += v * v;
    largest = std::isnan(v) || v > largest ? v : largest;
    smallest = std::isnan(v) || v < smallest ? v : smallest;
  }
  for (double v : values) deviations += (v - sum / n) * (v - sum / n);
  switch (op) {
    case tl::REDUCE_SUM: return sum;
    case tl::REDUCE_MEAN: return sum / n;
    case tl::REDUCE_MAX: return largest;
    case tl::REDUCE_MIN: return smallest;
    case tl::REDUCE_PROD: return product;
    case tl::REDUCE_NORM: return std::sqrt(squares);
    case tl::REDUCE_VARIANCE: return deviations / n;
    default: return values.empty() ? NAN : deviations / (n - 1);
  }
}

void check_reduce(int64_t op, const Array& x, const Index& dim, size_t axes, int64_t to) {
  const Index kept(dim.begin(), dim.end() - static_cast<int64_t>(axes)), reduced(dim.end() - static_cast<int64_t>(axes), dim.end());
  Array out(to, kept);
  EXPECT(run(tl::OP_REDUCE, {op, static_cast<int64_t>(axes)}, {&x.view, &out.view}) == tl::OK);
  for_each_index(kept, [&](const Index& i) {
    std::vector<double> values;
    for_each_index(reduced, [&](const Index& j) {
      Index at = i;
      at.insert(at.end(), j.begin(), j.end());
      values.push_back(element(x, at));
    });
    const double expected = reduce_exactly(op, values), actual = element(out, i);
    const double slack = op == tl::REDUCE_SUM ? 1e-6 * static_cast<double>(values.size()) : 1e-6;
    if (!close_to(expected, actual, (to == tl::F16 ? 0x1.0p-10 : 2e-6) + (op == tl::REDUCE_PROD ? 1e-5 : 0), slack + tiny(to)))
      report_failure(__FILE__, __LINE__, "reduction " + std::to_string(op) + " = " + std::to_string(expected) + ", is " + std::to_string(actual));
  });
  EXPECT(out.intact());
}

}  // namespace

TEST(reduce_all_sizes_layouts_and_axes) {
  for (const Index& dim : {Index{1}, {7}, {31}, {207}, {1027}, {4098}, {0}, {3, 0}, {0, 3}, {5, 207}, {33, 70}, {70, 33}, {3, 4, 130}, {2, 9, 5, 7}, {600, 35}, {5000, 2}, {3, 400, 32}})
    for (size_t axes = 0; axes <= dim.size(); axes++)
      for (int64_t op = tl::REDUCE_SUM; op <= tl::REDUCE_SAMPLE_VARIANCE; op++)
        for (const Index& layout : layouts(dim)) {
          const int64_t from = op % 2 == 0 ? tl::F16 : tl::F32, to = axes % 2 == 0 ? tl::F32 : tl::F16;
          Array x(from, dim, layout);
          x.randomize(-1.1, 1.1);
          check_reduce(op, x, dim, axes, to);
        }
}

TEST(reduce_in_segments) {
  for (int64_t op : {tl::REDUCE_SUM, tl::REDUCE_MAX, tl::REDUCE_NORM, tl::REDUCE_VARIANCE}) {
    Array row(tl::F16, {300007}), columns(tl::F32, {37, 9001}, {1, 37}), both(tl::F16, {3, 70001});
    check_reduce(op, row.randomize(), {300007}, 1, tl::F32);
    check_reduce(op, columns.randomize(), {37, 9001}, 1, tl::F32);
    check_reduce(op, both.randomize(), {3, 70001}, 1, tl::F32);
  }
}

TEST(reduce_does_not_depend_on_the_number_of_threads) {
  Array x(tl::F32, {700001}), one(tl::F32, {}), many(tl::F32, {});
  x.randomize();
  const int size = tl::pool_size();
  run(tl::OP_REDUCE, {tl::REDUCE_SUM, 1}, {&x.view, &many.view});
  tl::pool_resize(1);
  run(tl::OP_REDUCE, {tl::REDUCE_SUM, 1}, {&x.view, &one.view});
  tl::pool_resize(size);
  EXPECT(one.at(0) == many.at(0));
}

TEST(reduce_lets_nan_win_and_keeps_infinities) {
  for (int64_t n : {5, 40, 5000})
    for (int64_t at : {int64_t{0}, n / 2, n - 1})
      for (double ugly : {double{NAN}, double{INFINITY}, -double{INFINITY}})
        for (int64_t op = 0; op <= tl::REDUCE_SAMPLE_VARIANCE; op++)
          for (int layout : {0, 1, 2}) {
            const Index dim = layout == 0 ? Index{n} : Index{3, n}, stride = layout == 0 ? Index{1} : layout == 1 ? Index{1, 3} : Index{n, 1};
            Array x(tl::F16, dim, stride);
            x.randomize(0.5, 1);
            x.set(layout == 1 ? 3 * at : at, ugly);
            if (op == tl::REDUCE_PROD && n > 40) continue;
            check_reduce(op, x, dim, 1, tl::F32);
          }
}

TEST(variance_survives_a_large_mean) {
  Array short_rows(tl::F32, {50, 20});
  check_reduce(tl::REDUCE_SAMPLE_VARIANCE, short_rows.randomize(10000, 10001), {50, 20}, 1, tl::F32);
  Array x(tl::F32, {5, 4097}), out(tl::F32, {5});
  x.randomize(10000, 10000.01);
  check_reduce(tl::REDUCE_VARIANCE, x, {5, 4097}, 1, tl::F32);
  run(tl::OP_REDUCE, {tl::REDUCE_VARIANCE, 1}, {&x.view, &out.view});
  std::vector<double> values;
  for (int64_t i = 0; i < 4097; i++) values.push_back(x.at(i));
  EXPECT(close_to(reduce_exactly(tl::REDUCE_VARIANCE, values), out.at(0), 1e-3));
}

TEST(arg_reduce_finds_the_first_of_equals_and_nan) {
  for (int64_t n : {1, 7, 31, 207, 1027, 4098, 9000})
    for (int64_t enc : {tl::F32, tl::F16})
      for (int64_t largest : {0, 1})
        for (bool column : {false, true}) {
          Array x(enc, {70, n}, column ? Index{1, 70} : Index{n, 1}), out(tl::I32, {70});
          std::uniform_int_distribution<int> few(-9, 9);
          for (int64_t i = 0; i < x.elements(); i++) x.set(i, few(random_source()));
          x.put({1, n / 2}, NAN);
          if (n > 3) x.put({1, n - 1}, NAN);
          x.put({69, n / 2}, NAN);
          x.put({2, n / 3}, largest ? INFINITY : -INFINITY);
          EXPECT(run(tl::OP_ARG_REDUCE, {largest}, {&x.view, &out.view}) == tl::OK);
          for (int64_t row = 0; row < 70; row++) {
            int64_t best = 0;
            for (int64_t i = 1; i < n; i++) {
              const double v = x.get({row, i}), b = x.get({row, best});
              if (!std::isnan(b) && (std::isnan(v) || (largest ? v > b : v < b))) best = i;
            }
            EXPECT(out.at(row) == static_cast<double>(best));
          }
          EXPECT(out.intact());
        }
}

TEST(cumsum_along_the_last_axis) {
  for (const Index& dim : {Index{1}, {207}, {4098}, {3, 5000}, {0}, {4, 0}, {66, 5}})
    for (const Index& layout : layouts(dim))
      for (int64_t to : {tl::F32, tl::F16}) {
        Array x(tl::F16, dim, layout), out(to, dim);
        x.randomize();
        EXPECT(run(tl::OP_CUMSUM, {}, {&x.view, &out.view}) == tl::OK);
        double sum = 0;
        for_each_index(dim, [&](const Index& i) {
          sum = i.back() == 0 ? element(x, i) : sum + element(x, i);
          EXPECT(close_to(sum, element(out, i), 2 * unit(to), 2e-6));
        });
        EXPECT(out.intact());
      }
}
