// Runs threadgroups: a fiber for each GPU thread, all on one thread of the processor, in an order that alternates
// between forward and reverse; a simdgroup runs as far as it can before the next one begins, so that a missing barrier
// shows. Threadgroup memory begins as NaN and is fenced.
// A kernel that touches foreign memory, or runs on and on, ends as an error of its command.
#include <csetjmp>
#include <csignal>
#include <ctime>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "softmetal.h"
#include "softmetal_control.h"

namespace softmetal {
namespace {

std::atomic<int> reverse_first{0};
std::atomic<long> milliseconds{60000};

constexpr size_t kStackBytes = 64 << 10;
constexpr uint32_t kSimdWidth = 32;
constexpr size_t kSharedBytes = 32 << 10;  // Apple GPUs offer 32 KiB
constexpr size_t kFence = 64;
constexpr int kMostSlots = 32;
constexpr unsigned char kPoison = 0xFF;  // NaN in every floating-point type

struct Fiber {
  void* stack_pointer = nullptr;
  char* stack = nullptr;
  ThreadState state;
  bool done = false;
  int barrier_line = 0;  // where it waits, 0 if it runs
  int simd_line = 0;
};

struct Group {
  const Kernel* kernel = nullptr;
  void* const* buffers = nullptr;
  std::vector<Fiber> fibers;
  size_t current = 0;
  void* scheduler_stack = nullptr;
  std::string failure;
  alignas(64) unsigned char shared[kSharedBytes + 64 * kFence];
  size_t shared_used = 0;
  size_t slot_place[kMostSlots];  // of 0, there is none yet: the fence comes first
  unsigned char lanes[64][kSimdWidth * 16];  // one exchange area per simdgroup
};

thread_local Group* active = nullptr;

// Saves the callee's registers on this stack and continues on another.
extern "C" void softmetal_switch(void** save, void* load);
#if defined(__x86_64__)
asm(R"(
.text
.globl softmetal_switch
.type softmetal_switch,@function
softmetal_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size softmetal_switch,.-softmetal_switch
)");
#else
#error "softmetal: write the stack switch for this processor"
#endif

void yield() {
  Group* group = active;
  softmetal_switch(&group->fibers[group->current].stack_pointer, group->scheduler_stack);
}

void fiber_main() {
  Fiber& fiber = active->fibers[active->current];
  active->kernel->entry(active->buffers, &fiber.state);
  fiber.done = true;
  yield();
  std::abort();  // a finished fiber is never resumed
}

void start(Fiber& fiber) {
  if (fiber.stack == nullptr) fiber.stack = static_cast<char*>(std::malloc(kStackBytes));
  uintptr_t top = reinterpret_cast<uintptr_t>(fiber.stack + kStackBytes) & ~uintptr_t{15};
  void** frame = reinterpret_cast<void**>(top) - 2;  // at fiber_main's entry the stack is 8 off 16, as the ABI wants
  *frame = reinterpret_cast<void*>(&fiber_main);
  for (int i = 0; i < 6; i++) *--frame = nullptr;
  fiber.stack_pointer = frame;
  fiber.done = false;
  fiber.barrier_line = 0;
  fiber.simd_line = 0;
}

void fail(Group& group, const std::string& what) {
  if (group.failure.empty()) group.failure = group.kernel->name + ": " + what;
}

// Lets every thread that waits at the barrier go on, if all do, and at the same one.
void release_barrier(Group& group) {
  int line = 0;
  size_t waiting = 0, done = 0;
  for (Fiber& fiber : group.fibers) {
    done += fiber.done;
    if (fiber.barrier_line == 0) continue;
    waiting++;
    if (line == 0) line = fiber.barrier_line;
    if (line != fiber.barrier_line)
      fail(group, "threads wait at different barriers, lines " + std::to_string(line) + " and " +
                      std::to_string(fiber.barrier_line));
  }
  if (waiting > 0 && waiting + done == group.fibers.size()) {
    if (done > 0) fail(group, "a thread left while others wait at the barrier in line " + std::to_string(line));
    for (Fiber& fiber : group.fibers) fiber.barrier_line = 0;
  }
}

// Lets the lanes from first to end go on that wait in a simdgroup function, if all do, and in the same one.
void release_simdgroup(Group& group, size_t first, size_t end) {
  size_t waiting = 0;
  int line = 0;
  bool mixed = false;
  for (size_t i = first; i < end; i++) {
    const int at = group.fibers[i].simd_line;
    if (at == 0) continue;
    waiting++;
    if (line == 0) line = at;
    mixed |= line != at;
  }
  if (waiting == 0) return;
  if (mixed || waiting < end - first)
    fail(group, "not all lanes reach the simdgroup function in line " + std::to_string(line));
  for (size_t i = first; i < end; i++) group.fibers[i].simd_line = 0;
}

void check_fences(Group& group) {
  for (size_t place : group.slot_place) {
    const unsigned char* fence = group.shared + place - kFence;
    for (size_t i = 0; i < kFence && place > 0; i++)
      if (fence[i] != kPoison) fail(group, "a write outside threadgroup memory");
  }
  for (size_t i = group.shared_used; i < group.shared_used + kFence; i++)
    if (group.shared[i] != kPoison) fail(group, "a write outside threadgroup memory");
}

// Where a signal that a kernel raised leads to, on the thread that runs it. Not thread_local: its first use on a thread
// allocates, which a signal's handler must not.
const pthread_key_t rescue = [] {
  pthread_key_t key;
  pthread_key_create(&key, nullptr);
  return key;
}();
const int kTimeUp = SIGRTMIN + 5;
struct sigaction others[_NSIG];

// A signal between two fibers, where the scheduler may allocate, waits for the next of them.
thread_local volatile sig_atomic_t in_kernel = 0, time_is_up = 0;
volatile sig_atomic_t leaves = 0;

void on_signal(int number, siginfo_t* info, void* context) {
  if (number == kTimeUp && pthread_getspecific(rescue) != nullptr && !in_kernel) {
    time_is_up = 1;
    return;
  }
  if (void* there = pthread_getspecific(rescue)) siglongjmp(*static_cast<sigjmp_buf*>(there), number);
  if (leaves) _exit(1);
  const struct sigaction& other = others[number];  // it is not a kernel's: the JVM has its own uses of signals
  if ((other.sa_flags & SA_SIGINFO) != 0) other.sa_sigaction(number, info, context);
  else if (other.sa_handler != SIG_DFL && other.sa_handler != SIG_IGN) other.sa_handler(number);
  else if (number != kTimeUp) std::signal(number, SIG_DFL);
}

void catch_signals() {
  static const bool once = [] {
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    for (int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, kTimeUp}) sigaction(number, &action, &others[number]);
    return true;
  }();
  (void)once;
}

const char* meaning(int number) {
  switch (number) {
    case SIGSEGV:
    case SIGBUS: return "an access to foreign memory";
    case SIGILL: return "an index outside an array, or an address that is not aligned";
    case SIGFPE: return "an integer division by zero";
    default: return "it runs for too long";
  }
}

// Runs the lanes from first to end until all of them are done or wait at a barrier.
void run_simdgroup(Group& group, size_t first, size_t end, bool reverse) {
  for (bool ran = true; ran && group.failure.empty();) {
    ran = false;
    for (size_t i = first; i < end && group.failure.empty(); i++) {
      group.current = reverse ? first + end - 1 - i : i;
      Fiber& fiber = group.fibers[group.current];
      if (fiber.done || fiber.barrier_line != 0) continue;
      ran = true;
      in_kernel = 1;
      softmetal_switch(&group.scheduler_stack, fiber.stack_pointer);
      in_kernel = 0;
      if (time_is_up) fail(group, meaning(kTimeUp));
    }
    release_simdgroup(group, first, end);
  }
}

void run_group(Group& group, bool reverse) {
  std::memset(group.shared, kPoison, sizeof group.shared);
  std::fill(std::begin(group.slot_place), std::end(group.slot_place), 0);
  group.shared_used = 0;
  for (Fiber& fiber : group.fibers) start(fiber);
  const size_t n = group.fibers.size(), simdgroups = (n + kSimdWidth - 1) / kSimdWidth;
  for (bool running = true; running && group.failure.empty();) {
    for (size_t i = 0; i < simdgroups && group.failure.empty(); i++) {
      const size_t first = (reverse ? simdgroups - 1 - i : i) * kSimdWidth;
      run_simdgroup(group, first, std::min(n, first + kSimdWidth), reverse);
    }
    release_barrier(group);
    running = false;
    for (Fiber& fiber : group.fibers) running |= !fiber.done;
  }
  check_fences(group);
}

// Raises kTimeUp on this thread once it has used so much of the processor.
class Watchdog {
 public:
  Watchdog() {
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = kTimeUp;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_);
  }
  ~Watchdog() { timer_delete(timer_); }
  void set(long limit) {
    itimerspec time = {};
    time.it_value.tv_sec = limit / 1000;
    time.it_value.tv_nsec = limit % 1000 * 1000000;
    timer_settime(timer_, 0, &time, nullptr);
  }

 private:
  timer_t timer_;
};

void run_groups(Group& group, Position groups, Position size) {
  uint32_t threads = size.x * size.y * size.z, simdgroups = (threads + kSimdWidth - 1) / kSimdWidth;
  bool reverse = reverse_first != 0;
  for (uint32_t z = 0; z < groups.z; z++)
    for (uint32_t y = 0; y < groups.y; y++)
      for (uint32_t x = 0; x < groups.x && group.failure.empty(); x++, reverse = !reverse) {
        for (uint32_t i = 0; i < threads; i++) {
          ThreadState& s = group.fibers[i].state;
          s.in_group = {i % size.x, i / size.x % size.y, i / size.x / size.y};
          s.group = {x, y, z};
          s.group_size = size;
          s.groups = groups;
          s.in_grid = {x * size.x + s.in_group.x, y * size.y + s.in_group.y, z * size.z + s.in_group.z};
          s.index = i;
          s.lane = i % kSimdWidth;
          s.simdgroup = i / kSimdWidth;
          s.simdgroups = simdgroups;
        }
        run_group(group, reverse);
      }
}

}  // namespace

void run(const Kernel& kernel, void* const* buffers, Position groups, Position size) {
  static thread_local Group group;
  group.kernel = &kernel;
  group.buffers = buffers;
  group.failure.clear();
  active = &group;
  size_t threads = size_t{size.x} * size.y * size.z;
  for (Fiber& fiber : group.fibers) std::free(fiber.stack);
  group.fibers.assign(threads, Fiber());
  Watchdog watchdog;
  catch_signals();
  sigjmp_buf here;
  const int number = sigsetjmp(here, 1);
  in_kernel = time_is_up = 0;
  if (number == 0) {
    pthread_setspecific(rescue, &here);
    watchdog.set(milliseconds);
    run_groups(group, groups, size);
  } else {
    fail(group, meaning(number));
  }
  pthread_setspecific(rescue, nullptr);
  watchdog.set(0);
  if (!group.failure.empty()) throw std::runtime_error(group.failure);
}

void leave_on_signals() { leaves = 1; }

// Called by kernels.

extern "C" void softmetal_barrier(int line) {
  active->fibers[active->current].barrier_line = line;
  yield();
}

// The width of the calling thread's simdgroup: the last one of a threadgroup may be partial.
extern "C" unsigned softmetal_simd_width() {
  size_t first = active->fibers[active->current].state.simdgroup * size_t{kSimdWidth};
  return static_cast<unsigned>(std::min<size_t>(kSimdWidth, active->fibers.size() - first));
}

extern "C" void softmetal_simd_exchange(const void* value, unsigned long size, void* all, int line) {
  Fiber& fiber = active->fibers[active->current];
  unsigned char* area = active->lanes[fiber.state.simdgroup];
  std::memcpy(area + fiber.state.lane * size, value, size);
  fiber.simd_line = line;
  yield();
  std::memcpy(all, area, softmetal_simd_width() * size);
  fiber.simd_line = line;  // nobody writes the area again before everybody has read it
  yield();
}

// Threadgroup memory declared in a kernel; the same place for all threads of a threadgroup.
extern "C" void* softmetal_shared(int slot, unsigned long bytes) {
  Group& group = *active;
  if (slot >= kMostSlots) std::abort();
  if (group.slot_place[slot] > 0) return group.shared + group.slot_place[slot];
  size_t at = (group.shared_used + kFence + 63) / 64 * 64;
  if (at + bytes > kSharedBytes + 32 * kFence) {
    fail(group, "more than 32 KiB of threadgroup memory");
    at = kFence;
  }
  group.slot_place[slot] = at;
  group.shared_used = at + bytes;
  return group.shared + at;
}

extern "C" void softmetal_set_order(int reverse) { reverse_first = reverse; }
extern "C" void softmetal_set_time_limit(long limit) { milliseconds = limit; }

}  // namespace softmetal
