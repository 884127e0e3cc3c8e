#include <cstring>

#include "ops_support.h"

using namespace tltest;

namespace {

const std::vector<Index> ROWS = {{1}, {7}, {31}, {207}, {1027}, {4098}, {9001}, {0}, {3, 0}, {0, 3}, {5, 207}, {2, 3, 70}, {33, 64}, {97, 1100}, {600, 5}};

// Calls visit(start of the row, its values) for the rows along the last axis.
void for_each_row(const Array& x, const Index& dim, const std::function<void(Index, const std::vector<double>&)>& visit) {
  Index leading(dim.begin(), dim.end() - 1);
  for_each_index(leading, [&](const Index& i) {
    Index at = i;
    at.push_back(0);
    std::vector<double> values;
    for (int64_t k = 0; k < dim.back(); k++) {
      at.back() = k;
      values.push_back(element(x, at));
    }
    visit(at, values);
  });
}

void check_row(const Array& out, Index at, const std::vector<double>& expected, double relative, double absolute) {
  for (size_t k = 0; k < expected.size(); k++) {
    at.back() = static_cast<int64_t>(k);
    const double actual = element(out, at);
    if (!close_to(expected[k], actual, (out.view.enc == tl::F16 ? 0x1.0p-10 : 0) + relative, absolute + tiny(out.view.enc)))
      report_failure(__FILE__, __LINE__, std::to_string(expected[k]) + ", is " + std::to_string(actual));
  }
}

}  // namespace

TEST(softmax_along_the_last_axis) {
  for (const Index& dim : ROWS)
    for (const Index& layout : layouts(dim))
      for (int64_t logarithm : {0, 1})
        for (int64_t encs = 0; encs < 4; encs++) {
          Array x(encs & 1, dim, layout), out(encs >> 1, dim);
          x.randomize(-20, 20);
          EXPECT(run(tl::OP_SOFTMAX, {logarithm}, {&x.view, &out.view}) == tl::OK);
          for_each_row(x, dim, [&](const Index& at, const std::vector<double>& row) {
            double max = -INFINITY, sum = 0;
            for (double v : row) max = std::fmax(max, v);
            for (double v : row) sum += std::exp(v - max);
            std::vector<double> expected;
            for (double v : row) expected.push_back(logarithm ? v - max - std::log(sum) : std::exp(v - max) / sum);
            // x - max is rounded to a float: 2e-6 where they are 40 apart.
            check_row(out, at, expected, 5e-6, logarithm ? 5e-6 : 0);
          });
          EXPECT(out.intact());
        }
}

TEST(softmax_of_infinities) {
  Array x(tl::F16, {4, 35}), out(tl::F16, {4, 35});
  x.randomize();
  for (int64_t k = 0; k < 35; k++) x.put({0, k}, -INFINITY);
  for (int64_t k = 0; k < 34; k++) x.put({1, k}, -INFINITY);
  x.put({2, 3}, INFINITY);
  x.put({3, 34}, NAN);
  run(tl::OP_SOFTMAX, {0}, {&x.view, &out.view});
  for (int64_t k = 0; k < 35; k++) {
    EXPECT(std::isnan(out.get({0, k})));
    EXPECT(out.get({1, k}) == (k == 34 ? 1 : 0));
    EXPECT(std::isnan(out.get({3, k})));
  }
  EXPECT(std::isnan(out.get({2, 3})));
}

TEST(softmax_of_negative_numbers) {
  for (int64_t n : {1, 31, 33, 100}) {
    Array x(tl::F16, {2, n}), out(tl::F16, {2, n});
    x.randomize(-40000, -39990);
    for (int64_t k = 0; k < n; k++) x.put({1, k}, -0.0);
    run(tl::OP_SOFTMAX, {0}, {&x.view, &out.view});
    double sums[2] = {};
    for (int64_t k = 0; k < n; k++) {
      sums[0] += out.get({0, k});
      sums[1] += out.get({1, k});
    }
    EXPECT(std::fabs(sums[0] - 1) < 2e-3 && std::fabs(sums[1] - 1) < 2e-3);
  }
}

TEST(layer_norm_and_rms_norm) {
  const float epsilon = 1e-5f;
  for (const Index& dim : ROWS)
    for (const Index& layout : layouts(dim))
      for (int64_t encs = 0; encs < 4; encs++)
        for (bool affine : {false, true}) {
          const int64_t n = dim.back();
          Array x(encs & 1, dim, layout), out(encs >> 1, dim), weight(tl::F16, {n}, {encs & 1 ? 1 : 2}), bias(tl::F32, {n});
          x.randomize(-3, 5);
          weight.randomize();
          bias.randomize();
          const tl::View *w = affine ? &weight.view : nullptr, *b = affine ? &bias.view : nullptr;
          EXPECT(run(tl::OP_LAYER_NORM, {bits(epsilon)}, {&x.view, w, b, &out.view}) == tl::OK);
          for_each_row(x, dim, [&](const Index& at, const std::vector<double>& row) {
            double mean = 0, variance = 0;
            for (double v : row) mean += v / static_cast<double>(n);
            for (double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(n);
            std::vector<double> expected;
            for (size_t k = 0; k < row.size(); k++) {
              const double y = (row[k] - mean) / std::sqrt(variance + epsilon);
              expected.push_back(affine ? y * weight.at(static_cast<int64_t>(k) * weight.view.stride[0]) + bias.at(static_cast<int64_t>(k)) : y);
            }
            check_row(out, at, expected, 2e-6, n == 1 ? 1e-3 : 4e-6);
          });
          EXPECT(out.intact());
          EXPECT(run(tl::OP_RMS_NORM, {bits(epsilon)}, {&x.view, w, &out.view}) == tl::OK);
          for_each_row(x, dim, [&](const Index& at, const std::vector<double>& row) {
            double squares = 0;
            for (double v : row) squares += v * v / static_cast<double>(n);
            std::vector<double> expected;
            for (size_t k = 0; k < row.size(); k++)
              expected.push_back(row[k] / std::sqrt(squares + epsilon) * (affine ? weight.at(static_cast<int64_t>(k) * weight.view.stride[0]) : 1));
            check_row(out, at, expected, 2e-6, 0);
          });
          EXPECT(out.intact());
        }
}

// Results beyond the caches are streamed, the passes of neighbouring rows in turns: the same bits as row by row.
TEST(streamed_rows_are_what_each_row_is) {
  struct Case { int64_t from, to, rows, n; };
  for (const Case& c : {Case{tl::F16, tl::F16, 2100, 4096}, {tl::F32, tl::F32, 1037, 4128}, {tl::F16, tl::F32, 4101, 1056}, {tl::F32, tl::F16, 1031, 9001}}) {
    Array x(c.from, {c.rows, c.n}), out(c.to, {c.rows, c.n}), one(c.to, {1, c.n}), weight(tl::F16, {c.n}), bias(tl::F32, {c.n});
    Array some(c.from, {31, c.n});
    some.randomize(-9, 11);
    weight.randomize();
    bias.randomize();
    const int64_t row_bytes = c.n * tl::element_size(c.from);
    for (int64_t row = 0; row < c.rows; row++)
      memcpy(x.view.data + row * row_bytes, some.view.data + row % 31 * row_bytes, static_cast<size_t>(row_bytes));
    for (int kernel = 0; kernel < 4; kernel++) {
      const auto apply = [&](const tl::View& in, const tl::View& to) {
        if (kernel < 2) return run(tl::OP_SOFTMAX, {kernel}, {&in, &to});
        if (kernel == 2) return run(tl::OP_LAYER_NORM, {bits(1e-5f)}, {&in, &weight.view, &bias.view, &to});
        return run(tl::OP_RMS_NORM, {bits(1e-5f)}, {&in, &weight.view, &to});
      };
      EXPECT(apply(x.view, out.view) == tl::OK);
      const size_t bytes = static_cast<size_t>(c.n * tl::element_size(c.to));
      for (int64_t row = 0; row < c.rows; row += row < 20 || row > c.rows - 20 ? 1 : 37) {
        tl::View in = x.view;
        in.data += row * row_bytes;
        in.dim[0] = 1;
        EXPECT(apply(in, one.view) == tl::OK);
        EXPECT(memcmp(one.view.data, out.view.data + static_cast<size_t>(row) * bytes, bytes) == 0);
      }
    }
    EXPECT(out.intact());
  }
}

TEST(norms_reject_weights_of_another_size) {
  Array x(tl::F16, {3, 8}), out(tl::F16, {3, 8}), weight(tl::F16, {7});
  EXPECT(run(tl::OP_RMS_NORM, {bits(1e-5f)}, {&x.view, &weight.view, &out.view}) == tl::ERROR_COMMAND);
}
