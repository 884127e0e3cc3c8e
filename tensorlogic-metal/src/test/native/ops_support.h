// Views and expectations that the operations' tests share.
#pragma once

#include <functional>

#include "kernel_test.h"

namespace tltest {

using Index = std::vector<int64_t>;

// Calls visit(index) for every index of the extents, the last fastest.
inline void for_each_index(const Index& dim, const std::function<void(const Index&)>& visit) {
  Index index(dim.size(), 0);
  int64_t n = 1;
  for (int64_t d : dim) n *= d;
  for (int64_t i = 0; i < n; i++) {
    visit(index);
    for (size_t axis = dim.size(); axis-- > 0;) {
      if (++index[axis] < dim[axis]) break;
      index[axis] = 0;
    }
  }
}

inline double element(const Array& a, const Index& index) {
  int64_t offset = 0;
  for (size_t i = 0; i < index.size(); i++) offset += index[i] * a.view.stride[i];
  return a.at(offset);
}

// How operands of one shape may lie in memory.
inline std::vector<std::vector<int64_t>> layouts(const Index& dim) {
  const size_t rank = dim.size();
  Index dense(rank), turned(rank), gaps(rank), row(rank), zero(rank, 0), column(rank);
  int64_t step = 1;
  for (size_t i = rank; i-- > 0; step *= dim[i]) dense[i] = step;
  step = 1;
  for (size_t i = 0; i < rank; step *= dim[i], i++) turned[i] = step;
  for (size_t i = 0; i < rank; i++) {
    gaps[i] = dense[i] * 3;
    row[i] = i + 1 == rank ? 1 : 0;
    column[i] = i == 0 ? 1 : 0;
  }
  return {dense, turned, gaps, row, column, zero};
}

inline double unit(int64_t enc) { return enc == tl::F16 ? 0x1.0p-11 : 0x1.0p-24; }
inline double tiny(int64_t enc) { return enc == tl::F16 ? 0x1.0p-24 : 0x1.0p-148; }

// Within `ulps` units in the last place of the encoding; overflow to infinity is the encoding's.
inline bool within(int64_t enc, double expected, double actual, double ulps) {
  if (std::isinf(actual) && std::fabs(expected) >= (enc == tl::F16 ? 65504.0 : 3.402e38)) return (actual > 0) == (expected > 0);
  if (std::isinf(expected) && std::fabs(actual) >= (enc == tl::F16 ? 65504.0 : 3.402e38)) return (actual > 0) == (expected > 0);
  return close_to(expected, actual, 2 * ulps * unit(enc), ulps * tiny(enc));
}

inline void fill_with(Array& a, const std::vector<double>& values) {
  for (int64_t i = 0; i < a.elements(); i++) a.set(i, values[static_cast<size_t>(i) % values.size()]);
}

}  // namespace tltest
