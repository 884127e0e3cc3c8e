// Chooses the SIMD level and runs commands on it.
#include <atomic>
#include <cstring>

#include "levels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace tl {

namespace baseline { extern const KernelTable table; }
#if defined(__x86_64__)
namespace avx2 { extern const KernelTable table; }
namespace avx512 { extern const KernelTable table; }
#elif defined(__aarch64__)
namespace neon { extern const KernelTable table; }
#endif

namespace {

bool always() { return true; }

#if defined(__x86_64__)
bool has_avx2() {
  unsigned a, b, c, d;
  const bool f16c = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
  return f16c && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi2");
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}
#elif defined(__aarch64__)
bool has_neon_half() {
#if defined(__linux__)
  const unsigned long needed = HWCAP_FPHP | HWCAP_ASIMDHP | HWCAP_ASIMDDP;
  return (getauxval(AT_HWCAP) & needed) == needed;
#else
  return true;
#endif
}
#endif

const Level LEVELS[] = {
    {&baseline::table, always},
#if defined(__x86_64__)
    {&avx2::table, has_avx2},
    {&avx512::table, has_avx512},
#elif defined(__aarch64__)
    {&neon::table, has_neon_half},
#endif
};
constexpr int LEVEL_COUNT = sizeof LEVELS / sizeof *LEVELS;

const KernelTable* best_table() {
  const KernelTable* best = nullptr;
  for (const Level& level : LEVELS)
    if (level.supported()) best = level.table;
  return best;
}

std::atomic<const KernelTable*> active{nullptr};

// Reads one operand and moves on to the next.
int64_t decode(const int64_t*& word, View& v) {
  v.data = reinterpret_cast<char*>(word[0]);
  v.enc = word[1];
  v.rank = word[2];
  if (v.rank < 0 || v.rank > MAX_RANK) return ERROR_COMMAND;
  word += 3;
  int64_t room = MOST_ELEMENTS;
  for (int64_t i = 0; i < v.rank; i++) {
    v.dim[i] = *word++;
    if (v.dim[i] < 0) return ERROR_COMMAND;
    if (v.dim[i] > 1) room /= v.dim[i];
  }
  for (int64_t i = 0; i < v.rank; i++) v.stride[i] = *word++;
  return room > 0 ? OK : ERROR_SIZE;
}

}  // namespace

int level_count() { return LEVEL_COUNT; }
const Level& level(int index) { return LEVELS[index]; }

const KernelTable* active_table() {
  const KernelTable* table = active.load(std::memory_order_acquire);
  if (table == nullptr) {
    table = best_table();
    active.store(table, std::memory_order_release);
  }
  return table;
}

bool force_level(const char* name) {
  if (name == nullptr || *name == 0) {
    active.store(best_table());
    return true;
  }
  for (const Level& level : LEVELS) {
    if (strcmp(level.table->name, name) == 0 && level.supported()) {
      active.store(level.table);
      return true;
    }
  }
  return false;
}

int64_t run(const int64_t* words) {
  Command c;
  c.opcode = words[0];
  c.parameterCount = words[1];
  c.operandCount = words[2];
  c.parameters = words + 3;
  if (c.opcode < 0 || c.opcode >= OPCODE_COUNT || c.operandCount < 0 || c.operandCount > MAX_OPERANDS) return ERROR_COMMAND;
  const int64_t* word = c.parameters + c.parameterCount;
  for (int64_t i = 0; i < c.operandCount; i++) {
    const int64_t status = decode(word, c.operand[i]);
    if (status != OK) return status;
  }
  const Kernel kernel = active_table()->run[c.opcode];
  return kernel == nullptr ? static_cast<int64_t>(ERROR_UNSUPPORTED) : kernel(c);
}

}  // namespace tl
