#include <cstring>

#include "kernel_test.h"
#include "sanitizer.h"

namespace tltest {

namespace {
constexpr size_t GUARD = 256;
constexpr char POISON = 0x5B;
}  // namespace

int failures = 0;
const char* current_test = "";

std::vector<Test>& all_tests() {
  static std::vector<Test> tests;
  return tests;
}

void report_failure(const char* file, int line, const std::string& message) {
  if (++failures <= 50)
    fprintf(stderr, "%s:%d: %s on %s: expected %s\n", file, line, current_test, tl::active_table()->name, message.c_str());
}

uint16_t to_half(float x) {
  const uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  const double a = std::fabs(static_cast<double>(x));
  if (std::isnan(x)) return 0x7E00;
  if (a >= 65520) return sign | 0x7C00;
  if (a < 0x1.0p-14) return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(a * 0x1.0p24)));
  int exponent;
  std::frexp(a, &exponent);  // a = m · 2^exponent, 0.5 <= m < 1
  const int scaled = static_cast<int>(std::nearbyint(std::ldexp(a, 11 - exponent)));  // 1024 … 2048
  return static_cast<uint16_t>(sign + (static_cast<uint32_t>(exponent + 14) << 10) + static_cast<uint32_t>(scaled - 1024));
}

float from_half(uint16_t h) {
  const int exponent = (h >> 10) & 31, mantissa = h & 1023;
  float a;
  if (exponent == 31) a = mantissa ? NAN : INFINITY;
  else if (exponent == 0) a = std::ldexp(static_cast<float>(mantissa), -24);
  else a = std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
  return h & 0x8000 ? -a : a;
}

static std::vector<int64_t> dense_strides(const std::vector<int64_t>& dim) {
  std::vector<int64_t> stride(dim.size());
  int64_t step = 1;
  for (size_t i = dim.size(); i-- > 0;) {
    stride[i] = step;
    step *= dim[i];
  }
  return stride;
}

Array::Array(int64_t enc, std::vector<int64_t> dim) : Array(enc, dim, dense_strides(dim)) {}

Array::Array(int64_t enc, std::vector<int64_t> dim, std::vector<int64_t> stride) {
  view.enc = enc;
  view.rank = static_cast<int64_t>(dim.size());
  elements_ = 1;
  for (size_t i = 0; i < dim.size(); i++) {
    view.dim[i] = dim[i];
    view.stride[i] = stride[i];
    elements_ = dim[i] == 0 ? 0 : elements_ + (elements_ > 0 ? (dim[i] - 1) * stride[i] : 0);
  }
  allocate();
  memset(view.data, 0, bytes_.size() - 2 * GUARD);
}

Array::Array(const Array& other) : view(other.view), elements_(other.elements_) {
  allocate();
  memcpy(view.data, other.view.data, bytes_.size() - 2 * GUARD);
}

Array::~Array() { permit_guards(); }

void Array::allocate() {
  bytes_.assign(static_cast<size_t>(elements_ * tl::element_size(view.enc)) + 2 * GUARD, POISON);
  view.data = bytes_.data() + GUARD;
  forbid_guards();
}

void Array::forbid_guards() const {
  tl::forbid(bytes_.data(), GUARD);
  tl::forbid(bytes_.data() + bytes_.size() - GUARD, GUARD);
}

void Array::permit_guards() const { tl::permit(bytes_.data(), bytes_.size()); }

double Array::at(int64_t i) const {
  const char* p = view.data + i * tl::element_size(view.enc);
  if (view.enc == tl::F64) { double d; memcpy(&d, p, 8); return d; }
  if (view.enc == tl::F32) { float f; memcpy(&f, p, 4); return f; }
  if (view.enc == tl::I32) { int32_t n; memcpy(&n, p, 4); return n; }
  uint16_t h;
  memcpy(&h, p, 2);
  if (view.enc == tl::F16) return from_half(h);
  const uint32_t u = static_cast<uint32_t>(h) << 16;
  float f;
  memcpy(&f, &u, 4);
  return f;
}

void Array::set(int64_t i, double value) {
  char* p = view.data + i * tl::element_size(view.enc);
  const float f = static_cast<float>(value);
  if (view.enc == tl::F64) { memcpy(p, &value, 8); return; }
  if (view.enc == tl::F32) { memcpy(p, &f, 4); return; }
  if (view.enc == tl::I32) { const int32_t n = static_cast<int32_t>(value); memcpy(p, &n, 4); return; }
  uint16_t h;
  if (view.enc == tl::F16) {
    h = to_half(f);
  } else {
    uint32_t u;
    memcpy(&u, &f, 4);
    h = static_cast<uint16_t>(std::isnan(f) ? 0x7FC0 : (u + 0x7FFF + ((u >> 16) & 1)) >> 16);
  }
  memcpy(p, &h, 2);
}

int64_t Array::offset(std::initializer_list<int64_t> index) const {
  int64_t sum = 0, i = 0;
  for (int64_t x : index) sum += x * view.stride[i++];
  return sum;
}

double Array::get(std::initializer_list<int64_t> index) const { return at(offset(index)); }
void Array::put(std::initializer_list<int64_t> index, double value) { set(offset(index), value); }

Array& Array::randomize(double low, double high) {
  std::uniform_real_distribution<double> uniform(low, high);
  for (int64_t i = 0; i < elements_; i++) set(i, uniform(random_source()));
  return *this;
}

bool Array::intact() const {
  permit_guards();
  bool same = true;
  for (size_t i = 0; i < GUARD; i++) same &= bytes_[i] == POISON && bytes_[bytes_.size() - 1 - i] == POISON;
  forbid_guards();
  return same;
}

std::mt19937& random_source() {
  static std::mt19937 source(42);
  return source;
}

int64_t run(int64_t opcode, const std::vector<int64_t>& parameters, const std::vector<const tl::View*>& operands) {
  std::vector<int64_t> words{opcode, static_cast<int64_t>(parameters.size()), static_cast<int64_t>(operands.size())};
  words.insert(words.end(), parameters.begin(), parameters.end());
  for (const tl::View* v : operands) {
    if (v == nullptr) {
      words.insert(words.end(), {0, tl::ABSENT, 0});
      continue;
    }
    words.insert(words.end(), {reinterpret_cast<int64_t>(v->data), v->enc, v->rank});
    words.insert(words.end(), v->dim, v->dim + v->rank);
    words.insert(words.end(), v->stride, v->stride + v->rank);
  }
  return tl::run(words.data());
}

int64_t bits(float x) {
  uint32_t u;
  memcpy(&u, &x, 4);
  return u;
}

bool close_to(double expected, double actual, double relative, double absolute) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) && std::isnan(actual);
  if (std::isinf(expected) || std::isinf(actual)) return expected == actual;
  return std::fabs(expected - actual) <= absolute + relative * std::fabs(expected);
}

}  // namespace tltest
