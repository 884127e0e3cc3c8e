// Elementwise operations: each thread takes every n-th element, so that any grid covers any size.
#include <metal_stdlib>
#include "formulas.h"
#include "views.h"

using namespace metal;

// code; x, out
[[max_total_threads_per_threadgroup(256)]]
kernel void unary(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                  device uchar* out [[buffer(2)]], uint i [[thread_position_in_grid]],
                  uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  const int code = static_cast<int>(*words++);
  const View vx = next_view(words), vo = next_view(words);
  const long n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size)
    store(out, vo.encoding, position_of(vo, at), tl::gpu::unary(code, load(x, vx.encoding, position_of(vx, at))));
}

// code; x, y, out
[[max_total_threads_per_threadgroup(256)]]
kernel void binary(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                   device const uchar* y [[buffer(2)]], device uchar* out [[buffer(3)]],
                   uint i [[thread_position_in_grid]], uint groups [[threadgroups_per_grid]],
                   uint size [[threads_per_threadgroup]]) {
  const int code = static_cast<int>(*words++);
  const View vx = next_view(words), vy = next_view(words), vo = next_view(words);
  const long n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size)
    store(out, vo.encoding, position_of(vo, at),
          tl::gpu::binary(code, load(x, vx.encoding, position_of(vx, at)), load(y, vy.encoding, position_of(vy, at))));
}

// code, the number's bits, whether it stands left; x, out
[[max_total_threads_per_threadgroup(256)]]
kernel void binary_number(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                          device uchar* out [[buffer(2)]], uint i [[thread_position_in_grid]],
                          uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  const int code = static_cast<int>(words[0]);
  const float number = as_type<float>(static_cast<int>(words[1]));
  const bool left = words[2] != 0;
  words += 3;
  const View vx = next_view(words), vo = next_view(words);
  const long n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size) {
    const float value = load(x, vx.encoding, position_of(vx, at));
    store(out, vo.encoding, position_of(vo, at),
          left ? tl::gpu::binary(code, number, value) : tl::gpu::binary(code, value, number));
  }
}

// code (0 where, 1 multiply-add); x, y, z, out
[[max_total_threads_per_threadgroup(256)]]
kernel void ternary(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                    device const uchar* y [[buffer(2)]], device const uchar* z [[buffer(3)]],
                    device uchar* out [[buffer(4)]], uint i [[thread_position_in_grid]],
                    uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  const bool where = *words++ == 0;
  const View vx = next_view(words), vy = next_view(words), vz = next_view(words), vo = next_view(words);
  const long n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size) {
    const float a = load(x, vx.encoding, position_of(vx, at)), b = load(y, vy.encoding, position_of(vy, at));
    const float c = load(z, vz.encoding, position_of(vz, at));
    store(out, vo.encoding, position_of(vo, at), where ? (a != 0.0f ? b : c) : fma(a, b, c));
  }
}

// the bounds' bits; x, out
[[max_total_threads_per_threadgroup(256)]]
kernel void clamp_to(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                     device uchar* out [[buffer(2)]], uint i [[thread_position_in_grid]],
                     uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  const float low = as_type<float>(static_cast<int>(words[0])), high = as_type<float>(static_cast<int>(words[1]));
  words += 2;
  const View vx = next_view(words), vo = next_view(words);
  const long n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size) {
    const float value = load(x, vx.encoding, position_of(vx, at));
    store(out, vo.encoding, position_of(vo, at), value < low ? low : value > high ? high : value);
  }
}

// the value's bits; out
[[max_total_threads_per_threadgroup(256)]]
kernel void fill(constant long* words [[buffer(0)]], device uchar* out [[buffer(1)]],
                 uint i [[thread_position_in_grid]], uint groups [[threadgroups_per_grid]],
                 uint size [[threads_per_threadgroup]]) {
  const float value = as_type<float>(static_cast<int>(*words++));
  const View vo = next_view(words);
  const long n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size)
    store(out, vo.encoding, position_of(vo, at), value);
}

// x, out; x is F32, F16 or BF16
[[max_total_threads_per_threadgroup(256)]]
kernel void copy(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                 device uchar* out [[buffer(2)]], uint i [[thread_position_in_grid]],
                 uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  const View vx = next_view(words), vo = next_view(words);
  const long n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size)
    store(out, vo.encoding, position_of(vo, at), load(x, vx.encoding, position_of(vx, at)));
}
