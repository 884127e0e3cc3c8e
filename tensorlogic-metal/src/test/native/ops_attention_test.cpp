#include "ops_support.h"

using namespace tltest;

namespace {

struct Case {
  int64_t batches, groups, heads, queries, keys, d, e;  // heads in all
};

void check_attention(const Case& c, bool causal, bool masked, int64_t enc, bool permuted) {
  // Permuted: [b, n, h, d] in memory, as projections leave them.
  const auto make = [&](int64_t h, int64_t n, int64_t d) {
    return permuted ? Array(enc, {c.batches, h, n, d}, {n * h * d, d, h * d, 1}) : Array(enc, {c.batches, h, n, d});
  };
  Array q = make(c.heads, c.queries, c.d), k = make(c.groups, c.keys, c.d), v = make(c.groups, c.keys, c.e);
  Array mask(tl::F16, {c.batches, c.heads, c.queries, c.keys}, {0, 0, c.keys, 1}), out(enc, {c.batches, c.heads, c.queries, c.e});
  q.randomize(-2, 2);
  k.randomize(-2, 2);
  v.randomize(-2, 2);
  mask.randomize(-3, 3);
  for (int64_t i = 0; i < mask.elements(); i += 5) mask.set(i, -INFINITY);
  const float scale = 0.3f;
  EXPECT(run(tl::OP_ATTENTION, {causal, bits(scale)}, {&q.view, &k.view, &v.view, masked ? &mask.view : nullptr, &out.view}) == tl::OK);
  for_each_index({c.batches, c.heads, c.queries}, [&](const Index& i) {
    const int64_t group = i[1] / (c.heads / c.groups);
    const int64_t visible = causal ? std::max<int64_t>(0, i[2] + c.keys - c.queries + 1) : c.keys;
    std::vector<double> p(static_cast<size_t>(visible));
    double max = -INFINITY, total = 0;
    for (int64_t j = 0; j < visible; j++) {
      double dot = 0;
      for (int64_t x = 0; x < c.d; x++) dot += q.get({i[0], i[1], i[2], x}) * k.get({i[0], group, j, x});
      p[static_cast<size_t>(j)] = dot * scale + (masked ? mask.get({i[0], i[1], i[2], j}) : 0);
      max = std::fmax(max, p[static_cast<size_t>(j)]);
    }
    for (double& s : p) total += s = std::exp(s - max);
    for (int64_t x = 0; x < c.e; x++) {
      double expected = 0;
      for (int64_t j = 0; j < visible; j++) expected += p[static_cast<size_t>(j)] / total * v.get({i[0], group, j, x});
      const double actual = out.get({i[0], i[1], i[2], x});
      if (!close_to(expected, actual, enc == tl::F16 ? 0x1.0p-10 : 1e-5, 1e-5))
        report_failure(__FILE__, __LINE__, std::to_string(expected) + ", is " + std::to_string(actual));
    }
  });
  EXPECT(out.intact());
}

}  // namespace

TEST(attention_of_many_shapes) {
  const Case cases[] = {{1, 1, 1, 1, 1, 1, 1},     {1, 2, 8, 1, 700, 64, 64},   {2, 1, 4, 3, 513, 40, 24},  {1, 3, 3, 37, 37, 64, 64},
                        {2, 2, 6, 50, 131, 31, 7}, {1, 1, 2, 129, 129, 16, 80}, {1, 4, 4, 1, 1537, 20, 33}, {1, 1, 5, 70, 7, 8, 8},
                        {1, 2, 2, 5, 0, 8, 8},     {0, 1, 1, 4, 4, 8, 8},       {1, 1, 1, 300, 300, 8, 8}};
  for (const Case& c : cases)
    for (bool causal : {false, true})
      for (bool masked : {false, true})
        for (int64_t enc : {tl::F32, tl::F16}) check_attention(c, causal, masked && c.keys > 0, enc, causal != masked);
}

TEST(attention_where_all_is_masked_is_nan) {
  for (int64_t queries : {1, 40}) {
    Array q(tl::F16, {1, 1, queries, 8}), k(tl::F16, {1, 1, 200, 8}), mask(tl::F32, {1, 1, queries, 200}), out(tl::F16, {1, 1, queries, 8});
    q.randomize();
    k.randomize();
    for (int64_t j = 0; j < 200; j++) mask.put({0, 0, 0, j}, -INFINITY);
    EXPECT(run(tl::OP_ATTENTION, {0, bits(1)}, {&q.view, &k.view, &k.view, &mask.view, &out.view}) == tl::OK);
    for (int64_t i = 0; i < queries * 8; i++) EXPECT(std::isnan(out.at(i)) == (i < 8));
  }
}

TEST(attention_hides_the_future_whatever_is_there) {
  for (float hidden : {NAN, INFINITY})
    for (int64_t heads : {1, 2})
      for (int64_t queries : {2, 5, 9, 17, 40, 150})
        for (int64_t past : {0, 300}) {
          const int64_t keys = past + queries, e = 20;
          Array q(tl::F32, {1, heads, queries, 16}), k(tl::F32, {1, 1, keys, 16}), v(tl::F32, {1, 1, keys, e});
          Array expected(tl::F32, {1, heads, queries, e}), out(tl::F32, {1, heads, queries, e});
          q.randomize();
          k.randomize();
          v.randomize();
          EXPECT(run(tl::OP_ATTENTION, {1, bits(0.3f)}, {&q.view, &k.view, &v.view, nullptr, &expected.view}) == tl::OK);
          for (int64_t x = 0; x < e; x++) v.put({0, 0, keys - 1, x}, hidden);  // the last query alone sees it
          EXPECT(run(tl::OP_ATTENTION, {1, bits(0.3f)}, {&q.view, &k.view, &v.view, nullptr, &out.view}) == tl::OK);
          for_each_index({heads, queries, e}, [&](const Index& i) {
            const double is = out.get({0, i[0], i[1], i[2]});
            EXPECT(i[1] == queries - 1 ? !std::isfinite(is) : close_to(expected.get({0, i[0], i[1], i[2]}), is, 1e-5, 1e-6));
          });
        }
}

TEST(attention_rejects_shapes_that_do_not_fit) {
  Array q(tl::F16, {1, 3, 2, 8}), k(tl::F16, {1, 2, 5, 8}), out(tl::F16, {1, 3, 2, 8}), short_k(tl::F16, {1, 3, 5, 4});
  EXPECT(run(tl::OP_ATTENTION, {0, bits(1)}, {&q.view, &k.view, &k.view, nullptr, &out.view}) == tl::ERROR_COMMAND);
  EXPECT(run(tl::OP_ATTENTION, {0, bits(1)}, {&q.view, &short_k.view, &short_k.view, nullptr, &out.view}) == tl::ERROR_COMMAND);
}

namespace {

// x [b, n, h, d] rotated into out, looking at every `every`-th position.
void check_rope(const Array& x, const Array& cos, const Array& sin, const Array& out, int64_t rotated, bool halves, int64_t every = 1) {
  const int64_t d = x.view.dim[3];
  int64_t wrong = 0;
  for_each_index({x.view.dim[0], x.view.dim[1], x.view.dim[2]}, [&](const Index& i) {
    if (i[1] % every != 0) return;
    for (int64_t j = 0; j < d; j++) {
      const int64_t pair = halves ? j % std::max<int64_t>(rotated / 2, 1) : j / 2;
      const bool second = halves ? j >= rotated / 2 : j % 2 == 1;
      const int64_t first = halves ? pair : 2 * pair, other = halves ? pair + rotated / 2 : 2 * pair + 1;
      double expected = x.get({i[0], i[1], i[2], j});
      if (j < rotated) {
        const double a = x.get({i[0], i[1], i[2], first}), b = x.get({i[0], i[1], i[2], other});
        const double c = cos.get({i[1], pair}), s = sin.get({i[1], pair});
        expected = second ? a * s + b * c : a * c - b * s;
      }
      wrong += !close_to(expected, out.get({i[0], i[1], i[2], j}), 2 * unit(out.view.enc), 2e-7);
    }
  });
  EXPECT(wrong == 0);
  EXPECT(out.intact());
}

}  // namespace

TEST(rope_rotates_pairs_and_copies_the_rest) {
  for (int64_t d : {2, 10, 64, 130})
    for (int64_t rotated : {int64_t{2}, d / 4 * 2, d})
      for (int64_t halves : {0, 1})
        for (int64_t encs = 0; encs < 4; encs++)
          for (const Index& layout : layouts({2, 5, 3, d})) {
            Array x(encs & 1, {2, 5, 3, d}, layout), cos(tl::F32, {5, rotated / 2}), sin(tl::F32, {5, rotated / 2}, {1, 5}), out(encs >> 1, {2, 5, 3, d});
            x.randomize();
            cos.randomize();
            sin.randomize();
            EXPECT(run(tl::OP_ROPE, {halves}, {&x.view, &cos.view, &sin.view, &out.view}) == tl::OK);
            check_rope(x, cos, sin, out, rotated, halves != 0);
          }
}

TEST(rope_of_large_tensors_streams) {
  for (const Index& size : {Index{128, 128}, {128, 96}, {74, 74}, {131, 66}})  // d, rotated
    for (int64_t halves : {0, 1}) {
      const int64_t d = size[0], rotated = size[1], positions = 8400000 / (8 * d) + 1;
      Array x(tl::F16, {1, positions, 8, d}), cos(tl::F32, {positions, rotated / 2}), sin(tl::F32, {positions, rotated / 2}), out(tl::F16, {1, positions, 8, d});
      x.randomize();
      cos.randomize();
      sin.randomize();
      EXPECT(run(tl::OP_ROPE, {halves}, {&x.view, &cos.view, &sin.view, &out.view}) == tl::OK);
      check_rope(x, cos, sin, out, rotated, halves != 0, 19);
    }
}
