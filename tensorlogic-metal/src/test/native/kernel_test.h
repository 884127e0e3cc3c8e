// A small harness: TEST(name) { … EXPECT(condition) … } runs once per SIMD level of this machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "abi.h"
#include "levels.h"

namespace tltest {

struct Test {
  const char* name;
  void (*body)();
};

std::vector<Test>& all_tests();
extern int failures;
extern const char* current_test;
void report_failure(const char* file, int line, const std::string& message);

struct Registration {
  Registration(const char* name, void (*body)()) { all_tests().push_back({name, body}); }
};

#define TEST(name)                                              \
  static void test_##name();                                    \
  static const tltest::Registration register_##name(#name, test_##name); \
  static void test_##name()

#define EXPECT(condition) \
  do { if (!(condition)) tltest::report_failure(__FILE__, __LINE__, #condition); } while (0)

// Sizes that miss the lanes of every level.
constexpr int64_t SIZES[] = {1, 7, 31, 207, 1027};

uint16_t to_half(float x);     // slow and plain, independent of half.h
float from_half(uint16_t h);

// Memory of one tensor with its view, with guard bytes before and behind that nobody may touch. Values are stored rounded
// to the encoding (F32, F16, BF16 or F64); read with at().
class Array {
 public:
  Array(int64_t enc, std::vector<int64_t> dim);                       // dense, zeros
  Array(int64_t enc, std::vector<int64_t> dim, std::vector<int64_t> stride);
  Array(const Array& other);
  ~Array();
  Array& operator=(const Array&) = delete;
  tl::View view;
  double at(int64_t element) const;      // by position in memory
  void set(int64_t element, double value);
  double get(std::initializer_list<int64_t> index) const;  // by index through the strides
  void put(std::initializer_list<int64_t> index, double value);
  int64_t elements() const { return elements_; }  // in memory, gaps included
  Array& randomize(double low = -1, double high = 1);
  bool intact() const;  // nothing was written outside

 private:
  void allocate();
  void forbid_guards() const;  // to a sanitizer
  void permit_guards() const;
  int64_t offset(std::initializer_list<int64_t> index) const;
  int64_t elements_;
  std::vector<char> bytes_;
};

std::mt19937& random_source();

// Encodes and runs one command. Absent operands are null.
int64_t run(int64_t opcode, const std::vector<int64_t>& parameters, const std::vector<const tl::View*>& operands);
int64_t bits(float x);  // a float parameter

// True if both are NaN, the same infinity, or differ by at most `absolute` + `relative` · |expected|.
bool close_to(double expected, double actual, double relative, double absolute = 0);

}  // namespace tltest
