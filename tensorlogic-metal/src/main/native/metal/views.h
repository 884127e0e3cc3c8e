// Operands as Java passes them. Buffer 0 holds int64 words: a kernel's parameters, then for each operand
//   encoding (GGML's number), offset in elements, rank, extents, strides in elements
// and buffer i holds the bytes of operand i.
#pragma once

#include <metal_stdlib>

struct View {
  int encoding;
  int rank;
  long offset;
  constant long* extents;
  constant long* strides;
};

static inline View next_view(constant long* thread& words) {
  View v;
  v.encoding = static_cast<int>(words[0]);
  v.offset = words[1];
  v.rank = static_cast<int>(words[2]);
  v.extents = words + 3;
  v.strides = words + 3 + v.rank;
  words += 3 + 2 * v.rank;
  return v;
}

// The elements of a view.
static inline long count_of(View v) {
  long count = 1;
  for (int i = 0; i < v.rank; i++) count *= v.extents[i];
  return count;
}

// The position of element `index`, counted row-major over the first `axes` axes.
static inline long position_of(View v, int axes, long index) {
  long at = v.offset;
  for (int i = axes - 1; i > 0; i--) {
    at += index % v.extents[i] * v.strides[i];
    index /= v.extents[i];
  }
  return axes > 0 ? at + index * v.strides[0] : at;
}

static inline long position_of(View v, long index) { return position_of(v, v.rank, index); }

static inline float bf16(ushort bits) { return metal::as_type<float>(static_cast<uint>(bits) << 16); }

// One element of F32 (0), F16 (1) or BF16 (30).
static inline float load(device const uchar* data, int encoding, long at) {
  if (encoding == 1) return static_cast<float>(reinterpret_cast<device const half*>(data)[at]);
  if (encoding == 0) return reinterpret_cast<device const float*>(data)[at];
  return bf16(reinterpret_cast<device const ushort*>(data)[at]);
}

static inline void store(device uchar* data, int encoding, long at, float value) {
  if (encoding == 1) {
    reinterpret_cast<device half*>(data)[at] = static_cast<half>(value);
  } else {
    reinterpret_cast<device float*>(data)[at] = value;
  }
}
