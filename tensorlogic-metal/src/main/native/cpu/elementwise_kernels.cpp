// The elementwise operations: formulas of shared/ over the tiles of strided views.
#include <utility>

#include "half_math.h"
#include "kernels.h"
#include "tiles.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t NUMBER = -2;  // an encoding: one float for all elements

// An operand's row; a number is read once.
template <int64_t ENC>
struct Source {
  explicit Source(const char* p) : p(p) {}
  TL_STEP VF at(int64_t i) const { return load_at<ENC>(p, i); }
  TL_STEP VF at(int64_t i, int m) const { return load_at<ENC>(p, i, m); }
  TL_STEP void fetch(int64_t i) const { fetch_pair<ENC>(p, i); }
  const char* p;
};

template <>
struct Source<NUMBER> {
  explicit Source(const char* p) : value(vf(*reinterpret_cast<const float*>(p))) {}
  TL_STEP VF at(int64_t, int = 0) const { return value; }
  TL_STEP void fetch(int64_t) const {}
  const VF value;
};

// Op::of of as many operands as there are encodings.
template <class Op, int64_t OUT, int64_t... IN>
struct Row {
  static void run(const char* const* in, char* out, int64_t n, bool stream) {
    on_sources(in, out, n, stream, std::make_index_sequence<sizeof...(IN)>());
  }

 private:
  template <size_t... K>
  static void on_sources(const char* const* in, char* out, int64_t n, bool stream, std::index_sequence<K...>) {
    const auto compute = [&](const Source<IN>&... x) {
      produce<OUT>(
          out, n, stream, [&](int64_t i) { return Op::of(x.at(i)...); }, [&](int64_t i, int m) { return Op::of(x.at(i, m)...); },
          [&](int64_t i) { (x.fetch(i), ...); });
    };
    compute(Source<IN>(in[K])...);
  }
};

template <class Op, int64_t... IN>
static void on_floats(const float* const* in, float* out, int64_t n) {
  Row<Op, F32, IN...>::run(reinterpret_cast<const char* const*>(in), reinterpret_cast<char*>(out), n, false);
}

template <class Op, int64_t... IN>
static FloatRow decoded(bool halves) {
  return halves ? on_floats<ForHalves<Op>, IN...> : on_floats<Op, IN...>;
}

template <class Op>
static DirectRow direct1(int64_t enc, int number) {
  if (number != 0) return nullptr;
  return enc == F16 ? Row<ForHalves<Op>, F16, F16>::run : Row<Op, F32, F32>::run;
}

template <class Op>
static DirectRow direct2(int64_t enc, int number) {
  switch (number) {
    case 0: return enc == F16 ? Row<ForHalves<Op>, F16, F16, F16>::run : Row<Op, F32, F32, F32>::run;
    case 1: return enc == F16 ? Row<ForHalves<Op>, F16, NUMBER, F16>::run : Row<Op, F32, NUMBER, F32>::run;
    case 2: return enc == F16 ? Row<ForHalves<Op>, F16, F16, NUMBER>::run : Row<Op, F32, F32, NUMBER>::run;
    default: return nullptr;
  }
}

template <class Op>
static DirectRow direct3(int64_t enc, int number) {
  switch (number) {
    case 0: return enc == F16 ? Row<ForHalves<Op>, F16, F16, F16, F16>::run : Row<Op, F32, F32, F32, F32>::run;
    case 6: return enc == F16 ? Row<ForHalves<Op>, F16, F16, NUMBER, NUMBER>::run : Row<Op, F32, F32, NUMBER, NUMBER>::run;
    default: return nullptr;
  }
}

#define TL_FORMULA_1(OP) {decoded<OP, F32>, direct1<OP>},
#define TL_FORMULA_2(OP) {decoded<OP, F32, F32>, direct2<OP>},
#define TL_FORMULA_3(OP) {decoded<OP, F32, F32, F32>, direct3<OP>},
static const Formula unary_formulas[] = {TL_UNARY_OPS(TL_FORMULA_1)};
static const Formula binary_formulas[] = {TL_BINARY_OPS(TL_FORMULA_2)};
static const Formula ternary_formulas[] = {TL_TERNARY_OPS(TL_FORMULA_3)};

// The number of a formula in its family.
enum UnaryMember {
#define TL_MEMBER(OP) UNARY_##OP,
  TL_UNARY_OPS(TL_MEMBER)
};
#undef TL_MEMBER
enum BinaryMember {
#define TL_MEMBER(OP) BINARY_##OP,
  TL_BINARY_OPS(TL_MEMBER)
#undef TL_MEMBER
};

template <int N>
static int64_t run_member(const Formula (&family)[N], int64_t op, const View* const* views, int operands) {
  return op >= 0 && op < N ? for_tiles(views, operands, family[op]) : ERROR_UNSUPPORTED;
}

// A number in place of an operand of the output's shape.
static View scalar(const float* value) {
  View v{};
  v.data = reinterpret_cast<char*>(const_cast<float*>(value));
  v.enc = F32;
  return v;
}

int64_t unary(const Command& c) {
  const View* views[] = {&c.operand[0], &c.operand[1]};
  return run_member(unary_formulas, integer(c, 0), views, 2);
}

int64_t binary(const Command& c) {
  const View* views[] = {&c.operand[0], &c.operand[1], &c.operand[2]};
  return run_member(binary_formulas, integer(c, 0), views, 3);
}

// Powers of many halves by one number, if it is worth tables of them.
static bool powers_of_halves(const View& x, float y, const View& out) {
#if defined(__AVX512F__)
  constexpr int64_t MANY = 1 << 15;
  const int64_t n = element_count(out);
  if (x.enc != F16 || out.enc != F16 || n < MANY || element_count(x) != n || !dense(x) || !dense(out)) return false;
  if (!(y >= -HalfPowers::MOST && y <= HalfPowers::MOST)) return false;
  const HalfPowers powers(y);
  const bool stream = streams(out);
  parallel_for(ceil_div(n, MANY), 1, [&](int64_t begin, int64_t end, int) {
    const HalfPowers power = powers;
    const int64_t from = begin * MANY, count = least(end * MANY, n) - from;
    const char* p = x.data + 2 * from;
    produce<F16>(
        out.data + 2 * from, count, stream, [&](int64_t i) { return power(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 2 * i))); },
        [&](int64_t i, int m) {
          uint16_t some[LANES] = {};
          memcpy(some, p + 2 * i, 2 * static_cast<size_t>(m));
          return power(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(some)));
        },
        [&](int64_t i) { fetch_pair<F16>(p, i); });
    if (stream) stream_end();
  });
  return true;
#else
  (void)x, (void)y, (void)out;
  return false;
#endif
}

int64_t binary_scalar(const Command& c) {
  const float value = real(c, 1);
  const View number = scalar(&value);
  const bool left = integer(c, 2) != 0;
  if (integer(c, 0) == BINARY_Pow && !left && (value == 2.0f || value == -1.0f)) {
    const View* views[] = {&c.operand[0], &c.operand[1]};
    return run_member(unary_formulas, value == 2.0f ? UNARY_Square : UNARY_Reciprocal, views, 2);
  }
  if (integer(c, 0) == BINARY_Pow && !left && powers_of_halves(c.operand[0], value, c.operand[1])) return OK;
  const View* views[] = {left ? &number : &c.operand[0], left ? &c.operand[0] : &number, &c.operand[1]};
  return run_member(binary_formulas, integer(c, 0), views, 3);
}

int64_t ternary(const Command& c) {
  const View* views[] = {&c.operand[0], &c.operand[1], &c.operand[2], &c.operand[3]};
  return run_member(ternary_formulas, integer(c, 0), views, 4);
}

int64_t clamp(const Command& c) {
  const float low = real(c, 0), high = real(c, 1);
  const View low_view = scalar(&low), high_view = scalar(&high);
  const View* views[] = {&c.operand[0], &low_view, &high_view, &c.operand[1]};
  return for_tiles(views, 4, {decoded<Clamp, F32, F32, F32>, direct3<Clamp>});
}

}  // namespace TL_LEVEL
}  // namespace tl
