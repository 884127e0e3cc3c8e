#include <cstring>

#include "kernel_test.h"

// Runs the tests whose names contain one of the arguments, all without arguments.
int main(int argc, char** argv) {
  using namespace tltest;
  int runs = 0, failed = 0;
  for (int l = 0; l < tl::level_count(); l++) {
    const tl::Level& level = tl::level(l);
    if (!level.supported()) {
      printf("%s: not supported by this processor\n", level.table->name);
      continue;
    }
    tl::force_level(level.table->name);
    for (const Test& test : all_tests()) {
      bool wanted = argc == 1;
      for (int i = 1; i < argc; i++) wanted |= strstr(test.name, argv[i]) != nullptr;
      if (!wanted) continue;
      random_source().seed(42);
      current_test = test.name;
      const int before = failures;
      test.body();
      runs++;
      failed += failures > before;
    }
  }
  printf("%d passed, %d failed\n", runs - failed, failed);
  return failed == 0 ? 0 : 1;
}
