// The packed formats with blocks of fewer than 256 elements.
#include "packed_rows.h"

namespace tl {
namespace TL_LEVEL {

const PackedFormat* block_format(int64_t enc) {
  static constexpr PackedFormat FORMATS[] = {format<PackedQ4_0>(Q4_0),   format<PackedQ4_1>(Q4_1),   format<PackedQ5_0>(Q5_0),
                                             format<PackedQ5_1>(Q5_1),   format<PackedQ8_0>(Q8_0),   format<PackedIQ4_NL>(IQ4_NL),
                                             format<PackedMXFP4>(MXFP4), format<PackedNVFP4>(NVFP4), format<PackedQ1_0>(Q1_0),
                                             format<PackedQ2_0>(Q2_0),   format<PackedQ8_1>(Q8_1)};
  return find_format(FORMATS, enc);
}

}  // namespace TL_LEVEL
}  // namespace tl
