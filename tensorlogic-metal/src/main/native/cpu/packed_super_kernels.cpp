// The packed formats with blocks of 256 elements, but those of packed_codebook_kernels.cpp.
#include "packed_rows.h"

namespace tl {
namespace TL_LEVEL {

const PackedFormat* super_format(int64_t enc) {
  static constexpr PackedFormat FORMATS[] = {format<PackedQ2_K>(Q2_K),   format<PackedQ3_K>(Q3_K),     format<PackedQ4_K>(Q4_K),
                                             format<PackedQ5_K>(Q5_K),   format<PackedQ6_K>(Q6_K),     format<PackedIQ4_XS>(IQ4_XS),
                                             format<PackedTQ1_0>(TQ1_0), format<PackedTQ2_0>(TQ2_0), format<PackedQ8_K>(Q8_K)};
  return find_format(FORMATS, enc);
}

}  // namespace TL_LEVEL
}  // namespace tl
