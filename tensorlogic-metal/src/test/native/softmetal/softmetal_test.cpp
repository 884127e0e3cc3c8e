// The software device on its own: results, and that it notices what a GPU would get wrong.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "Metal/Metal.hpp"
#include "softmetal_control.h"

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
  if (!holds) {
    failures++;
    std::printf("FAILED: %s\n", what);
  }
}

struct Run {
  MTL::Device* device = MTL::CreateSystemDefaultDevice();
  MTL::CommandQueue* queue = device->newCommandQueue();
  std::string error;

  ~Run() {
    queue->release();
    device->release();
  }

  // Compiles and runs one kernel over float buffers; the error, or nothing.
  std::string operator()(const std::string& source, const char* name, std::vector<std::vector<float>*> data,
                         MTL::Size groups, MTL::Size size) {
    auto* pool = NS::AutoreleasePool::alloc()->init();
    std::string result = run(source, name, data, groups, size);
    pool->release();
    return result;
  }

 private:
  std::string run(const std::string& source, const char* name, std::vector<std::vector<float>*>& data, MTL::Size groups,
                  MTL::Size size) {
    NS::Error* error = nullptr;
    MTL::Library* library =
        device->newLibrary(NS::String::string(source.c_str(), NS::UTF8StringEncoding), nullptr, &error);
    if (library == nullptr) return error->localizedDescription()->utf8String();
    MTL::Function* function = library->newFunction(NS::String::string(name, NS::UTF8StringEncoding));
    MTL::ComputePipelineState* state = device->newComputePipelineState(function, &error);
    MTL::CommandBuffer* commands = queue->commandBuffer();
    MTL::ComputeCommandEncoder* encoder = commands->computeCommandEncoder();
    encoder->setComputePipelineState(state);
    std::vector<MTL::Buffer*> buffers;
    for (size_t i = 0; i < data.size(); i++) {
      buffers.push_back(device->newBuffer(data[i]->data(), data[i]->size() * 4, MTL::ResourceStorageModeShared));
      encoder->setBuffer(buffers[i], 0, i);
    }
    encoder->dispatchThreadgroups(groups, size);
    encoder->endEncoding();
    commands->commit();
    commands->waitUntilCompleted();
    std::string result = commands->status() == MTL::CommandBufferStatusCompleted
                             ? ""
                             : commands->error()->localizedDescription()->utf8String();
    for (size_t i = 0; i < data.size(); i++) {
      std::memcpy(data[i]->data(), buffers[i]->contents(), data[i]->size() * 4);
      buffers[i]->release();
    }
    state->release();
    function->release();
    library->release();
    return result;
  }
};

const std::string kHead = "#include <metal_stdlib>\nusing namespace metal;\n";

const std::string kReverse = kHead + R"(
kernel void reverse(device const float* x [[buffer(0)]], device float* y [[buffer(1)]],
                    uint i [[thread_index_in_threadgroup]], uint g [[threadgroup_position_in_grid]]) {
  threadgroup float tile[64];
  tile[i] = x[g * 64 + i];
  BARRIER
  y[g * 64 + i] = tile[63 - i];
}
)";

std::string with(std::string text, const std::string& mark, const std::string& replacement) {
  return text.replace(text.find(mark), mark.size(), replacement);
}

void barriers() {
  Run run;
  std::vector<float> x(256), y(256);
  for (size_t i = 0; i < x.size(); i++) x[i] = static_cast<float>(i);
  auto right = [&] {
    bool same = true;
    for (size_t i = 0; i < 256; i++) same &= y[i] == x[i / 64 * 64 + 63 - i % 64];
    return same;
  };
  std::string error = run(with(kReverse, "BARRIER", "threadgroup_barrier(mem_flags::mem_threadgroup);"), "reverse",
                          {&x, &y}, MTL::Size(4, 1, 1), MTL::Size(64, 1, 1));
  expect(error.empty() && right(), ("a barrier orders threads: " + error).c_str());
  run(with(kReverse, "BARRIER", ""), "reverse", {&x, &y}, MTL::Size(4, 1, 1), MTL::Size(64, 1, 1));
  expect(!right(), "without the barrier the result is wrong");
  error = run(with(kReverse, "BARRIER", "if (i < 32) threadgroup_barrier(mem_flags::mem_threadgroup);"), "reverse",
              {&x, &y}, MTL::Size(1, 1, 1), MTL::Size(64, 1, 1));
  expect(error.find("a thread left while others wait") != std::string::npos, "a divergent barrier is an error");
  error = run(with(with(kReverse, "BARRIER", ""), "tile[i] =", "(&tile[0])[i + 1] ="), "reverse", {&x, &y},
              MTL::Size(1, 1, 1), MTL::Size(64, 1, 1));
  expect(error.find("outside threadgroup memory") != std::string::npos, "threadgroup memory is fenced");
  error = run(with(with(kReverse, "BARRIER", "threadgroup_barrier(mem_flags::mem_threadgroup);"), "y[g * 64 + i]",
                   "(y - 1)[g * 64 + i]"),
              "reverse", {&x, &y}, MTL::Size(4, 1, 1), MTL::Size(64, 1, 1));
  expect(error.find("a write outside a buffer") != std::string::npos, "buffers are fenced");
}

void simdgroups() {
  Run run;
  std::vector<float> x(64), y(64);
  for (size_t i = 0; i < x.size(); i++) x[i] = static_cast<float>(i);
  const std::string source = kHead + R"(
kernel void total(device const float* x [[buffer(0)]], device float* y [[buffer(1)]],
                  uint i [[thread_index_in_threadgroup]], uint lane [[thread_index_in_simdgroup]]) {
  float sum = simd_sum(x[i]);
  float best = simd_max(x[i]);
  y[i] = lane == 0 ? sum : lane == 1 ? best : simd_broadcast;
}
)";
  std::string error = run(with(source, "simd_broadcast", "0.0f"), "total", {&x, &y}, MTL::Size(1, 1, 1),
                          MTL::Size(64, 1, 1));
  expect(error.empty() && y[0] == 496 && y[1] == 31 && y[32] == 1520 && y[33] == 63, ("simd functions: " + error).c_str());
  error = run(with(source, "lane == 1 ? best : simd_broadcast", "simd_sum(x[i])"), "total", {&x, &y}, MTL::Size(1, 1, 1),
              MTL::Size(64, 1, 1));
  expect(error.find("not all lanes reach") != std::string::npos, "a divergent simdgroup function is an error");
}

void errors() {
  Run run;
  std::vector<float> x(4);
  auto compile = [&](const std::string& text) { return run(kHead + text, "k", {&x}, MTL::Size(1, 1, 1), MTL::Size(1, 1, 1)); };
  expect(compile("kernel void k(device float* x [[buffer(0)]]) { x[0] = y; }").find(".metal:3") != std::string::npos,
         "a compile error names the line");
  expect(compile("kernel void k(device float* x [[buffer(0)]]) { threadgroup float* p = x; p[0] = 1.0f; }")
                 .find("address space") != std::string::npos,
         "address spaces do not mix");
  expect(compile("kernel void k(device float* x [[buffer(0)]]) { x[0] = x[1] * 2.0; }").find("double") != std::string::npos,
         "doubles are refused");
  expect(compile("kernel void k(device float* x [[buffer(0)]]) { if (int i = 1; i) x[0] = 1.0f; }").find("C++17") !=
             std::string::npos,
         "C++17 is refused");
}

// What a kernel must not do ends its command, and nothing else.
// Sums of simdgroups, twice through the same memory: without the barrier between, one simdgroup overtakes another.
void simdgroups_run_ahead() {
  Run run;
  auto sums = [&](const std::string& barrier) {
    std::vector<float> x(64);
    const std::string error = run(kHead + R"(
kernel void twice(device float* x [[buffer(0)]], uint i [[thread_index_in_threadgroup]],
                  uint lane [[thread_index_in_simdgroup]], uint simdgroup [[simdgroup_index_in_threadgroup]]) {
  threadgroup float parts[2];
  float value = 1.0f;
  for (int round = 0; round < 2; round++) {
    const float part = simd_sum(value);
    if (lane == 0) parts[simdgroup] = part;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    value = parts[0] + parts[1];
    )" + barrier + R"(
  }
  x[i] = value;
}
)", "twice", {&x}, MTL::Size(1, 1, 1), MTL::Size(64, 1, 1));
    return error.empty() && std::count(x.begin(), x.end(), 64.0f * 64.0f) == 64;
  };
  expect(sums("threadgroup_barrier(mem_flags::mem_threadgroup);"), "simdgroups wait for each other");
  expect(!sums(""), "a simdgroup overtakes another where no barrier is");
}

void crashes() {
  Run run;
  std::vector<float> x(4), y(4);
  softmetal_set_time_limit(200);
  auto error = [&](const std::string& text) {
    return run(kHead + "kernel void k(device float* x [[buffer(0)]], device float* y [[buffer(1)]]) {" + text + "}", "k",
               {&x, &y}, MTL::Size(1, 1, 1), MTL::Size(1, 1, 1));
  };
  expect(error("x[0] = y[1 << 23];").find("k: an access to foreign memory") == 0, "memory far from a buffer is no memory");
  expect(error("x[0] = y[4];").find("k: an access to foreign memory") == 0, "behind a buffer is no memory");
  expect(error("float z[4]; int n = 4 + static_cast<int>(x[0]); for (int i = 0; i <= n; i++) z[i] = y[0]; x[1] = z[3];")
                 .find("k: an index outside an array") == 0,
         "arrays have bounds");
  expect(error("x[0] = *reinterpret_cast<device float*>(reinterpret_cast<device uchar*>(y) + 2);").find("not aligned") !=
             std::string::npos,
         "addresses are aligned");
  expect(error("x[0] = static_cast<float>(5 / static_cast<int>(y[0]));").find("division by zero") != std::string::npos,
         "integers are not divided by zero");
  expect(error("while (x[0] == 0.0f) y[0] += 1.0f;").find("it runs for too long") != std::string::npos,
         "a kernel that does not end is ended");
  expect(error("x[2] = 7.0f;").empty() && x[2] == 7.0f, "the device goes on after errors");
  softmetal_set_time_limit(60000);
}

void orders() {
  Run run;
  std::vector<float> x(32);
  const std::string source = kHead + R"(
kernel void first(device float* x [[buffer(0)]], uint i [[thread_index_in_threadgroup]]) { x[0] = static_cast<float>(i); }
)";
  run(source, "first", {&x}, MTL::Size(1, 1, 1), MTL::Size(32, 1, 1));
  expect(x[0] == 31, "threads run in forward order");
  softmetal_set_order(1);
  run(source, "first", {&x}, MTL::Size(1, 1, 1), MTL::Size(32, 1, 1));
  expect(x[0] == 0, "threads run in reverse order");
  softmetal_set_order(0);
}

void mutants() {
  Run run;
  std::vector<float> x(32);
  auto error = [&](const std::string& body) {
    return run(kHead + "extern \"C\" int softmetal_mutant;\nkernel void mutant(device float* x [[buffer(0)]]) { " + body + " }\n",
               "mutant", {&x}, MTL::Size(1, 1, 1), MTL::Size(1, 1, 1));
  };
  softmetal_set_mutant(1);
  expect(error("x[0] = static_cast<float>(softmetal_mutant); softmetal_mutant = 7;").empty() && x[0] == 1.0f,
         "a mutant's command computes");
  expect(error("x[1] = static_cast<float>(softmetal_mutant);").empty() && x[1] == 1.0f,
         "what it writes elsewhere is lost with its process");
  expect(error("x[1 << 24] = 1.0f;").find("foreign memory") != std::string::npos, "a mutant's error is told");
  expect(error("x[2] = 1.0f;") == "an earlier command of the mutant failed", "a mutant fails once and for all");
  softmetal_set_mutant(2);
  expect(error("x[2] = static_cast<float>(softmetal_mutant);").empty() && x[2] == 2.0f, "the next mutant begins anew");
  softmetal_set_mutant(0);
}

}  // namespace

int main() {
  barriers();
  simdgroups();
  errors();
  simdgroups_run_ahead();
  crashes();
  orders();
  mutants();
  expect(softmetal_live_objects() == 0, "no Metal object is left");
  std::printf(failures == 0 ? "software Metal: all tests passed\n" : "software Metal: %d tests failed\n", failures);
  return failures != 0;
}
