// The packed formats with blocks of 32 elements.
#include "packed_rows.h"

namespace tl {
namespace TL_LEVEL {

const PackedFormat* block_format(int64_t enc) {
  static constexpr PackedFormat FORMATS[] = {format<PackedQ4_0>(Q4_0), format<PackedQ4_1>(Q4_1), format<PackedQ5_0>(Q5_0),
                                             format<PackedQ5_1>(Q5_1), format<PackedQ8_0>(Q8_0), format<PackedIQ4_NL>(IQ4_NL)};
  return find_format(FORMATS, enc);
}

}  // namespace TL_LEVEL
}  // namespace tl
