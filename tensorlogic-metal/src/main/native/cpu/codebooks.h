// The rows of small integers that GGUF's IQ formats choose from, each row as the bytes of one integer: its first value
// is the lowest byte.
#pragma once

#include <cstdint>

namespace tl {

struct Codebooks {
  uint64_t iq2_xxs[256], iq2_xs[512], iq2_s[1024];
  uint32_t iq3_xxs[256], iq3_s[512];
  uint64_t iq1[2048];  // eight times the values, plus 10
};

extern const Codebooks CODEBOOKS;

}  // namespace tl
