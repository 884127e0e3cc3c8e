#include "memory.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "sanitizer.h"

#if defined(_WIN32)
#include <malloc.h>
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace tl {
namespace {

constexpr int64_t HUGE_PAGE = int64_t{2} << 20;
constexpr int64_t KEEP_AT_LEAST = int64_t{256} << 20;
constexpr int STEPS = 8;  // size classes per power of two: at most an eighth of a block is unused
constexpr int CLASSES = 40 * STEPS;  // up to 2^47 bytes

int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

struct SizeClass {
  int index;
  int64_t bytes;
};

// Below 512 bytes a class per cache line; then eight classes per power of two.
int64_t class_bytes(int index) {
  return index < STEPS ? (index + 1) * ALIGNMENT : int64_t{index % STEPS + 9} << (index / STEPS + 5);
}

SizeClass class_of(int64_t bytes) {
  int index;
  if (bytes <= STEPS * ALIGNMENT) {
    index = bytes <= ALIGNMENT ? 0 : static_cast<int>((bytes - 1) / ALIGNMENT);
  } else {
    const int shift = 63 - __builtin_clzll(static_cast<unsigned long long>(bytes - 1));  // 9 or more
    index = (shift - 8) * STEPS + static_cast<int>((bytes - 1) >> (shift - 3)) - 8;
  }
  return {index, class_bytes(index)};
}

#if defined(_WIN32)

void* system_allocate(int64_t bytes) { return _aligned_malloc(static_cast<size_t>(bytes), ALIGNMENT); }
void system_release(void* block, int64_t) { _aligned_free(block); }
void system_unmap(void* address, int64_t) { UnmapViewOfFile(address); }

#elif defined(TL_ASAN)

// The sanitizer's own blocks, between its red zones.
void* system_allocate(int64_t bytes) {
  void* block = nullptr;
  return posix_memalign(&block, bytes < HUGE_PAGE ? ALIGNMENT : HUGE_PAGE, static_cast<size_t>(bytes)) == 0 ? block : nullptr;
}

void system_release(void* block, int64_t bytes) {
  permit(block, static_cast<size_t>(bytes));
  free(block);
}

#else

void* system_allocate(int64_t bytes) {
  if (bytes < HUGE_PAGE) {
    void* block = nullptr;
    return posix_memalign(&block, ALIGNMENT, static_cast<size_t>(bytes)) == 0 ? block : nullptr;
  }
  // Map one huge page too much and give back what does not fit the alignment.
  const size_t size = static_cast<size_t>(bytes);
  void* mapped = mmap(nullptr, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  char* start = static_cast<char*>(mapped);
  char* block = reinterpret_cast<char*>(round_up(reinterpret_cast<int64_t>(start), HUGE_PAGE));
  if (block > start) munmap(start, static_cast<size_t>(block - start));
  char* end = start + size + HUGE_PAGE;
  if (end > block + size) munmap(block + size, static_cast<size_t>(end - (block + size)));
#if defined(MADV_HUGEPAGE)
  madvise(block, size, MADV_HUGEPAGE);
#endif
  return block;
}

void system_release(void* block, int64_t bytes) {
  if (bytes < HUGE_PAGE)
    free(block);
  else
    munmap(block, static_cast<size_t>(bytes));
}

#endif

#if !defined(_WIN32)
void system_unmap(void* address, int64_t bytes) { munmap(address, static_cast<size_t>(bytes)); }
#endif

// Blocks of one size that are kept, the oldest first.
class Shelf {
 public:
  static constexpr uint64_t NEVER = UINT64_MAX;

  void put(void* block) {
    static std::atomic<uint64_t> clock{0};
    std::lock_guard<std::mutex> lock(mutex_);
    blocks_.push_back({block, clock.fetch_add(1, std::memory_order_relaxed)});
  }

  void* take_newest() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (first_ == blocks_.size()) return nullptr;
    void* block = blocks_.back().block;
    blocks_.pop_back();
    return block;
  }

  // The oldest block, if it has been kept since before then.
  void* take_oldest(uint64_t then) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (first_ == blocks_.size() || blocks_[first_].since >= then) return nullptr;
    void* block = blocks_[first_++].block;
    if (first_ > blocks_.size() / 2) {
      blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return block;
  }

  uint64_t oldest() {
    std::lock_guard<std::mutex> lock(mutex_);
    return first_ == blocks_.size() ? NEVER : blocks_[first_].since;
  }

  void forget() {
    std::vector<Kept>().swap(blocks_);
    first_ = 0;
  }

 private:
  struct Kept {
    void* block;
    uint64_t since;
  };
  std::mutex mutex_;
  std::vector<Kept> blocks_;
  size_t first_ = 0;  // those before it are gone
};

// What the system has given, by address, with its bytes.
struct Ledger {
  std::mutex mutex;
  std::unordered_map<void*, int64_t> entries;

  bool add(void* address, int64_t bytes) {
    try {
      std::lock_guard<std::mutex> lock(mutex);
      entries.emplace(address, bytes);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  void remove(void* address) {
    std::lock_guard<std::mutex> lock(mutex);
    entries.erase(address);
  }

  template <class Free>
  void free_all(const Free& free) {
    std::lock_guard<std::mutex> lock(mutex);
    for (const auto& entry : entries) free(entry.first, entry.second);
    std::unordered_map<void*, int64_t>().swap(entries);
  }
};

struct Store {
  Shelf shelves[CLASSES];
  Ledger blocks, files;
};

// Never destroyed: tensors may be freed by threads that outlive static destruction at exit.
alignas(Store) char room[sizeof(Store)];
Store& store = *new (room) Store;
std::atomic<int64_t> live{0};
std::atomic<int64_t> cached{0};

// How many bytes to keep when a block of these is released: that block too, unless it is huge.
int64_t keep_limit(int64_t bytes) {
  static const int64_t huge = physical_memory() / 16;
  return std::max({KEEP_AT_LEAST, live.load(std::memory_order_relaxed) / 4, std::min(bytes, huge)});
}

void* obtain(int64_t bytes) {
  void* block = system_allocate(bytes);
  if (block == nullptr || store.blocks.add(block, bytes)) return block;
  system_release(block, bytes);
  return nullptr;
}

void give_back(void* block, int64_t bytes) {
  store.blocks.remove(block);
  system_release(block, bytes);
}

// Gives kept blocks back, those first that nobody has wanted for longest, until at most `limit` bytes are kept.
void shrink(int64_t limit) {
  while (cached.load(std::memory_order_relaxed) > limit) {
    int index = -1;
    uint64_t oldest = Shelf::NEVER, next = Shelf::NEVER;
    for (int i = 0; i < CLASSES; i++) {
      const uint64_t since = store.shelves[i].oldest();
      if (since < oldest) {
        next = oldest;
        oldest = since;
        index = i;
      } else if (since < next) {
        next = since;
      }
    }
    if (index < 0) return;
    const int64_t size = class_bytes(index);
    while (cached.load(std::memory_order_relaxed) > limit) {
      void* block = store.shelves[index].take_oldest(next);
      if (block == nullptr) break;
      cached.fetch_sub(size, std::memory_order_relaxed);
      give_back(block, size);
    }
  }
}

}  // namespace

void* allocate(int64_t bytes) {
  if (bytes < 0 || bytes > (int64_t{1} << 46)) return nullptr;
  const SizeClass c = class_of(bytes);
  void* block = store.shelves[c.index].take_newest();
  if (block != nullptr) {
    cached.fetch_sub(c.bytes, std::memory_order_relaxed);
  } else {
    block = obtain(c.bytes);
    if (block == nullptr) {
      trim();
      block = obtain(c.bytes);
    }
    if (block == nullptr) return nullptr;
  }
  live.fetch_add(c.bytes, std::memory_order_relaxed);
  forbid(block, static_cast<size_t>(c.bytes));
  permit(block, static_cast<size_t>(bytes));
  return block;
}

void release(void* block, int64_t bytes) {
  const SizeClass c = class_of(bytes);
  live.fetch_sub(c.bytes, std::memory_order_relaxed);
  forbid(block, static_cast<size_t>(c.bytes));
  try {
    store.shelves[c.index].put(block);
  } catch (const std::bad_alloc&) {
    give_back(block, c.bytes);
    return;
  }
  const int64_t limit = keep_limit(c.bytes);
  if (cached.fetch_add(c.bytes, std::memory_order_relaxed) + c.bytes > limit) shrink(limit);
}

int64_t live_bytes() { return live.load(std::memory_order_relaxed); }
int64_t cached_bytes() { return cached.load(std::memory_order_relaxed); }
void trim() { shrink(0); }

void free_everything() {
  for (Shelf& shelf : store.shelves) shelf.forget();
  store.blocks.free_all(system_release);
  store.files.free_all(system_unmap);
}

#if defined(_WIN32)

int64_t physical_memory() {
  MEMORYSTATUSEX status;
  status.dwLength = sizeof status;
  return GlobalMemoryStatusEx(&status) ? static_cast<int64_t>(status.ullTotalPhys) : 0;
}

static void* system_map(const char* utf8Path, int64_t bytes, int64_t* error) {
  wchar_t path[32768];
  if (MultiByteToWideChar(CP_UTF8, 0, utf8Path, -1, path, 32768) == 0) {
    *error = -EINVAL;
    return nullptr;
  }
  HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  HANDLE mapping = file == INVALID_HANDLE_VALUE ? nullptr : CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  void* address = mapping == nullptr ? nullptr : MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, static_cast<size_t>(bytes));
  if (address == nullptr) *error = -static_cast<int64_t>(GetLastError());
  if (mapping != nullptr) CloseHandle(mapping);
  if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
  return address;
}


#else

int64_t physical_memory() {
  int64_t bytes = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  // Version 2 and version 1 of Linux's control groups; "max" or a huge number is no limit.
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    FILE* file = fopen(path, "r");
    if (file == nullptr) continue;
    long long limit = 0;
    if (fscanf(file, "%lld", &limit) == 1 && limit > 0 && limit < bytes) bytes = limit;
    fclose(file);
  }
  return bytes;
}

static void* system_map(const char* utf8Path, int64_t bytes, int64_t* error) {
  const int file = open(utf8Path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    *error = -errno;
    return nullptr;
  }
  void* address = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ, MAP_SHARED, file, 0);
  if (address == MAP_FAILED) {
    *error = -errno;
    address = nullptr;
  }
  close(file);
  return address;
}


#endif

void* map_file(const char* utf8Path, int64_t bytes, int64_t* error) {
  void* address = system_map(utf8Path, bytes, error);
  if (address == nullptr || store.files.add(address, bytes)) return address;
  system_unmap(address, bytes);
  *error = -ENOMEM;
  return nullptr;
}

void unmap_file(void* address, int64_t bytes) {
  store.files.remove(address);
  system_unmap(address, bytes);
}

Scratch::Scratch(int64_t bytes) : data_(static_cast<char*>(allocate(bytes))), bytes_(bytes) {}
Scratch::~Scratch() {
  if (data_ != nullptr) release(data_, bytes_);
}

}  // namespace tl
