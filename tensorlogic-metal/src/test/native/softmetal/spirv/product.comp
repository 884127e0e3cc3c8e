#version 450
// A matrix product by tiles, in halves with a float sum: arrays of arrays, a struct of numbers, loops to a bound.
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_shader_16bit_storage : require
layout(local_size_x = 8, local_size_y = 8) in;
layout(std430, binding = 0) readonly buffer Sizes { uint m, n, k; };
layout(std430, binding = 1) readonly buffer A { float16_t a[]; };
layout(std430, binding = 2) readonly buffer B { float16_t b[]; };
layout(std430, binding = 3) writeonly buffer C { float c[]; };
shared float16_t left[8][8];
shared float16_t right[8][8];
void main() {
  uvec2 at = gl_GlobalInvocationID.xy, here = gl_LocalInvocationID.xy;
  float sum = 0.0;
  for (uint deep = 0u; deep < k; deep += 8u) {
    bool inside = at.y < m && deep + here.x < k;
    left[here.y][here.x] = inside ? a[at.y * k + deep + here.x] : float16_t(0.0);
    inside = deep + here.y < k && at.x < n;
    right[here.y][here.x] = inside ? b[(deep + here.y) * n + at.x] : float16_t(0.0);
    barrier();
    for (uint i = 0u; i < 8u; i++) sum = fma(float(left[here.y][i]), float(right[i][here.x]), sum);
    barrier();
  }
  if (at.y < m && at.x < n) c[at.y * n + at.x] = sum;
}
