// conv2d: cross-correlation of x [n, c, h, w] with weight [o, c / groups, kh, kw]. A group of one channel and few outputs
// is computed directly; any other group of an image is a product, weight [o, c · kh · kw] times the
// matrix of what each output pixel sees, made for some pixels at a time ("im2col").
#include "axes.h"
#include "gemm.h"
#include "kernels.h"

namespace tl {
namespace TL_LEVEL {

constexpr int64_t COLUMNS_BYTES = int64_t{2} << 20;  // of the matrix of seen pixels at a time
constexpr int64_t DIRECT_OUTPUTS = 2;                // of one channel, as in depthwise convolution

namespace {

struct Convolution {
  View x, weight, out;
  int64_t stride_h, stride_w, pad_h, pad_w, step_h, step_w, groups;
  const float* bias;  // per output channel, or null

  int64_t images() const { return x.dim[0]; }
  int64_t height() const { return x.dim[2]; }
  int64_t width() const { return x.dim[3]; }
  int64_t channels() const { return weight.dim[1]; }           // per group
  int64_t outputs() const { return weight.dim[0] / groups; }   // per group
  int64_t taps() const { return weight.dim[2] * weight.dim[3]; }
  int64_t out_height() const { return out.dim[2]; }
  int64_t out_width() const { return out.dim[3]; }
  int64_t pixels() const { return out_height() * out_width(); }

  const char* row(int64_t image, int64_t channel, int64_t y) const {
    return x.data + (image * x.stride[0] + channel * x.stride[1] + y * x.stride[2]) * element_size(x.enc);
  }
  char* plane(int64_t image, int64_t output) const {
    return out.data + (image * out.dim[1] + output) * pixels() * element_size(out.enc);
  }
};

// sums[i] += tap · row[i · stride].
void add_tap(float tap, const float* row, int64_t stride, float* sums, int64_t n) {
  int64_t i = 0;
  if (stride == 1)
    for (; i + LANES <= n; i += LANES) store(sums + i, load(sums + i) + tap * load(row + i));
  for (; i < n; i++) sums[i] += tap * row[i * stride];
}

// One output channel that sees one input channel; `padded` has room for a row with its padding.
void convolve_plane(const Convolution& c, int64_t image, int64_t output, float* padded, float* sums) {
  const View& w = c.weight;
  const char* taps = w.data + output * w.stride[0] * element_size(w.enc);
  const float start = c.bias == nullptr ? 0 : c.bias[output];
  memset(padded, 0, static_cast<size_t>(4 * (c.width() + 2 * c.pad_w)));
  char* to = c.plane(image, output);
  for (int64_t r = 0; r < c.out_height(); r++) {
    for (int64_t i = 0; i < c.out_width(); i++) sums[i] = start;
    for (int64_t kh = 0; kh < w.dim[2]; kh++) {
      const int64_t y = r * c.stride_h - c.pad_h + kh * c.step_h;
      if (y < 0 || y >= c.height()) continue;
      load_strided(c.x.enc, c.row(image, output / c.outputs(), y), c.x.stride[3], padded + c.pad_w, c.width());
      for (int64_t kw = 0; kw < w.dim[3]; kw++) {
        const float tap = load_one(taps + (kh * w.stride[2] + kw * w.stride[3]) * element_size(w.enc), w.enc);
        add_tap(tap, padded + kw * c.step_w, c.stride_w, sums, c.out_width());
      }
    }
    store_row(c.out.enc, sums, to + r * c.out_width() * element_size(c.out.enc), c.out_width(), false);
  }
}

int64_t convolve_channels(const Convolution& c) {
  int64_t status = OK;
  parallel_for(c.images() * c.out.dim[1], rows_grain(c.pixels() * c.taps()), [&](int64_t begin, int64_t end, int) {
    Scratchpad padded(c.width() + 2 * c.pad_w), sums(c.out_width());
    if (padded.data() == nullptr || sums.data() == nullptr) {
      __atomic_store_n(&status, ERROR_MEMORY, __ATOMIC_RELAXED);
      return;
    }
    for (int64_t i = begin; i < end; i++) convolve_plane(c, i / c.out.dim[1], i % c.out.dim[1], padded.data(), sums.data());
  });
  return status;
}

// What the output rows r0 … r0 + rows - 1 see through one tap of one channel, elements as stored.
template <class T>
void see(const Convolution& c, const T* plane, int64_t kh, int64_t kw, int64_t r0, int64_t rows, T* to) {
  const int64_t n = c.out_width(), shift = kw * c.step_w - c.pad_w, step = c.stride_w * c.x.stride[3];
  // Columns begin … end - 1 see pixels; the others see padding.
  const int64_t begin = least(n, shift >= 0 ? 0 : ceil_div(-shift, c.stride_w));
  const int64_t end = most(begin, shift >= c.width() ? 0 : least(n, (c.width() - 1 - shift) / c.stride_w + 1));
  for (int64_t r = r0; r < r0 + rows; r++, to += n) {
    const int64_t y = r * c.stride_h - c.pad_h + kh * c.step_h;
    if (y < 0 || y >= c.height()) {
      memset(to, 0, sizeof(T) * static_cast<size_t>(n));
      continue;
    }
    const T* from = plane + y * c.x.stride[2] + (begin * c.stride_w + shift) * c.x.stride[3];
    for (int64_t i = 0; i < begin; i++) to[i] = T{};
    if (step == 1)
      memcpy(to + begin, from, sizeof(T) * static_cast<size_t>(end - begin));
    else
      for (int64_t i = begin; i < end; i++) to[i] = item(from + (i - begin) * step);
    for (int64_t i = end; i < n; i++) to[i] = T{};
  }
}

// One group of one image.
int64_t convolve_group(const Convolution& c, const Matrix& weight, int64_t image, int64_t group) {
  const int64_t k = c.channels() * c.taps(), size = element_size(c.x.enc), first = group * c.outputs();
  Product p{};
  p.m = c.outputs();
  p.k = k;
  p.a = weight;
  p.a.data += first * weight.row * element_size(weight.enc);
  p.out_enc = c.out.enc;
  p.out_row = c.pixels();
  p.out_column = 1;
  p.epilogue = {nullptr, c.bias == nullptr ? nullptr : c.bias + first, -1};
  if (k == 0) {  // no channels: only biases
    p.out = c.plane(image, first);
    for (int64_t i = 0; i < p.m; i++)
      for (int64_t j = 0; j < c.pixels(); j += LANES) {
        float zeros[LANES] = {};
        finish(p, i, j, 1, least(LANES, c.pixels() - j), zeros, LANES);
      }
    return OK;
  }
  const char* x = c.row(image, group * c.channels(), 0);
  const bool seen_in_place = c.taps() == 1 && c.stride_h == 1 && c.stride_w == 1 && c.pad_h == 0 && c.pad_w == 0 &&
                             c.x.stride[2] == c.width() * c.x.stride[3];
  if (seen_in_place) {
    p.n = c.pixels();
    p.b = {x, c.x.enc, c.x.stride[1], c.x.stride[3], nullptr};
    p.out = c.plane(image, first);
    return gemm(p);
  }
  const int64_t row_bytes = bytes_of(k * size, c.out_width());
  const int64_t rows = least(c.out_height(), most(1, COLUMNS_BYTES / row_bytes));
  Scratch columns(bytes_of(rows, row_bytes));
  if (columns.data() == nullptr) return ERROR_MEMORY;
  for (int64_t r = 0; r < c.out_height(); r += rows) {
    const int64_t taken = least(rows, c.out_height() - r);
    p.n = taken * c.out_width();
    parallel_for(k, rows_grain(p.n), [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; i++) {
        const int64_t channel = i / c.taps(), kh = i % c.taps() / c.weight.dim[3], kw = i % c.weight.dim[3];
        const char* plane = x + channel * c.x.stride[1] * size;
        char* to = columns.data() + i * p.n * size;
        if (size == 2)
          see(c, reinterpret_cast<const uint16_t*>(plane), kh, kw, r, taken, reinterpret_cast<uint16_t*>(to));
        else
          see(c, reinterpret_cast<const float*>(plane), kh, kw, r, taken, reinterpret_cast<float*>(to));
      }
    });
    p.b = {columns.data(), c.x.enc, p.n, 1, nullptr};
    p.out = c.plane(image, first) + r * c.out_width() * element_size(c.out.enc);
    const int64_t status = gemm(p);
    if (status != OK) return status;
  }
  return OK;
}

int64_t convolve_groups(const Convolution& c) {
  const int64_t k = c.channels() * c.taps(), outputs = c.weight.dim[0];
  const Axes seen = merged_axes(c.weight, 1, 4);
  const bool in_place = seen.rank <= 1 && seen.last_stride() == 1;
  Scratch copy(in_place ? 0 : 4 * outputs * k);
  if (!in_place && copy.data() == nullptr) return ERROR_MEMORY;
  for (int64_t o = 0; o < outputs && !in_place; o++)
    load_axes(seen, c.weight.enc, c.weight.data + o * c.weight.stride[0] * element_size(c.weight.enc), 0, copy.floats() + o * k, k);
  const Matrix weight = in_place ? Matrix{c.weight.data, c.weight.enc, c.weight.stride[0], 1, nullptr}
                                 : Matrix{copy.data(), F32, k, 1, nullptr};
  // Whole products in parallel if there are enough of them, else each product in parallel.
  const int64_t tasks = c.images() * c.groups;
  int64_t status = OK;
  const auto run = [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t one = convolve_group(c, weight, i / c.groups, i % c.groups);
      if (one != OK) __atomic_store_n(&status, one, __ATOMIC_RELAXED);
    }
  };
  if (tasks >= 2 * pool_size())
    parallel_for(tasks, rows_grain(c.outputs() * k * c.pixels() / 16), run);
  else
    run(0, tasks, 0);
  return status;
}

bool is_float(const View& v) { return v.enc == F32 || v.enc == F16; }

}  // namespace

int64_t conv2d(const Command& command) {
  const View& bias = command.operand[2];
  Convolution c{command.operand[0], command.operand[1], command.operand[3], integer(command, 0), integer(command, 1), integer(command, 2),
                integer(command, 3), integer(command, 4), integer(command, 5), integer(command, 6), nullptr};
  if (c.x.rank != 4 || c.weight.rank != 4 || c.out.rank != 4 || !dense(c.out) || c.groups < 1) return ERROR_COMMAND;
  if (!is_float(c.x) || !is_float(c.weight) || !is_float(c.out) || (present(bias) && !is_float(bias))) return ERROR_UNSUPPORTED;
  if (element_count(c.out) == 0) return OK;
  const auto extent = [](int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t step) {
    return (in + 2 * pad - step * (kernel - 1) - 1) / stride + 1;
  };
  if (c.out.dim[0] != c.x.dim[0] || c.out.dim[1] != c.weight.dim[0] || c.weight.dim[0] % c.groups != 0 ||
      c.x.dim[1] != c.weight.dim[1] * c.groups || c.taps() == 0 ||
      c.out_height() != extent(c.height(), c.weight.dim[2], c.stride_h, c.pad_h, c.step_h) ||
      c.out_width() != extent(c.width(), c.weight.dim[3], c.stride_w, c.pad_w, c.step_w))
    return ERROR_COMMAND;
  if (present(bias) && (bias.rank != 1 || bias.dim[0] != c.out.dim[1])) return ERROR_COMMAND;
  Scratch floats(present(bias) ? 4 * c.out.dim[1] : 0);
  if (present(bias)) {
    if (floats.data() == nullptr) return ERROR_MEMORY;
    load_strided(bias.enc, bias.data, bias.stride[0], floats.floats(), bias.dim[0]);
    c.bias = floats.floats();
  }
  return c.channels() == 1 && c.outputs() <= DIRECT_OUTPUTS ? convolve_channels(c) : convolve_groups(c);
}

}  // namespace TL_LEVEL
}  // namespace tl
