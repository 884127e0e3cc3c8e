// One level's table of kernels; compiled once per level.
#include "kernels.h"

#define TL_TEXT(x) TL_TEXT_(x)
#define TL_TEXT_(x) #x

namespace tl {
namespace TL_LEVEL {

static constexpr KernelTable make_table() {
  KernelTable t{};
  t.name = TL_TEXT(TL_LEVEL);
  t.run[OP_FILL] = fill;
  t.run[OP_COPY] = copy;
  t.run[OP_UNARY] = unary;
  t.run[OP_BINARY] = binary;
  t.run[OP_BINARY_SCALAR] = binary_scalar;
  t.run[OP_TERNARY] = ternary;
  t.run[OP_CLAMP] = clamp;
  t.run[OP_MATMUL] = matmul;
  t.run[OP_REDUCE] = reduce;
  t.run[OP_ARG_REDUCE] = arg_reduce;
  t.run[OP_CUMSUM] = cumsum;
  t.run[OP_SOFTMAX] = softmax;
  t.run[OP_LAYER_NORM] = layer_norm;
  t.run[OP_RMS_NORM] = rms_norm;
  t.run[OP_ROPE] = rope;
  t.run[OP_ATTENTION] = attention;
  t.run[OP_CONV2D] = conv2d;
  t.run[OP_POOL2D] = pool2d;
  t.run[OP_GATHER] = gather;
  t.run[OP_SCATTER] = scatter;
  return t;
}

extern const KernelTable table;
constexpr KernelTable table = make_table();  // constant: nothing of this level runs at load

}  // namespace TL_LEVEL
}  // namespace tl
