#version 450
// Integers, bits of floats, vectors, and what is rounded.
layout(local_size_x = 32) in;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
void main() {
  uint i = gl_GlobalInvocationID.x;
  float v = x[i];
  int exponent = (floatBitsToInt(v) >> 23 & 255) - 127;
  vec4 parts = vec4(floor(v), abs(v), sqrt(abs(v)), roundEven(v));
  parts += vec4(1.0);
  uvec3 words = uvec3(i, i >> 2, i & 3u);
  y[i] = parts.x + 2.0 * parts.y + 4.0 * parts.z + 8.0 * parts.w + float(exponent) +
         float(words.x * 3u + words.y - words.z) + ldexp(1.0, -exponent) + clamp(v, -1.0, 1.0) +
         uintBitsToFloat(0x40000000u);
}
