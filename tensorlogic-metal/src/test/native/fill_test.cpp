#include "kernel_test.h"

using namespace tltest;

TEST(fill_sets_every_element_and_nothing_else) {
  for (int64_t enc : {tl::F32, tl::F16}) {
    for (int64_t n : SIZES) {
      Array out(enc, {n});
      EXPECT(run(tl::OP_FILL, {bits(1.5f)}, {&out.view}) == tl::OK);
      for (int64_t i = 0; i < n; i++) EXPECT(out.at(i) == 1.5);
      EXPECT(out.intact());
    }
  }
}

TEST(fill_splits_large_tensors_over_the_pool) {
  Array out(tl::F16, {1000003});
  EXPECT(run(tl::OP_FILL, {bits(-INFINITY)}, {&out.view}) == tl::OK);
  for (int64_t i = 0; i < out.elements(); i++) EXPECT(out.at(i) == -INFINITY);
  EXPECT(out.intact());
}

TEST(fill_accepts_zero_elements_and_rejects_gaps) {
  Array empty(tl::F32, {0}), gaps(tl::F32, {3}, {2});
  EXPECT(run(tl::OP_FILL, {bits(1)}, {&empty.view}) == tl::OK);
  EXPECT(run(tl::OP_FILL, {bits(1)}, {&gaps.view}) == tl::ERROR_UNSUPPORTED);
}
