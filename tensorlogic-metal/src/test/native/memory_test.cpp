#include "memory.h"

#include <algorithm>

#include "kernel_test.h"

namespace {

constexpr int64_t MIB = int64_t{1} << 20;

}  // namespace

TEST(blocks_are_little_larger_than_asked_for) {
  for (int64_t bytes = 1; bytes < 200 * MIB; bytes += bytes / 5 + 1) {
    const int64_t before = tl::live_bytes();
    void* block = tl::allocate(bytes);
    EXPECT(block != nullptr && reinterpret_cast<uintptr_t>(block) % tl::ALIGNMENT == 0);
    const int64_t used = tl::live_bytes() - before;
    EXPECT(used >= bytes && used <= bytes + std::max<int64_t>(bytes / 8, tl::ALIGNMENT));
    tl::release(block, bytes);
  }
  tl::trim();
  EXPECT(tl::cached_bytes() == 0);
}

TEST(what_nobody_wants_makes_room_for_what_was_released_last) {
  tl::trim();
  void* stale[] = {tl::allocate(64 * MIB), tl::allocate(MIB)};
  tl::release(stale[0], 64 * MIB);
  tl::release(stale[1], MIB);
  const int64_t hot = 224 * MIB;
  void* block = tl::allocate(hot);
  tl::release(block, hot);
  EXPECT(tl::cached_bytes() == hot + MIB);  // of 256 MiB to be kept
  const int64_t large = 288 * MIB;
  block = tl::allocate(large);
  tl::release(block, large);
  if (tl::physical_memory() / 16 >= large) EXPECT(tl::cached_bytes() == large);
  tl::trim();
}

TEST(many_small_blocks_are_given_back_in_order) {
  tl::trim();
  std::vector<void*> blocks;
  for (int i = 0; i < 3000; i++) blocks.push_back(tl::allocate(100 * (i % 9 + 1)));
  for (int i = 0; i < 3000; i++) tl::release(blocks[static_cast<size_t>(i)], 100 * (i % 9 + 1));
  std::vector<void*> large;
  for (int i = 0; i < 20; i++) large.push_back(tl::allocate(16 * MIB));
  for (void* block : large) tl::release(block, 16 * MIB);
  EXPECT(tl::cached_bytes() == 256 * MIB);  // the small ones went first
  tl::trim();
  EXPECT(tl::cached_bytes() == 0);
}
