// Tells AddressSanitizer which bytes of a block may be touched; nothing in builds without it.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define TL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TL_ASAN 1
#endif
#endif

#if defined(TL_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace tl {

static inline void forbid(const void* p, size_t bytes) {
#if defined(TL_ASAN)
  __asan_poison_memory_region(p, bytes);
#else
  (void)p;
  (void)bytes;
#endif
}

static inline void permit(const void* p, size_t bytes) {
#if defined(TL_ASAN)
  __asan_unpoison_memory_region(p, bytes);
#else
  (void)p;
  (void)bytes;
#endif
}

}  // namespace tl
