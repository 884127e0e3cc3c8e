// Rows by index, rotary embedding, attention, convolution, pooling, decoding of packed weights.
#include <metal_stdlib>
#include "blocks.h"
#include "views.h"

using namespace metal;

// x (packed, row-major), out (row-major): 32 elements a thread
[[max_total_threads_per_threadgroup(256)]]
kernel void decode(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                   device uchar* out [[buffer(2)]], uint i [[thread_position_in_grid]],
                   uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  const View vx = next_view(words), vo = next_view(words);
  const long chunks = count_of(vo) / 32;
  device const uchar* first = x + vx.offset / block_size(vx.encoding) * block_bytes(vx.encoding);
  for (long chunk = i; chunk < chunks; chunk += static_cast<long>(groups) * size) {
    float values[32];
    decode_32(first, vx.encoding, chunk, values);
    for (int j = 0; j < 32; j++) store(out, vo.encoding, position_of(vo, chunk * 32 + j), values[j]);
  }
}

// table [n, ...] (packed rows begin at a block), rows, out [count, ...]; a threadgroup for each row
[[max_total_threads_per_threadgroup(256)]]
kernel void gather(constant long* words [[buffer(0)]], device const uchar* table [[buffer(1)]],
                   device const int* rows [[buffer(2)]], device uchar* out [[buffer(3)]],
                   uint i [[thread_index_in_threadgroup]], uint group [[threadgroup_position_in_grid]],
                   uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  const View vt = next_view(words), vr = next_view(words), vo = next_view(words);
  const long count = vr.extents[0], n = count_of(vo) / count;
  for (long row = group; row < count; row += groups) {
    const long from = static_cast<long>(rows[vr.offset + row]) * vt.strides[0], to = row * vo.strides[0];
    if (block_size(vt.encoding) > 1) {
      device const uchar* blocks = table + (vt.offset + from) / block_size(vt.encoding) * block_bytes(vt.encoding);
      for (long chunk = i; chunk < n / 32; chunk += size) {
        float values[32];
        decode_32(blocks, vt.encoding, chunk, values);
        for (int j = 0; j < 32; j++) store(out, vo.encoding, vo.offset + to + chunk * 32 + j, values[j]);
      }
      continue;
    }
    for (long j = i; j < n; j += size) {
      long at = vt.offset + from, target = vo.offset + to, rest = j;
      for (int axis = vt.rank - 1; axis > 0; axis--) {
        at += rest % vt.extents[axis] * vt.strides[axis];
        target += rest % vt.extents[axis] * vo.strides[axis];
        rest /= vt.extents[axis];
      }
      store(out, vo.encoding, target, load(table, vt.encoding, at));
    }
  }
}

// whether rows are added; rows, source [count, ...], out [n, ...]: a thread for each element of a row, rows in order
[[max_total_threads_per_threadgroup(256)]]
kernel void scatter(constant long* words [[buffer(0)]], device const int* rows [[buffer(1)]],
                    device const uchar* source [[buffer(2)]], device uchar* out [[buffer(3)]],
                    uint i [[thread_position_in_grid]], uint groups [[threadgroups_per_grid]],
                    uint size [[threads_per_threadgroup]]) {
  const bool add = *words++ != 0;
  const View vr = next_view(words), vs = next_view(words), vo = next_view(words);
  long n = 1;
  for (int axis = 1; axis < vo.rank; axis++) n *= vo.extents[axis];
  for (long j = i; j < n; j += static_cast<long>(groups) * size) {
    long from = vs.offset, to = vo.offset, rest = j;
    for (int axis = vo.rank - 1; axis > 0; axis--) {
      from += rest % vo.extents[axis] * vs.strides[axis];
      to += rest % vo.extents[axis] * vo.strides[axis];
      rest /= vo.extents[axis];
    }
    for (long row = 0; row < vr.extents[0]; row++) {
      const long at = to + static_cast<long>(rows[vr.offset + row]) * vo.strides[0];
      const float value = load(source, vs.encoding, from + row * vs.strides[0]);
      store(out, vo.encoding, at, add ? load(out, vo.encoding, at) + value : value);
    }
  }
}

// whether halves rotate (else neighbours); x [..., positions, heads, d], cos, sin [positions, pairs], out
[[max_total_threads_per_threadgroup(256)]]
kernel void rope(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                 device const uchar* cosines [[buffer(2)]], device const uchar* sines [[buffer(3)]],
                 device uchar* out [[buffer(4)]], uint i [[thread_position_in_grid]],
                 uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  const bool halves = *words++ != 0;
  const View vx = next_view(words), vc = next_view(words), vs = next_view(words), vo = next_view(words);
  const int last = vx.rank - 1;
  const long d = vx.extents[last], pairs = vc.extents[1], heads = vx.extents[last - 1], positions = vx.extents[last - 2];
  const long n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size) {
    const long row = at / d, j = at % d, base = position_of(vx, last, row);
    float value = load(x, vx.encoding, base + j * vx.strides[last]);
    if (j < 2 * pairs) {
      const long pair = halves ? j % pairs : j / 2, position = row / heads % positions;
      const bool second = halves ? j >= pairs : (j & 1) != 0;
      const long partner = halves ? (second ? j - pairs : j + pairs) : (second ? j - 1 : j + 1);
      const float other = load(x, vx.encoding, base + partner * vx.strides[last]);
      const float c = load(cosines, vc.encoding, vc.offset + position * vc.strides[0] + pair * vc.strides[1]);
      const float s = load(sines, vs.encoding, vs.offset + position * vs.strides[0] + pair * vs.strides[1]);
      value = second ? other * s + value * c : value * c - other * s;
    }
    store(out, vo.encoding, position_of(vo, at), value);
  }
}

// causal, the scale's bits, whether there is a mask; q, k, v, mask, out. A simdgroup for each query: its lanes share
// the head's elements, keys come one after another with the running maximum and sum (online softmax).
[[max_total_threads_per_threadgroup(32)]]
kernel void attention(constant long* words [[buffer(0)]], device const uchar* q [[buffer(1)]],
                      device const uchar* k [[buffer(2)]], device const uchar* v [[buffer(3)]],
                      device const uchar* mask [[buffer(4)]], device uchar* out [[buffer(5)]],
                      uint lane [[thread_index_in_simdgroup]], uint group [[threadgroup_position_in_grid]],
                      uint groups [[threadgroups_per_grid]]) {
  const bool causal = words[0] != 0, masked = words[2] != 0;
  const float scale = as_type<float>(static_cast<int>(words[1]));
  words += 3;
  const View vq = next_view(words), vk = next_view(words), vv = next_view(words), vm = next_view(words);
  const View vo = next_view(words);
  const long heads = vq.extents[1], queries = vq.extents[2], d = vq.extents[3], keys = vk.extents[2], e = vv.extents[3];
  const long per_group = heads / vk.extents[1], rows = vq.extents[0] * heads * queries;
  for (long row = group; row < rows; row += groups) {
    const long query = row % queries, head = row / queries % heads, batch = row / queries / heads;
    const long share = head / per_group;
    const long from_q = vq.offset + batch * vq.strides[0] + head * vq.strides[1] + query * vq.strides[2];
    const long from_k = vk.offset + batch * vk.strides[0] + share * vk.strides[1];
    const long from_v = vv.offset + batch * vv.strides[0] + share * vv.strides[1];
    const long from_m = masked ? vm.offset + batch * vm.strides[0] + head * vm.strides[1] + query * vm.strides[2] : 0;
    const long visible = causal ? query + keys - queries + 1 : keys;
    for (long first = 0; first < e; first += 256) {  // 8 elements of the result a lane
      float best = -INFINITY, sum = 0.0f, results[8];
      for (int t = 0; t < 8; t++) results[t] = 0.0f;
      for (long j = 0; j < visible; j++) {
        float part = 0.0f;
        for (long t = lane; t < d; t += 32)
          part += load(q, vq.encoding, from_q + t * vq.strides[3]) *
                  load(k, vk.encoding, from_k + j * vk.strides[2] + t * vk.strides[3]);
        float score = simd_sum(part) * scale;
        if (masked) score += load(mask, vm.encoding, from_m + j * vm.strides[3]);
        const float next = score > best || score != score ? score : best;
        const float kept = best == next ? 1.0f : precise::exp(best - next);
        const float weight = next == -INFINITY ? 0.0f : precise::exp(score - next);
        sum = sum * kept + weight;
        for (int t = 0; t < 8; t++) {
          const long at = first + lane + 32 * t;
          if (at < e)
            results[t] = results[t] * kept +
                         weight * load(v, vv.encoding, from_v + j * vv.strides[2] + at * vv.strides[3]);
        }
        best = next;
      }
      for (int t = 0; t < 8; t++) {
        const long at = first + lane + 32 * t;
        if (at < e) store(out, vo.encoding, vo.offset + row * e + at, results[t] / sum);
      }
    }
  }
}

// strides, paddings, dilations (height, width each), groups, whether there is a bias; x, weight, bias, out
[[max_total_threads_per_threadgroup(256)]]
kernel void conv2d(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                   device const uchar* weight [[buffer(2)]], device const uchar* bias [[buffer(3)]],
                   device uchar* out [[buffer(4)]], uint i [[thread_position_in_grid]],
                   uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  constant long* how = words;
  words += 8;
  const View vx = next_view(words), vw = next_view(words), vb = next_view(words), vo = next_view(words);
  const long width = vo.extents[3], height = vo.extents[2], outputs = vo.extents[1], n = count_of(vo);
  const long channels = vw.extents[1], kernel_height = vw.extents[2], kernel_width = vw.extents[3];
  for (long at = i; at < n; at += static_cast<long>(groups) * size) {
    const long column = at % width, row = at / width % height, output = at / width / height % outputs;
    const long image = at / width / height / outputs, first = output / (outputs / how[6]) * channels;
    float sum = how[7] != 0 ? load(bias, vb.encoding, vb.offset + output * vb.strides[0]) : 0.0f;
    for (long c = 0; c < channels; c++)
      for (long kh = 0; kh < kernel_height; kh++) {
        const long y = row * how[0] - how[2] + kh * how[4];
        if (y < 0 || y >= vx.extents[2]) continue;
        const long from = vx.offset + image * vx.strides[0] + (first + c) * vx.strides[1] + y * vx.strides[2];
        const long taps = vw.offset + output * vw.strides[0] + c * vw.strides[1] + kh * vw.strides[2];
        for (long kw = 0; kw < kernel_width; kw++) {
          const long z = column * how[1] - how[3] + kw * how[5];
          if (z < 0 || z >= vx.extents[3]) continue;
          sum += load(x, vx.encoding, from + z * vx.strides[3]) * load(weight, vw.encoding, taps + kw * vw.strides[3]);
        }
      }
    store(out, vo.encoding, vo.offset + at, sum);
  }
}

// whether it averages, window, strides, paddings (height, width each), whether padding counts; x, out
[[max_total_threads_per_threadgroup(256)]]
kernel void pool2d(constant long* words [[buffer(0)]], device const uchar* x [[buffer(1)]],
                   device uchar* out [[buffer(2)]], uint i [[thread_position_in_grid]],
                   uint groups [[threadgroups_per_grid]], uint size [[threads_per_threadgroup]]) {
  constant long* how = words;
  words += 8;
  const View vx = next_view(words), vo = next_view(words);
  const long width = vo.extents[3], height = vo.extents[2], channels = vo.extents[1], n = count_of(vo);
  for (long at = i; at < n; at += static_cast<long>(groups) * size) {
    const long column = at % width * how[4] - how[6], row = at / width % height * how[3] - how[5];
    const long channel = at / width / height % channels, image = at / width / height / channels;
    float sum = 0.0f, best = -INFINITY;
    long inside = 0;
    for (long y = row; y < row + how[1]; y++)
      for (long z = column; z < column + how[2]; z++) {
        if (y < 0 || y >= vx.extents[2] || z < 0 || z >= vx.extents[3]) continue;
        const float value = load(x, vx.encoding, vx.offset + image * vx.strides[0] + channel * vx.strides[1] +
                                                     y * vx.strides[2] + z * vx.strides[3]);
        sum += value;
        best = value > best || value != value || best != best ? (best != best ? best : value) : best;
        inside++;
      }
    store(out, vo.encoding, vo.offset + at,
          how[0] != 0 ? sum / static_cast<float>(how[7] != 0 ? how[1] * how[2] : inside) : best);
  }
}
