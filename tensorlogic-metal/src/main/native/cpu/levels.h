// SIMD levels. Every *_kernels.cpp file is compiled once per level, with that level's compiler flags and
// -DTL_LEVEL=<name>; all it defines lives in namespace tl::TL_LEVEL or is static, so that no function
// compiled for a higher level can be chosen by the linker for a lower one. (Standard-library templates
// break that rule: kernels use none of them. The build checks it with nm.)
//
// To add an operation: write `int64_t name(const Command&)` in a *_kernels.cpp file, declare it in
// kernels.h, put it into the table in table.cpp.
#pragma once

#include "abi.h"

namespace tl {

using Kernel = int64_t (*)(const Command&);

struct KernelTable {
  const char* name;
  Kernel run[OPCODE_COUNT];
};

// The tables linked into this library, lowest level first.
struct Level {
  const KernelTable* table;
  bool (*supported)();
};

int level_count();
const Level& level(int index);
const KernelTable* active_table();
bool force_level(const char* name);  // null or "" chooses the best supported level again
int64_t run(const int64_t* words);

}  // namespace tl
