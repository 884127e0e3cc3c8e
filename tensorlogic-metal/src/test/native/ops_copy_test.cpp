#include "ops_support.h"

using namespace tltest;

TEST(copy_converts_all_encodings_in_all_layouts) {
  for (const Index& dim : {Index{1}, {7}, {207}, {1027}, {4098}, {0}, {5, 0}, {65, 130}, {3, 66, 70}, {2, 3, 5, 7}, {9, 2, 64}})
    for (int64_t from : {tl::F32, tl::F16, tl::BF16, tl::F64})
      for (int64_t to : {tl::F32, tl::F16})
        for (const Index& layout : layouts(dim)) {
          Array x(from, dim, layout), out(to, dim);
          x.randomize(-70000, 70000);
          EXPECT(run(tl::OP_COPY, {}, {&x.view, &out.view}) == tl::OK);
          for_each_index(dim, [&](const Index& i) { EXPECT(within(to, element(x, i), element(out, i), 0.5)); });
          EXPECT(out.intact());
        }
}

TEST(copy_into_strided_outputs_leaves_the_gaps) {
  for (int64_t from : {tl::F32, tl::F16})
    for (int64_t to : {tl::F32, tl::F16})
      for (const Index& stride : {Index{400, 3}, {1, 70}, {200, 1}}) {
        Array x(from, {66, 131}), out(to, {66, 131}, stride);
        x.randomize();
        for (int64_t i = 0; i < out.elements(); i++) out.set(i, 9);
        EXPECT(run(tl::OP_COPY, {}, {&x.view, &out.view}) == tl::OK);
        int64_t untouched = 0;
        for (int64_t i = 0; i < out.elements(); i++) untouched += out.at(i) == 9;
        EXPECT(untouched == out.elements() - 66 * 131);
        for_each_index({66, 131}, [&](const Index& i) { EXPECT(within(to, element(x, i), element(out, i), 0.5)); });
        EXPECT(out.intact());
      }
}

TEST(copy_rounds_a_double_once) {
  // Just above the middle of two halves: rounding to float first would land on the middle.
  const double above = 1 + 0x1.0p-11 + 0x1.0p-40, below = 1 + 3 * 0x1.0p-11 - 0x1.0p-40;
  Array x(tl::F64, {6}), out(tl::F16, {6}), floats(tl::F32, {6});
  fill_with(x, {above, -above, below, -below, 1e300, 0x1.0p-25 + 0x1.0p-70});
  run(tl::OP_COPY, {}, {&x.view, &out.view});
  EXPECT(out.at(0) == 1 + 0x1.0p-10 && out.at(1) == -1 - 0x1.0p-10);
  EXPECT(out.at(2) == 1 + 0x1.0p-10 && out.at(3) == -1 - 0x1.0p-10);
  EXPECT(out.at(4) == INFINITY && out.at(5) == 0x1.0p-24);
  run(tl::OP_COPY, {}, {&x.view, &floats.view});
  EXPECT(floats.at(0) == 1 + 0x1.0p-11 && floats.at(4) == INFINITY);
}

TEST(copy_keeps_special_values) {
  for (int64_t from : {tl::F32, tl::F16, tl::BF16, tl::F64})
    for (int64_t to : {tl::F32, tl::F16}) {
      Array x(from, {9}), out(to, {9});
      fill_with(x, {NAN, INFINITY, -INFINITY, -0.0, 0x1.0p-24, 0x1.8p-24, 65504, -65536, 0x1.0p-14});
      run(tl::OP_COPY, {}, {&x.view, &out.view});
      for (int64_t i = 0; i < 9; i++) EXPECT(within(to, x.at(i), out.at(i), 0.5));
      EXPECT(std::signbit(out.at(3)));
    }
}

TEST(copy_of_large_tensors_streams) {
  for (int64_t from : {tl::F32, tl::F16, tl::BF16, tl::F64})
    for (bool turned : {false, true}) {
      const Index dim{3001, 3003}, stride = turned ? Index{1, 3001} : Index{3003, 1};
      Array x(from, dim, stride), out(tl::F16, dim);
      x.randomize();
      run(tl::OP_COPY, {}, {&x.view, &out.view});
      bool same = true;
      for (int64_t r = 0; r < 3001; r++)
        for (int64_t c = 0; c < 3003; c += 7)
          same &= within(tl::F16, x.get({r, c}), out.get({r, c}), 0.5);
      EXPECT(same);
      EXPECT(out.intact());
    }
}

TEST(transposition_of_large_tensors_streams) {
  for (int64_t enc : {tl::F32, tl::F16})
    for (const Index& dim : {Index{3001, 3003}, {2087, 4160}, {2, 1072, 4096}}) {
      Index stride = dim;  // the last two axes exchanged
      std::fill(stride.begin(), stride.end(), 1);
      stride[dim.size() - 1] = dim[dim.size() - 2];
      if (dim.size() == 3) stride[0] = dim[1] * dim[2];
      Array x(enc, dim, stride), out(enc, dim);
      x.randomize();
      EXPECT(run(tl::OP_COPY, {}, {&x.view, &out.view}) == tl::OK);
      int64_t wrong = 0, n = 0;
      for_each_index(dim, [&](const Index& i) { wrong += n++ % 5 == 0 && element(x, i) != element(out, i); });
      EXPECT(wrong == 0);
      EXPECT(out.intact());
    }
}

TEST(copy_of_exchanged_axes) {
  for (const Index& dim : {Index{3, 5, 7, 64}, {2, 9, 4, 100}, {2, 31, 130, 1100}}) {
    const Index stride{dim[1] * dim[2] * dim[3], dim[3], dim[1] * dim[3], 1};
    Array x(tl::F16, dim, stride), out(tl::F16, dim), floats(tl::F32, dim);
    x.randomize();
    EXPECT(run(tl::OP_COPY, {}, {&x.view, &out.view}) == tl::OK);
    EXPECT(run(tl::OP_COPY, {}, {&x.view, &floats.view}) == tl::OK);
    int64_t wrong = 0;
    for_each_index(dim, [&](const Index& i) { wrong += element(x, i) != element(out, i) || element(x, i) != element(floats, i); });
    EXPECT(wrong == 0);
    EXPECT(out.intact() && floats.intact());
  }
}

TEST(copy_decodes_8_bit_floats) {
  const auto decode = [](int64_t enc, int code) -> double {
    if (enc == tl::F8_E8M0) return code == 255 ? NAN : std::ldexp(1.0, code - 127);
    const bool wide = enc == tl::F8_E5M2 || enc == tl::F8_E5M2FNUZ, fnuz = enc == tl::F8_E4M3FNUZ || enc == tl::F8_E5M2FNUZ;
    const int bits = wide ? 2 : 3, bias = (wide ? 15 : 7) + (fnuz ? 1 : 0), exponent = (code & 127) >> bits, mantissa = code & ((1 << bits) - 1);
    if (fnuz && code == 128) return NAN;
    if (enc == tl::F8_E4M3 && (code & 127) == 127) return NAN;
    if (enc == tl::F8_E5M2 && exponent == 31) return mantissa ? NAN : code < 128 ? INFINITY : -INFINITY;
    const double v = exponent == 0 ? std::ldexp(mantissa, 1 - bias - bits) : std::ldexp((1 << bits) + mantissa, exponent - bias - bits);
    return code < 128 ? v : -v;
  };
  std::vector<char> codes(256);
  for (int i = 0; i < 256; i++) codes[static_cast<size_t>(i)] = static_cast<char>(i);
  for (int64_t enc = tl::F8_E4M3; enc <= tl::F8_E8M0; enc++)
    for (int64_t to : {tl::F32, tl::F16})
      for (bool turned : {false, true}) {
        tl::View x{codes.data(), enc, 2, {16, 16}, {turned ? 1 : 16, turned ? 16 : 1}};
        Array out(to, {16, 16});
        EXPECT(run(tl::OP_COPY, {}, {&x, &out.view}) == tl::OK);
        for_each_index({16, 16}, [&](const Index& i) {
          EXPECT(within(to, decode(enc, static_cast<int>(turned ? i[1] * 16 + i[0] : i[0] * 16 + i[1])), element(out, i), 0.5));
        });
        EXPECT(out.intact());
      }
}

TEST(copy_decodes_packed_blocks_into_any_layout) {
  // Q8_0: a half scale, then 32 signed bytes.
  std::vector<char> blocks(34 * 64 * 3);
  for (size_t i = 0; i < blocks.size(); i++) blocks[i] = static_cast<char>(i * 37);
  for (size_t b = 0; b < blocks.size(); b += 34) {
    const uint16_t scale = to_half(0.25f);
    memcpy(&blocks[b], &scale, 2);
  }
  const tl::View x{blocks.data(), tl::Q8_0, 2, {64, 96}, {96, 1}};
  for (const Index& layout : {Index{96, 1}, {1, 64}, {200, 2}}) {
    Array out(tl::F16, {64, 96}, layout);
    EXPECT(run(tl::OP_COPY, {}, {&x, &out.view}) == tl::OK);
    for_each_index({64, 96}, [&](const Index& i) {
      const size_t at = static_cast<size_t>(i[0] * 96 + i[1]);
      EXPECT(element(out, i) == 0.25 * static_cast<signed char>(blocks[at / 32 * 34 + 2 + at % 32]));
    });
    EXPECT(out.intact());
  }
}
