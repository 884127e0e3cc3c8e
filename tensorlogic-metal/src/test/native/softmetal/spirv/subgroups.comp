#version 450
// Sums, maxima and an exchange over subgroups of 32.
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require
layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
void main() {
  uint i = gl_GlobalInvocationID.x;
  float sum = subgroupAdd(x[i]), best = subgroupMax(x[i]);
  y[i] = subgroupShuffle(x[i], 31u - gl_SubgroupInvocationID) + 1000.0 * best + sum;
}
