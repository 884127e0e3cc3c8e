#include "ops_support.h"

using namespace tltest;

namespace {

struct Case {
  int64_t images, channels, height, width, outputs, kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, step_h, step_w, groups;
};

int64_t extent(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t step) {
  return (in + 2 * pad - step * (kernel - 1) - 1) / stride + 1;
}

void check_conv(const Case& c, int64_t encs, bool biased, bool odd_layout) {
  const int64_t oh = extent(c.height, c.kernel_h, c.stride_h, c.pad_h, c.step_h), ow = extent(c.width, c.kernel_w, c.stride_w, c.pad_w, c.step_w);
  const Index dim{c.images, c.channels, c.height, c.width}, taps{c.outputs, c.channels / c.groups, c.kernel_h, c.kernel_w};
  // Odd layouts: channels last in memory, as other frameworks keep images and weights.
  Array x = odd_layout ? Array(encs & 1, dim, {c.channels * c.height * c.width, 1, c.channels * c.width, c.channels}) : Array(encs & 1, dim);
  Array weight = odd_layout ? Array(encs >> 1 & 1, taps, {taps[1] * taps[2] * taps[3], 1, taps[1] * taps[3], taps[1]}) : Array(encs >> 1 & 1, taps);
  Array bias(tl::F16, {c.outputs}), out(encs >> 2, {c.images, c.outputs, oh, ow});
  x.randomize();
  weight.randomize();
  bias.randomize();
  EXPECT(run(tl::OP_CONV2D, {c.stride_h, c.stride_w, c.pad_h, c.pad_w, c.step_h, c.step_w, c.groups},
             {&x.view, &weight.view, biased ? &bias.view : nullptr, &out.view}) == tl::OK);
  for_each_index({c.images, c.outputs, oh, ow}, [&](const Index& i) {
    double expected = biased ? bias.at(i[1]) : 0;
    for_each_index({taps[1], c.kernel_h, c.kernel_w}, [&](const Index& t) {
      const int64_t y = i[2] * c.stride_h - c.pad_h + t[1] * c.step_h, z = i[3] * c.stride_w - c.pad_w + t[2] * c.step_w;
      if (y < 0 || y >= c.height || z < 0 || z >= c.width) return;
      const int64_t channel = i[1] / (c.outputs / c.groups) * taps[1] + t[0];
      expected += x.get({i[0], channel, y, z}) * weight.get({i[1], t[0], t[1], t[2]});
    });
    EXPECT(close_to(expected, element(out, i), encs >> 2 ? 0x1.0p-10 : 2e-6, 1e-5));
  });
  EXPECT(out.intact());
}

}  // namespace

TEST(conv2d_of_many_shapes) {
  const Case cases[] = {{1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1},  {2, 3, 7, 9, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1},   {1, 4, 8, 33, 6, 1, 1, 1, 1, 0, 0, 1, 1, 1},
                        {9, 2, 5, 6, 3, 2, 3, 2, 1, 1, 2, 1, 2, 1},  {1, 6, 11, 40, 6, 3, 3, 1, 1, 1, 1, 1, 1, 6},  {2, 4, 9, 10, 8, 3, 3, 2, 2, 1, 1, 1, 1, 4},
                        {1, 6, 9, 9, 4, 3, 3, 1, 1, 2, 2, 2, 2, 2},  {1, 2, 3, 3, 2, 1, 1, 2, 3, 0, 0, 1, 1, 1},    {1, 2, 4, 5, 3, 3, 3, 1, 1, 4, 5, 1, 1, 1},
                        {3, 16, 6, 6, 20, 6, 6, 1, 1, 0, 0, 1, 1, 1}, {0, 3, 4, 4, 2, 3, 3, 1, 1, 0, 0, 1, 1, 1}};
  for (const Case& c : cases)
    for (int64_t encs = 0; encs < 8; encs++)
      for (bool odd_layout : {false, true}) check_conv(c, encs, encs % 3 != 0, odd_layout);
}

TEST(conv2d_of_a_large_image_goes_band_by_band) { check_conv({1, 24, 130, 70, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1}, 5, true, false); }

TEST(conv2d_rejects_extents_that_do_not_fit) {
  Array x(tl::F32, {1, 2, 5, 5}), weight(tl::F32, {3, 2, 3, 3}), out(tl::F32, {1, 3, 4, 3});
  EXPECT(run(tl::OP_CONV2D, {1, 1, 0, 0, 1, 1, 1}, {&x.view, &weight.view, nullptr, &out.view}) == tl::ERROR_COMMAND);
}

TEST(pool2d_of_many_shapes) {
  const int64_t cases[][6] = {{2, 2, 2, 2, 0, 0}, {3, 3, 1, 1, 1, 1}, {1, 1, 1, 1, 0, 0}, {3, 5, 2, 3, 1, 2}, {4, 1, 3, 2, 2, 0}};
  for (const auto& w : cases)
    for (const Index& dim : {Index{1, 1, 5, 5}, {2, 3, 11, 35}, {0, 1, 5, 5}})
      for (int64_t op : {tl::POOL_MAX, tl::POOL_AVERAGE})
        for (int64_t counts : {0, 1})
          for (int64_t encs = 0; encs < 4; encs++) {
            const Index windows{dim[0], dim[1], extent(dim[2], w[0], w[2], w[4], 1), extent(dim[3], w[1], w[3], w[5], 1)};
            Array x(encs & 1, dim, encs & 1 ? Index{dim[1] * dim[2] * dim[3], 1, dim[3] * dim[1], dim[1]} : Index{dim[1] * dim[2] * dim[3], dim[2] * dim[3], dim[3], 1});
            Array out(encs >> 1, windows);
            x.randomize(-2, -1);
            if (x.elements() > 60) x.set(57, NAN);
            EXPECT(run(tl::OP_POOL2D, {op, w[0], w[1], w[2], w[3], w[4], w[5], counts}, {&x.view, &out.view}) == tl::OK);
            for_each_index(windows, [&](const Index& i) {
              double largest = -INFINITY, sum = 0, inside = 0;
              for_each_index({w[0], w[1]}, [&](const Index& t) {
                const int64_t y = i[2] * w[2] - w[4] + t[0], z = i[3] * w[3] - w[5] + t[1];
                if (y < 0 || y >= dim[2] || z < 0 || z >= dim[3]) return;
                const double v = x.get({i[0], i[1], y, z});
                largest = v > largest || std::isnan(v) ? v : largest;
                sum += v;
                inside++;
              });
              const double mean = sum / (counts ? static_cast<double>(w[0] * w[1]) : inside);
              EXPECT(close_to(op == tl::POOL_MAX ? largest : mean, element(out, i), encs >> 1 ? 0x1.0p-10 : 1e-6));
            });
            EXPECT(out.intact());
          }
}
