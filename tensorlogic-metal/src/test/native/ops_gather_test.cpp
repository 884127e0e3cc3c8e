#include "ops_support.h"

using namespace tltest;

TEST(gather_rows_of_any_layout) {
  for (const Index& dim : {Index{9}, {9, 1}, {9, 31}, {9, 5000}, {9, 3, 70}, {9, 0}})
    for (const Index& layout : layouts(dim))
      for (int64_t from : {tl::F32, tl::F16, tl::BF16, tl::F64})
        for (int64_t to : {tl::F32, tl::F16}) {
          Index result = dim;
          result[0] = 6;
          Array table(from, dim, layout), rows(tl::I32, {6}), out(to, result);
          table.randomize();
          fill_with(rows, {8, 0, 3, 3, 7, 1});
          EXPECT(run(tl::OP_GATHER, {}, {&table.view, &rows.view, &out.view}) == tl::OK);
          for_each_index(result, [&](const Index& i) {
            Index at = i;
            at[0] = static_cast<int64_t>(rows.at(i[0]));
            EXPECT(within(to, element(table, at), element(out, i), 0.5));
          });
          EXPECT(out.intact());
        }
}

TEST(gather_rounds_doubles_to_halves_once) {
  for (int64_t step : {1, 2}) {
    Array table(tl::F64, {2, 3}, {6, step}), rows(tl::I32, {1}), out(tl::F16, {1, 3});
    for (int64_t i = 0; i < 3; i++) table.put({1, i}, 1 + 0x1p-11 + 0x1p-40);  // as a float, halfway between two halves
    rows.set(0, 1);
    EXPECT(run(tl::OP_GATHER, {}, {&table.view, &rows.view, &out.view}) == tl::OK);
    for (int64_t i = 0; i < 3; i++) EXPECT(out.at(i) == 1 + 0x1p-10);
  }
}

TEST(gather_and_scatter_reject_indices_outside) {
  Array table(tl::F16, {3, 4}), rows(tl::I32, {1}), out(tl::F16, {1, 4});
  for (double bad : {-1.0, 3.0}) {
    rows.set(0, bad);
    EXPECT(run(tl::OP_GATHER, {}, {&table.view, &rows.view, &out.view}) == tl::ERROR_INDEX);
    EXPECT(run(tl::OP_SCATTER, {tl::SCATTER_SET}, {&rows.view, &out.view, &table.view}) == tl::ERROR_INDEX);
  }
}

TEST(scatter_sets_or_adds_in_order) {
  for (const Index& dim : {Index{5, 1}, {5, 31}, {5, 1000}, {5, 3, 7}})
    for (const Index& layout : layouts(dim))
      for (int64_t op : {tl::SCATTER_SET, tl::SCATTER_ADD})
        for (int64_t encs = 0; encs < 4; encs++) {
          Index target = dim;
          target[0] = 4;
          // The target may lie in memory in another order of its axes.
          const Index at_target = layouts(target)[encs % 2 == 0 ? 0 : 1];
          Array source(encs & 1, dim, layout), rows(tl::I32, {5}), out(encs >> 1, target, at_target), expected(encs >> 1, target, at_target);
          source.randomize();
          fill_with(rows, {2, 0, 2, 3, 2});
          out.randomize();
          for (int64_t i = 0; i < out.elements(); i++) expected.set(i, out.at(i));
          EXPECT(run(tl::OP_SCATTER, {op}, {&rows.view, &source.view, &out.view}) == tl::OK);
          for_each_index(dim, [&](const Index& i) {
            Index at = i;
            at[0] = static_cast<int64_t>(rows.at(i[0]));
            int64_t offset = 0;
            for (size_t k = 0; k < at.size(); k++) offset += at[k] * expected.view.stride[k];
            expected.set(offset, element(source, i) + (op == tl::SCATTER_ADD ? expected.at(offset) : 0));
          });
          for (int64_t i = 0; i < out.elements(); i++) EXPECT(expected.at(i) == out.at(i));
          EXPECT(out.intact());
        }
}
