#include "ops_support.h"

using namespace tltest;
using std::vector;

namespace {

struct Unary {
  const char* name;
  double (*exact)(double);
  double ulps;
};

// In the order of the codes.
const Unary UNARY[] = {
    {"neg", [](double x) { return -x; }, 0},
    {"abs", [](double x) { return std::fabs(x); }, 0},
    {"exp", [](double x) { return std::exp(x); }, 2},
    {"log", [](double x) { return std::log(x); }, 2},
    {"sqrt", [](double x) { return std::sqrt(x); }, 0.5},
    {"rsqrt", [](double x) { return 1 / std::sqrt(x); }, 2},
    {"reciprocal", [](double x) { return 1 / x; }, 0.5},
    {"square", [](double x) { return x * x; }, 0.5},
    {"sin", [](double x) { return std::sin(x); }, 2},
    {"cos", [](double x) { return std::cos(x); }, 2},
    {"tan", [](double x) { return std::tan(x); }, 3},
    {"tanh", [](double x) { return std::tanh(x); }, 2},
    {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }, 3},
    {"relu", [](double x) { return x < 0 ? 0 : x; }, 0},
    {"gelu", [](double x) { return x / (1 + std::exp(-2 * std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x))); }, 250},
    {"gelu_erf", [](double x) { return x * 0.5 * std::erfc(-x * std::sqrt(0.5)); }, 20},
    {"silu", [](double x) { return x / (1 + std::exp(-x)); }, 60},
    {"erf", [](double x) { return std::erf(x); }, 2},
    {"floor", [](double x) { return std::floor(x); }, 0},
    {"ceil", [](double x) { return std::ceil(x); }, 0},
    {"round", [](double x) { return std::nearbyint(x); }, 0},
    {"sign", [](double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }, 0},
    {"step", [](double x) { return x > 0 ? 1.0 : 0.0; }, 0},
};

struct Binary {
  const char* name;
  double (*exact)(double, double);
  double ulps;
};

double java_pow(double x, double y) {
  return std::isnan(y) || (std::fabs(x) == 1 && std::isinf(y)) ? NAN : std::pow(x, y);
}

const Binary BINARY[] = {
    {"add", [](double x, double y) { return x + y; }, 0.5},
    {"sub", [](double x, double y) { return x - y; }, 0.5},
    {"mul", [](double x, double y) { return x * y; }, 0.5},
    {"div", [](double x, double y) { return x / y; }, 0.5},
    {"pow", java_pow, 8},
    {"maximum", [](double x, double y) { return std::isnan(x) || std::isnan(y) ? NAN : std::fmax(x, y); }, 0},
    {"minimum", [](double x, double y) { return std::isnan(x) || std::isnan(y) ? NAN : std::fmin(x, y); }, 0},
    {"eq", [](double x, double y) { return x == y ? 1.0 : 0.0; }, 0},
    {"ne", [](double x, double y) { return x != y ? 1.0 : 0.0; }, 0},
    {"lt", [](double x, double y) { return x < y ? 1.0 : 0.0; }, 0},
    {"le", [](double x, double y) { return x <= y ? 1.0 : 0.0; }, 0},
    {"gt", [](double x, double y) { return x > y ? 1.0 : 0.0; }, 0},
    {"ge", [](double x, double y) { return x >= y ? 1.0 : 0.0; }, 0},
    {"silu_mul", [](double x, double y) { return x / (1 + std::exp(-x)) * y; }, 60},
};

const vector<double> UGLY = {0.0,    -0.0,   1,      -1,    0.5,   -2.5,  1.5,     INFINITY, -INFINITY, NAN,    3.3e-8, -6e-8, 65504, -65504,
                             1e-40,  -1e-45, 3e38,   -3e38, 88.8,  -88,   -103.9,  709,      1e5,       -12345, 8388609, 0.6249, 0.925, 4.4,
                             1.0e-5, 0.7071, 1.4142, 2,     -2,    3,     -3,      7.5,      100,       1e-30};

void expect(bool ok, const char* file, int line, const std::string& what) {
  if (!ok) report_failure(file, line, what);
}

void check_unary(size_t op, const Array& x, const Array& out, const Index& dim) {
  // Rounding to half forgives the last places of a float, except near a tie.
  const double ulps = out.view.enc == tl::F16 ? (UNARY[op].ulps > 0.5 ? 1 : UNARY[op].ulps) : UNARY[op].ulps;
  for_each_index(dim, [&](const Index& i) {
    const double in = element(x, i), expected = UNARY[op].exact(in), actual = element(out, i);
    expect(within(out.view.enc, expected, actual, ulps), __FILE__, __LINE__,
           std::string(UNARY[op].name) + "(" + std::to_string(in) + ") = " + std::to_string(expected) + ", is " + std::to_string(actual));
  });
  EXPECT(out.intact());
}

}  // namespace

TEST(unary_of_special_values) {
  for (size_t op = 0; op < std::size(UNARY); op++)
    for (int64_t enc : {tl::F32, tl::F16}) {
      Array x(enc, {static_cast<int64_t>(UGLY.size())}), out(enc, {x.view.dim[0]});
      fill_with(x, UGLY);
      EXPECT(run(tl::OP_UNARY, {static_cast<int64_t>(op)}, {&x.view, &out.view}) == tl::OK);
      check_unary(op, x, out, {x.view.dim[0]});
    }
}

TEST(unary_keeps_the_sign_of_zero) {
  for (int64_t op : {4, 8, 10, 11, 13, 17, 18, 19, 20}) {  // odd functions, relu, roundings
    for (int64_t enc : {tl::F32, tl::F16}) {
      Array x(enc, {40}), out(enc, {40});
      fill_with(x, std::vector<double>(40, -0.0));
      run(tl::OP_UNARY, {op}, {&x.view, &out.view});
      for (int64_t i = 0; i < 40; i++) expect(out.at(i) == 0 && std::signbit(out.at(i)), __FILE__, __LINE__, std::string(UNARY[op].name) + "(-0) = -0");
    }
  }
}

TEST(unary_of_every_half) {
  for (size_t op = 0; op < std::size(UNARY); op++) {
    Array x(tl::F16, {65536}), out(tl::F16, {65536});
    for (int64_t i = 0; i < 65536; i++) {
      const uint16_t h = static_cast<uint16_t>(i);
      memcpy(x.view.data + 2 * i, &h, 2);
    }
    run(tl::OP_UNARY, {static_cast<int64_t>(op)}, {&x.view, &out.view});
    check_unary(op, x, out, {65536});
  }
}

TEST(unary_of_all_sizes_and_layouts) {
  for (const Index& dim : {Index{1}, {7}, {31}, {207}, {1027}, {4098}, {0}, {3, 0, 2}, {5, 7}, {70, 131}, {2, 3, 5, 7}, {1, 1, 9}, {3000, 3}, {500, 3, 3}, {}})
    for (int64_t from : {tl::F32, tl::F16})
      for (int64_t to : {tl::F32, tl::F16})
        for (const Index& layout : layouts(dim)) {
          Array x(from, dim, layout), out(to, dim);
          x.randomize(-4, 4);
          EXPECT(run(tl::OP_UNARY, {12}, {&x.view, &out.view}) == tl::OK);
          check_unary(12, x, out, dim);
        }
}

TEST(binary_of_special_values) {
  const int64_t n = static_cast<int64_t>(UGLY.size());
  for (size_t op = 0; op < std::size(BINARY); op++)
    for (int64_t enc : {tl::F32, tl::F16}) {
      Array x(enc, {n, n}, {1, 0}), y(enc, {n, n}, {0, 1}), out(enc, {n, n});
      fill_with(x, UGLY);
      fill_with(y, UGLY);
      EXPECT(run(tl::OP_BINARY, {static_cast<int64_t>(op)}, {&x.view, &y.view, &out.view}) == tl::OK);
      const double ulps = enc == tl::F16 && BINARY[op].ulps > 0.5 ? 1 : BINARY[op].ulps;
      for_each_index({n, n}, [&](const Index& i) {
        const double a = element(x, i), b = element(y, i), expected = BINARY[op].exact(a, b), actual = element(out, i);
        // An intermediate result that underflows or overflows takes silu_mul's digits along.
        if (op == 13 && !(std::fabs(a) > 1e-6 && std::fabs(a) < 80 && std::fabs(b) < 1e9)) return;
        expect(within(enc, expected, actual, ulps), __FILE__, __LINE__,
               std::string(BINARY[op].name) + "(" + std::to_string(a) + ", " + std::to_string(b) + ") = " + std::to_string(expected) + ", is " + std::to_string(actual));
      });
    }
}

TEST(binary_of_all_layouts) {
  for (const Index& dim : {Index{1}, {31}, {1027}, {4098}, {0}, {65, 130}, {3, 4, 5}, {2, 66, 3, 67}, {1500, 3}, {2, 200, 7}})
    for (int64_t encs = 0; encs < 8; encs++)
      for (const Index& left : layouts(dim))
        for (const Index& right : layouts(dim)) {
          Array x(encs & 1, dim, left), y(encs >> 1 & 1, dim, right), out(encs >> 2, dim);
          x.randomize();
          y.randomize();
          EXPECT(run(tl::OP_BINARY, {1}, {&x.view, &y.view, &out.view}) == tl::OK);
          for_each_index(dim, [&](const Index& i) { EXPECT(within(encs >> 2, element(x, i) - element(y, i), element(out, i), 0.5)); });
          EXPECT(out.intact());
        }
}

// Blocks of short rows, cut where threads begin in the middle of one: what repeats a row for a short piece must not serve a
// long one.
TEST(binary_repeats_a_row_in_every_block) {
  const Index dim{41, 1500, 7};
  Array x(tl::F16, dim, {1501 * 7, 7, 1}), row(tl::F16, dim, {0, 0, 1}), out(tl::F16, dim);
  x.randomize();
  row.randomize();
  EXPECT(run(tl::OP_BINARY, {0}, {&x.view, &row.view, &out.view}) == tl::OK);
  for_each_index(dim, [&](const Index& i) { EXPECT(within(tl::F16, element(x, i) + element(row, i), element(out, i), 0.5)); });
  EXPECT(out.intact());
}

TEST(binary_with_a_number_on_either_side) {
  Array x(tl::F16, {207}), out(tl::F16, {207});
  x.randomize(1, 2);
  run(tl::OP_BINARY_SCALAR, {3, bits(0.1f), 0}, {&x.view, &out.view});
  for (int64_t i = 0; i < 207; i++) EXPECT(within(tl::F16, x.at(i) / 0.1f, out.at(i), 0.5));
  run(tl::OP_BINARY_SCALAR, {3, bits(0.1f), 1}, {&x.view, &out.view});
  for (int64_t i = 0; i < 207; i++) EXPECT(within(tl::F16, 0.1f / x.at(i), out.at(i), 0.5));
}

TEST(powers_of_every_half_by_a_number) {
  constexpr int64_t N = 65536 + 5;  // some at the end again
  Array x(tl::F16, {N}), out(tl::F16, {N});
  for (int64_t i = 0; i < N; i++) {
    const uint16_t h = static_cast<uint16_t>(i);
    memcpy(x.view.data + 2 * i, &h, 2);
  }
  for (float number : {2.0f, -1.0f, 0.0f, 0.5f, -0.5f, 2.5f, -3.0f, 1 / 3.0f, 5.9f, 6.0f, -6.0f, 7.5f, INFINITY, NAN}) {
    EXPECT(run(tl::OP_BINARY_SCALAR, {4, bits(number), 0}, {&x.view, &out.view}) == tl::OK);
    for (int64_t i = 0; i < N; i++)
      if (!within(tl::F16, java_pow(x.at(i), number), out.at(i), 0.65))
        report_failure(__FILE__, __LINE__, std::to_string(x.at(i)) + " to the " + std::to_string(number) + " is " + std::to_string(out.at(i)));
  }
}

TEST(ternary_and_clamp) {
  const Index dim{33, 70};
  for (const Index& layout : layouts(dim)) {
    Array x(tl::F16, dim, layout), y(tl::F32, dim, {1, 33}), z(tl::F16, dim, {0, 1}), out(tl::F32, dim);
    x.randomize();
    y.randomize();
    z.randomize();
    x.set(0, NAN);
    run(tl::OP_TERNARY, {0}, {&x.view, &y.view, &z.view, &out.view});
    for_each_index(dim, [&](const Index& i) { EXPECT(element(out, i) == (element(x, i) != 0 ? element(y, i) : element(z, i))); });
    run(tl::OP_TERNARY, {1}, {&x.view, &y.view, &z.view, &out.view});
    for_each_index(dim, [&](const Index& i) { EXPECT(close_to(element(x, i) * element(y, i) + element(z, i), element(out, i), 1e-6, 1e-7)); });
    run(tl::OP_CLAMP, {bits(-0.25f), bits(0.5f)}, {&x.view, &out.view});
    for_each_index(dim, [&](const Index& i) {
      const double v = element(x, i);
      EXPECT(close_to(std::isnan(v) ? v : std::fmin(std::fmax(v, -0.25), 0.5), element(out, i), 0));
    });
  }
}

TEST(elementwise_rejects_what_it_cannot_do) {
  Array x(tl::F32, {3}), out(tl::F32, {4}), bf16(tl::BF16, {4});
  EXPECT(run(tl::OP_UNARY, {0}, {&x.view, &out.view}) == tl::ERROR_COMMAND);
  EXPECT(run(tl::OP_UNARY, {99}, {&x.view, &x.view}) == tl::ERROR_UNSUPPORTED);
  EXPECT(run(tl::OP_UNARY, {-1}, {&x.view, &x.view}) == tl::ERROR_UNSUPPORTED);
  EXPECT(run(tl::OP_UNARY, {0}, {&bf16.view, &out.view}) == tl::ERROR_UNSUPPORTED);
}

TEST(elementwise_on_large_tensors_streams) {
  Array x(tl::F16, {1031, 9001}), out(tl::F16, {1031, 9001});
  x.randomize();
  run(tl::OP_UNARY, {0}, {&x.view, &out.view});
  bool same = true;
  for (int64_t i = 0; i < x.elements(); i++) same &= out.at(i) == -x.at(i);
  EXPECT(same);
  EXPECT(out.intact());
}
