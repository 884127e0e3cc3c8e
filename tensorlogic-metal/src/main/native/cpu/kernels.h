// The kernels of one level, by operation; the command of each is described where it is defined.
#pragma once

#include "levels.h"

namespace tl {
namespace TL_LEVEL {

int64_t fill(const Command& c);
int64_t copy(const Command& c);
int64_t unary(const Command& c);
int64_t binary(const Command& c);
int64_t binary_scalar(const Command& c);
int64_t ternary(const Command& c);
int64_t clamp(const Command& c);
int64_t matmul(const Command& c);
int64_t reduce(const Command& c);
int64_t arg_reduce(const Command& c);
int64_t cumsum(const Command& c);
int64_t softmax(const Command& c);
int64_t layer_norm(const Command& c);
int64_t rms_norm(const Command& c);
int64_t rope(const Command& c);
int64_t attention(const Command& c);
int64_t conv2d(const Command& c);
int64_t pool2d(const Command& c);
int64_t gather(const Command& c);
int64_t scatter(const Command& c);

}  // namespace TL_LEVEL
}  // namespace tl
