// What Java calls: declared by hand in org.tensorlogic.metal.cpu.CpuKernels. Addresses are int64_t. Only numbers are
// passed: what else JavaCPP can pass needs its class Pointer (see jni_entry.h).
#pragma once

#include <cstdint>

int64_t tl_run(int64_t command);  // 0 or a negative tl::Error; the layout is in abi.h

int64_t tl_allocate(int64_t bytes);  // 0: no memory
void tl_release(int64_t address, int64_t bytes);
int64_t tl_live_bytes();
int64_t tl_cached_bytes();
int64_t tl_physical_memory();  // bytes the machine, or this container, has
void tl_trim();
int64_t tl_map_file(int64_t utf8Path, int64_t bytes);  // an address or a negative errno
void tl_unmap_file(int64_t address, int64_t bytes);
void tl_free_everything();  // when the library is unloaded

int tl_pool_size();
void tl_pool_resize(int threads);

int tl_level_count();
const char* tl_level_name(int level);
bool tl_level_supported(int level);
int tl_active_level();
bool tl_force_level(int level);  // -1 chooses the best again
