#version 450
// A sum by halves: threadgroup memory and barriers.
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) buffer Y { float y[]; };
shared float tile[64];
void main() {
  uint i = gl_LocalInvocationIndex;
  tile[i] = x[gl_GlobalInvocationID.x];
  barrier();
  for (uint s = 32u; s > 0u; s >>= 1) {
    if (i < s) tile[i] += tile[i + s];
    barrier();
  }
  if (i == 0u) y[gl_WorkGroupID.x] = tile[0];
}
