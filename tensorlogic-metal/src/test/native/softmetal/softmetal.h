// A Metal device in software, for tests: metal-cpp's classes over kernels that clang compiles from MSL.
// What it checks beside the results: see README.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace softmetal {

struct Position {
  uint32_t x, y, z;
};

// What one GPU thread knows of itself; the compiled kernel reads its built-in parameters here.
struct ThreadState {
  Position in_grid, in_group, group, group_size, groups;
  uint32_t index, lane, simdgroup, simdgroups;
};

using Entry = void (*)(void* const* buffers, const ThreadState* state);

struct Kernel {
  std::string name;
  Entry entry;
};

// A compiled library; throws std::runtime_error with the compiler's message and the MSL line.
struct Module {
  std::vector<Kernel> kernels;
  void* handle = nullptr;
  ~Module();
};
std::unique_ptr<Module> compile(const std::string& source);

// Runs a grid; throws std::runtime_error naming the kernel for divergence at a barrier, in a simdgroup
// function, or when a thread leaves while others wait.
void run(const Kernel& kernel, void* const* buffers, Position groups, Position group_size);

// From now on a signal between two kernels ends the process, without a word.
void leave_on_signals();

}  // namespace softmetal
