// The process-wide worker pool: the only parallelism of the library.
//
// parallel_for splits 0 … n-1 into chunks of at least `grain` and runs body(begin, end, worker) on the
// calling thread and the workers, which take chunks as they get free; worker is below pool_size().
// A caller that finds the pool busy (or is itself inside a body) runs the whole loop alone on its own
// thread as worker 0: nothing waits, nothing is oversubscribed. Workers start with the first loop that
// needs them, spin briefly after a loop, then sleep until the next; bodies must not throw.
#pragma once

#include <cstdint>

namespace tl {

using RangeBody = void (*)(void* context, int64_t begin, int64_t end, int worker);

int pool_size();               // threads that compute, the caller included
void pool_resize(int threads);  // waits for the loop in flight; 1 stops all workers
void parallel_run(int64_t n, int64_t grain, RangeBody body, void* context);

// Static, so that a body compiled for one SIMD level stays in that level.
template <class Body>
static inline void parallel_for(int64_t n, int64_t grain, Body&& body) {
  if (n <= 0) return;
  if (n <= grain) {
    body(static_cast<int64_t>(0), n, 0);
    return;
  }
  auto* address = &body;
  parallel_run(
      n, grain,
      [](void* context, int64_t begin, int64_t end, int worker) {
        (*static_cast<decltype(address)>(context))(begin, end, worker);
      },
      const_cast<void*>(static_cast<const void*>(address)));
}

}  // namespace tl
