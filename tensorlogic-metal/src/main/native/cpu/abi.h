// What Java and the kernels agree on: encodings, opcodes, errors, and the layout of one command.
//
// Java writes every operation as 64-bit words into a direct buffer and passes its address to tl_run:
//
//   [opcode, parameter count P, operand count N, P parameter words, N operands]
//   operand = [data address, encoding, rank, dim 0 … rank-1, stride 0 … rank-1]
//
// A float parameter is its IEEE-754 bits in the low half of the word. The data address includes the
// view's offset; strides count elements (0 repeats; never negative). A packed encoding's strides count
// elements too, its rows are whole blocks. An absent operand has encoding -1, address 0 and rank 0.
// The constants are mirrored by org.tensorlogic.metal.cpu.Opcode; a test compares the two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tl {

constexpr int MAX_RANK = 32;  // as Shape.MAX_RANK
constexpr int MAX_OPERANDS = 8;
// Of an operand, extents of 0 not counted: sizes that kernels compute from extents cannot overflow.
constexpr int64_t MOST_ELEMENTS = int64_t{1} << 40;

// ggml's type numbers, so that a GGUF tensor's type is its encoding.
enum Encoding : int64_t {
  ABSENT = -1,
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q8_1 = 9,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  Q8_K = 15,
  IQ2_XXS = 16,
  IQ2_XS = 17,
  IQ3_XXS = 18,
  IQ1_S = 19,
  IQ4_NL = 20,
  IQ3_S = 21,
  IQ2_S = 22,
  IQ4_XS = 23,
  I8 = 24,
  I16 = 25,
  I32 = 26,
  I64 = 27,
  F64 = 28,
  IQ1_M = 29,
  BF16 = 30,
  TQ1_0 = 34,
  TQ2_0 = 35,
  MXFP4 = 39,
  NVFP4 = 40,
  Q1_0 = 41,
  Q2_0 = 42,
  F8_E4M3 = 1001,  // from here on our own numbers
  F8_E5M2,
  F8_E4M3FNUZ,
  F8_E5M2FNUZ,
  F8_E8M0,
};

// Parameters in brackets, then operands; x? may be absent. Codes of the members of a family count in the
// order of core's enums, which shared/unary_ops.h and shared/binary_ops.h and the enums below repeat.
enum Opcode : int64_t {
  OP_FILL = 0,       // [value] out
  OP_COPY,           // [] x, out: of one shape, any strides; x also f64, bf16 and 8-bit floats, or packed and row-major
  OP_UNARY,          // [op] x, out
  OP_BINARY,         // [op] x, y, out
  OP_BINARY_SCALAR,  // [op, number, 1 if it is the left operand] x, out
  OP_TERNARY,        // [op] x, y, z, out
  OP_CLAMP,          // [low, high] x, out
  OP_REDUCE,         // [op, axes] x, out: over the last axes of x
  OP_ARG_REDUCE,     // [1 for the largest] x, out i32: along the last axis
  OP_SOFTMAX,        // [1 for its logarithm] x, out: along the last axis
  OP_LAYER_NORM,     // [epsilon] x, weight?, bias?, out
  OP_RMS_NORM,       // [epsilon] x, weight?, out
  OP_ROPE,           // [1 for half-split, 0 for interleaved] x, cos f32, sin f32, out
  OP_ATTENTION,      // [1 if causal, scale] q, k, v, mask?, out
  OP_CONV2D,         // [stride h, w, padding h, w, dilation h, w, groups] x, weight, bias?, out
  OP_POOL2D,         // [op, window h, w, stride h, w, padding h, w, 1 to count padding] x, out
  OP_CUMSUM,         // [] x, out
  OP_GATHER,         // [] table, rows i32, out
  OP_SCATTER,        // [op] rows i32, source, out
  OP_MATMUL,         // [activation: a unary op or -1, 1 for fast products of packed b] a, b, bias?, out
  OPCODE_COUNT
};

enum ReduceOp : int64_t {
  REDUCE_SUM = 0,
  REDUCE_MEAN,
  REDUCE_MAX,
  REDUCE_MIN,
  REDUCE_PROD,
  REDUCE_NORM,
  REDUCE_VARIANCE,
  REDUCE_SAMPLE_VARIANCE,
};

enum PoolOp : int64_t { POOL_MAX = 0, POOL_AVERAGE };

enum ScatterOp : int64_t { SCATTER_SET = 0, SCATTER_ADD };

enum Error : int64_t {
  OK = 0,
  ERROR_COMMAND = -1,      // unknown opcode, or a malformed command
  ERROR_UNSUPPORTED = -2,  // this combination of encodings or parameters has no kernel
  ERROR_MEMORY = -3,       // scratch memory could not be allocated
  ERROR_INDEX = -4,        // an index operand points outside its table
  ERROR_SIZE = -5,         // an operand has more than MOST_ELEMENTS
};

struct View {
  char* data;
  int64_t enc;
  int64_t rank;
  int64_t dim[MAX_RANK];
  int64_t stride[MAX_RANK];
};

struct Command {
  int64_t opcode;
  int64_t parameterCount;
  int64_t operandCount;
  const int64_t* parameters;
  View operand[MAX_OPERANDS];
};

static inline int64_t integer(const Command& c, int i) { return c.parameters[i]; }

static inline float real(const Command& c, int i) {
  const uint32_t bits = static_cast<uint32_t>(c.parameters[i]);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline bool present(const View& v) { return v.enc >= 0; }

static inline int64_t element_count(const View& v) {
  int64_t n = 1;
  for (int64_t i = 0; i < v.rank; i++) n *= v.dim[i];
  return n;
}

// True if the elements lie one after another in row-major order; none always do.
static inline bool dense(const View& v) {
  int64_t expected = 1;
  for (int64_t i = v.rank - 1; i >= 0; i--) {
    if (v.dim[i] != 1 && v.stride[i] != expected) return element_count(v) == 0;
    expected *= v.dim[i];
  }
  return true;
}

// Bytes per element of the unpacked encodings, 0 for packed ones.
static constexpr inline int64_t element_size(int64_t enc) {
  switch (enc) {
    case F16: case BF16: case I16: return 2;
    case F32: case I32: return 4;
    case F64: case I64: return 8;
    case I8: case F8_E4M3: case F8_E5M2: case F8_E4M3FNUZ: case F8_E5M2FNUZ: case F8_E8M0: return 1;
    default: return 0;
  }
}

}  // namespace tl
