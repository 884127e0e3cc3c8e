// MSL that spirv-cross made of the shaders in spirv/ runs as they say: the shim agrees with a compiler that is not
// ours. The folder of the .metal files is the argument.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "Metal/Metal.hpp"

namespace {

int failures = 0;

struct Bytes : std::vector<unsigned char> {
  template <class T>
  static Bytes of(const std::vector<T>& values) {
    Bytes bytes;
    bytes.resize(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  template <class T>
  std::vector<T> as() const {
    std::vector<T> values(size() / sizeof(T));
    std::memcpy(values.data(), data(), size());
    return values;
  }
};

// Runs the kernel of a file over buffers, the last of which is what it writes, and compares that.
void check(const std::string& folder, const std::string& name, std::vector<Bytes> data, MTL::Size groups,
           MTL::Size threads, const std::vector<float>& expected) {
  auto* pool = NS::AutoreleasePool::alloc()->init();
  std::ifstream file(folder + "/" + name + ".metal");
  std::stringstream source;
  source << file.rdbuf();
  MTL::Device* device = MTL::CreateSystemDefaultDevice();
  NS::Error* error = nullptr;
  MTL::Library* library =
      device->newLibrary(NS::String::string(source.str().c_str(), NS::UTF8StringEncoding), nullptr, &error);
  if (library == nullptr) {
    failures++;
    std::printf("FAILED: %s does not compile: %s\n", name.c_str(), error->localizedDescription()->utf8String());
    return;
  }
  MTL::Function* kernel = library->newFunction(NS::String::string("main0", NS::UTF8StringEncoding));
  MTL::ComputePipelineState* pipeline = device->newComputePipelineState(kernel, &error);
  MTL::CommandQueue* queue = device->newCommandQueue();
  MTL::CommandBuffer* commands = queue->commandBuffer();
  MTL::ComputeCommandEncoder* encoder = commands->computeCommandEncoder();
  encoder->setComputePipelineState(pipeline);
  MTL::Buffer* last = nullptr;
  for (size_t i = 0; i < data.size(); i++) {
    last = device->newBuffer(data[i].data(), data[i].size(), MTL::ResourceStorageModeShared);
    encoder->setBuffer(last, 0, i);
  }
  encoder->dispatchThreadgroups(groups, threads);
  encoder->endEncoding();
  commands->commit();
  commands->waitUntilCompleted();
  bool same = commands->status() == MTL::CommandBufferStatusCompleted;
  if (!same) std::printf("%s: %s\n", name.c_str(), commands->error()->localizedDescription()->utf8String());
  const float* actual = static_cast<const float*>(last->contents());
  for (size_t i = 0; same && i < expected.size(); i++) {
    same = std::fabs(actual[i] - expected[i]) <= 1e-5f * std::max(1.0f, std::fabs(expected[i]));
    if (!same) std::printf("%s: element %zu is %g, expected %g\n", name.c_str(), i, actual[i], expected[i]);
  }
  if (!same) {
    failures++;
    std::printf("FAILED: %s\n", name.c_str());
  }
  pool->release();
}

std::vector<float> numbers(size_t n) {
  std::vector<float> values(n);
  for (size_t i = 0; i < n; i++) values[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 16.0f;
  return values;
}

void reduce(const std::string& folder) {
  std::vector<float> x = numbers(192), expected(3);
  for (size_t i = 0; i < x.size(); i++) expected[i / 64] += x[i];
  check(folder, "reduce", {Bytes::of(x), Bytes::of(std::vector<float>(3))}, MTL::Size(3, 1, 1), MTL::Size(64, 1, 1),
        expected);
}

void product(const std::string& folder) {
  const size_t m = 11, n = 13, k = 21;
  std::vector<float> a = numbers(m * k), b = numbers(k * n), expected(m * n);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      for (size_t d = 0; d < k; d++) expected[i * n + j] += a[i * k + d] * b[d * n + j];
  auto halves = [](const std::vector<float>& values) { return std::vector<_Float16>(values.begin(), values.end()); };
  check(folder, "product",
        {Bytes::of(std::vector<unsigned>{m, n, k}), Bytes::of(halves(a)), Bytes::of(halves(b)),
         Bytes::of(std::vector<float>(m * n))},
        MTL::Size(2, 2, 1), MTL::Size(8, 8, 1), expected);
}

void subgroups(const std::string& folder) {
  std::vector<float> x = numbers(128), expected(128);
  for (size_t i = 0; i < x.size(); i++) {
    const size_t first = i / 32 * 32;
    float sum = 0.0f, best = x[first];
    for (size_t j = first; j < first + 32; j++) {
      sum += x[j];
      best = std::max(best, x[j]);
    }
    expected[i] = x[first + 31 - i % 32] + 1000.0f * best + sum;
  }
  check(folder, "subgroups", {Bytes::of(x), Bytes::of(std::vector<float>(128))}, MTL::Size(2, 1, 1),
        MTL::Size(64, 1, 1), expected);
}

void bits(const std::string& folder) {
  std::vector<float> x = numbers(64), expected(64);
  x[50] = 0.75f;  // 0 has no exponent
  for (size_t i = 0; i < x.size(); i++) {
    const float v = x[i];
    const int exponent = v == 0.0f ? -127 : std::ilogb(v);
    expected[i] = std::floor(v) + 1 + 2 * (std::fabs(v) + 1) + 4 * (std::sqrt(std::fabs(v)) + 1) +
                  8 * (std::nearbyint(v) + 1) + static_cast<float>(exponent) +
                  static_cast<float>(i * 3 + (i >> 2) - (i & 3)) + std::ldexp(1.0f, -exponent) +
                  std::min(1.0f, std::max(-1.0f, v)) + 2.0f;
  }
  check(folder, "bits", {Bytes::of(x), Bytes::of(std::vector<float>(64))}, MTL::Size(2, 1, 1), MTL::Size(32, 1, 1),
        expected);
}

}  // namespace

int main(int, char** arguments) {
  reduce(arguments[1]);
  product(arguments[1]);
  subgroups(arguments[1]);
  bits(arguments[1]);
  std::printf(failures == 0 ? "spirv-cross: all shaders run as they say\n" : "spirv-cross: %d shaders fail\n", failures);
  return failures != 0;
}
