#include "levels.h"
#include "memory.h"
#include "pool.h"
#include "tensorlogic_cpu.h"

int64_t tl_run(int64_t command) { return tl::run(reinterpret_cast<const int64_t*>(command)); }

int64_t tl_allocate(int64_t bytes) { return reinterpret_cast<int64_t>(tl::allocate(bytes)); }
void tl_release(int64_t address, int64_t bytes) { tl::release(reinterpret_cast<void*>(address), bytes); }
int64_t tl_live_bytes() { return tl::live_bytes(); }
int64_t tl_cached_bytes() { return tl::cached_bytes(); }
int64_t tl_physical_memory() { return tl::physical_memory(); }
void tl_trim() { tl::trim(); }

int64_t tl_map_file(int64_t utf8Path, int64_t bytes) {
  int64_t error = 0;
  void* address = tl::map_file(reinterpret_cast<const char*>(utf8Path), bytes, &error);
  return address == nullptr ? error : reinterpret_cast<int64_t>(address);
}
void tl_unmap_file(int64_t address, int64_t bytes) { tl::unmap_file(reinterpret_cast<void*>(address), bytes); }
void tl_free_everything() { tl::free_everything(); }

int tl_pool_size() { return tl::pool_size(); }
void tl_pool_resize(int threads) { tl::pool_resize(threads); }

int tl_level_count() { return tl::level_count(); }
const char* tl_level_name(int level) { return tl::level(level).table->name; }
bool tl_level_supported(int level) { return tl::level(level).supported(); }

int tl_active_level() {
  int index = 0;
  while (tl::level(index).table != tl::active_table()) index++;
  return index;
}

bool tl_force_level(int level) { return tl::force_level(level < 0 ? nullptr : tl::level(level).table->name); }
