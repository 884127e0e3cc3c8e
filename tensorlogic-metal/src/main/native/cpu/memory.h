// Blocks of memory for tensors and for scratch: aligned, reused, large ones in huge pages.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tl {

constexpr int64_t ALIGNMENT = 64;

// Uninitialized bytes, aligned to 64 (2 MiB from 2 MiB on); null if the system has none left.
// A freed block is kept for the next allocation of its size class while all kept blocks together
// stay below a quarter of what is in use or 256 MiB, whichever is more.
void* allocate(int64_t bytes);
void release(void* block, int64_t bytes);  // bytes as given to allocate
int64_t live_bytes();
int64_t cached_bytes();
int64_t physical_memory();  // bytes, of the machine or of this container if that has less; 0 if unknown
void trim();  // gives all kept blocks back to the system
void free_everything();  // blocks in use and mapped files too: nobody may use them any more

// A read-only mapping of a whole file; null and a negative errno in *error if it cannot be had.
void* map_file(const char* utf8Path, int64_t bytes, int64_t* error);
void unmap_file(void* address, int64_t bytes);

// a · b, or more than there can be.
static inline int64_t bytes_of(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

// Scratch memory of one kernel call, given back at the end of its scope.
class Scratch {
 public:
  explicit Scratch(int64_t bytes);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  char* data() const { return data_; }  // null if there is no memory
  float* floats() const { return reinterpret_cast<float*>(data_); }

 private:
  char* data_;
  int64_t bytes_;
};

}  // namespace tl
