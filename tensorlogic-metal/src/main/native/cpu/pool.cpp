#include "pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tl {
namespace {

constexpr int64_t CHUNKS_PER_THREAD = 4;  // enough to even out a disturbed core, few enough to be cheap
constexpr uint32_t CLOSED = 0;  // no epoch: no loop is open
constexpr auto SPIN = std::chrono::microseconds(60);

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Sleeps while an epoch stands still: a futex on Linux, a condition variable elsewhere.
class Bell {
 public:
  void wait(std::atomic<uint32_t>& word, uint32_t seen) {
#if defined(__linux__)
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
#else
    std::unique_lock<std::mutex> lock(mutex_);
    condition_.wait(lock, [&] { return word.load() != seen; });
#endif
  }

  void ring(std::atomic<uint32_t>& word, int sleepers) {
#if defined(__linux__)
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, sleepers, nullptr, nullptr, 0);
#else
    (void)word;
    (void)sleepers;
    std::lock_guard<std::mutex> lock(mutex_);
    condition_.notify_all();
#endif
  }

#if !defined(__linux__)
 private:
  std::mutex mutex_;
  std::condition_variable condition_;
#endif
};

class Pool {
 public:
  // Ends the workers, if none computes; later loops run on their caller alone.
  void end() {
    if (busy_.exchange(true, std::memory_order_acquire)) return;
    stop();
    size_.store(1, std::memory_order_relaxed);
  }

  int size() const { return size_.load(std::memory_order_relaxed); }

  void resize(int threads) {
    while (busy_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
    stop();
    size_.store(threads < 1 ? 1 : threads, std::memory_order_relaxed);
    busy_.store(false, std::memory_order_release);
  }

  void run(int64_t n, int64_t grain, RangeBody body, void* context) {
    const int threads = size();
    if (threads == 1 || busy_.load(std::memory_order_relaxed) || busy_.exchange(true, std::memory_order_acquire)) {
      body(context, 0, n, 0);
      return;
    }
    if (workers_.empty()) start();
    const int64_t most = threads * CHUNKS_PER_THREAD;
    int64_t chunks = (n + grain - 1) / grain;
    if (chunks > most) chunks = most;
    body_ = body;
    context_ = context;
    count_ = n;
    chunks_ = chunks;
    next_.store(0, std::memory_order_relaxed);
    uint32_t epoch = epoch_.load(std::memory_order_relaxed) + 1;
    if (epoch == CLOSED) epoch++;
    open_.store(epoch);
    epoch_.store(epoch);
    const int sleepers = sleepers_.load();
    if (sleepers > 0) bell_.ring(epoch_, chunks - 1 < sleepers ? static_cast<int>(chunks - 1) : sleepers);
    work(0);
    // A worker enters before it looks whether the loop is open, so after closing it only those inside count.
    open_.store(CLOSED);
    for (int spins = 0; inside_.load() != 0; spins++) {
      if (spins < 10000) pause(); else std::this_thread::yield();
    }
    busy_.store(false, std::memory_order_release);
  }

 private:
  void work(int worker) {
    for (;;) {
      const int64_t chunk = next_.fetch_add(1, std::memory_order_relaxed);
      if (chunk >= chunks_) return;
      // Even split: the first count % chunks chunks get one more.
      const int64_t base = count_ / chunks_, extra = count_ % chunks_;
      const int64_t begin = chunk * base + (chunk < extra ? chunk : extra);
      body_(context_, begin, begin + base + (chunk < extra ? 1 : 0), worker);
    }
  }

  void loop(int worker, uint32_t seen) {
    for (;;) {
      const uint32_t epoch = await(seen);
      if (stopping_.load()) return;
      seen = epoch;
      inside_.fetch_add(1);
      if (open_.load() == epoch) work(worker);
      inside_.fetch_sub(1);
    }
  }

  uint32_t await(uint32_t seen) {
    const auto until = std::chrono::steady_clock::now() + SPIN;
    do {
      for (int i = 0; i < 64; i++) {
        const uint32_t epoch = epoch_.load(std::memory_order_acquire);
        if (epoch != seen) return epoch;
        pause();
      }
    } while (std::chrono::steady_clock::now() < until);
    sleepers_.fetch_add(1);
    uint32_t epoch;
    while ((epoch = epoch_.load()) == seen) bell_.wait(epoch_, seen);
    sleepers_.fetch_sub(1);
    return epoch;
  }

  void start() {
    stopping_.store(false);
    const uint32_t epoch = epoch_.load();
    try {
      for (int i = 1; i < size(); i++) workers_.emplace_back([this, i, epoch] { loop(i, epoch); });
    } catch (const std::exception&) {
      size_.store(static_cast<int>(workers_.size()) + 1);  // the system's limit of threads is reached
    }
  }

  void stop() {
    stopping_.store(true);
    epoch_.fetch_add(1);
    bell_.ring(epoch_, INT32_MAX);
    for (std::thread& worker : workers_) worker.join();
    std::vector<std::thread>().swap(workers_);
  }

  std::atomic<int> size_{static_cast<int>(std::thread::hardware_concurrency() > 0 ? std::thread::hardware_concurrency() : 1)};
  std::atomic<bool> busy_{false};
  std::vector<std::thread> workers_;
  Bell bell_;

  // The loop in flight: written by its caller while busy_ is held, before open_ names its epoch.
  RangeBody body_ = nullptr;
  void* context_ = nullptr;
  int64_t count_ = 0;
  int64_t chunks_ = 0;
  alignas(64) std::atomic<int64_t> next_{0};
  alignas(64) std::atomic<uint32_t> epoch_{1};
  std::atomic<uint32_t> open_{CLOSED};
  alignas(64) std::atomic<int> inside_{0};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> stopping_{false};
};

// Never destroyed: a process may end while a thread computes. Its workers then are left alone; they are idle, and are
// joined, where the library is unloaded.
alignas(Pool) char room[sizeof(Pool)];
Pool& pool = *new (room) Pool;

struct AtEnd {
  ~AtEnd() { pool.end(); }
} at_end;

}  // namespace

int pool_size() { return pool.size(); }
void pool_resize(int threads) { pool.resize(threads); }
void parallel_run(int64_t n, int64_t grain, RangeBody body, void* context) {
  pool.run(n, grain < 1 ? 1 : grain, body, context);
}

}  // namespace tl
