// What Java asks of Metal beside metal-cpp's own methods: several of them in one call.
#pragma once

#include <dispatch/dispatch.h>

#include <cstdint>
#include <cstring>

#include "Foundation/Foundation.hpp"
#include "Metal/Metal.hpp"

namespace tl_metal {

// A compute command in one call: arguments are pairs of buffer and byte offset from index 1 on, parameters are
// copied to index 0. Addresses are those that JavaCPP keeps.
inline void dispatch(MTL::ComputeCommandEncoder* encoder, const MTL::ComputePipelineState* pipeline,
                     int64_t arguments, int count, int64_t parameters, int64_t parameter_bytes, int64_t groups_x,
                     int64_t groups_y, int64_t groups_z, int64_t threads_x, int64_t threads_y) {
  encoder->setComputePipelineState(pipeline);
  encoder->setBytes(reinterpret_cast<const void*>(parameters), static_cast<NS::UInteger>(parameter_bytes), 0);
  const int64_t* pairs = reinterpret_cast<const int64_t*>(arguments);
  for (int i = 0; i < count; i++)
    encoder->setBuffer(reinterpret_cast<const MTL::Buffer*>(pairs[2 * i]), static_cast<NS::UInteger>(pairs[2 * i + 1]),
                       static_cast<NS::UInteger>(i + 1));
  encoder->dispatchThreadgroups(
      MTL::Size(static_cast<NS::UInteger>(groups_x), static_cast<NS::UInteger>(groups_y), static_cast<NS::UInteger>(groups_z)),
      MTL::Size(static_cast<NS::UInteger>(threads_x), static_cast<NS::UInteger>(threads_y), 1));
}

// A buffer over pages that are already in memory, or null where Metal refuses them.
inline MTL::Buffer* new_buffer_no_copy(MTL::Device* device, int64_t address, int64_t bytes) {
  return device->newBuffer(reinterpret_cast<const void*>(address), static_cast<NS::UInteger>(bytes),
                           MTL::ResourceStorageModeShared, nullptr);
}

// A new buffer with the bytes at an address.
inline MTL::Buffer* new_buffer_copy(MTL::Device* device, int64_t address, int64_t bytes) {
  return device->newBuffer(reinterpret_cast<const void*>(address), static_cast<NS::UInteger>(bytes),
                           MTL::ResourceStorageModeShared);
}

// The library that bytes of a .metallib hold, or null.
inline MTL::Library* new_library(MTL::Device* device, int64_t address, int64_t bytes) {
  dispatch_data_t data = dispatch_data_create(reinterpret_cast<const void*>(address), static_cast<size_t>(bytes), nullptr,
                                              DISPATCH_DATA_DESTRUCTOR_DEFAULT);
  NS::Error* error = nullptr;
  MTL::Library* library = device->newLibrary(data, &error);
  dispatch_release(data);
  return library;
}

// The pipeline of a kernel, or null.
inline MTL::ComputePipelineState* new_pipeline(MTL::Device* device, const MTL::Function* kernel) {
  NS::Error* error = nullptr;
  return device->newComputePipelineState(kernel, &error);
}

inline int64_t contents(MTL::Buffer* buffer) { return reinterpret_cast<int64_t>(buffer->contents()); }

// Compiles with exact arithmetic: no fast math. The error's text, or empty.
class Compilation {
 public:
  Compilation(MTL::Device* device, const char* source) {
    NS::Error* error = nullptr;
    MTL::CompileOptions* options = MTL::CompileOptions::alloc()->init();
    options->setFastMathEnabled(false);
    library_ = device->newLibrary(NS::String::string(source, NS::UTF8StringEncoding), options, &error);
    options->release();
    if (library_ == nullptr && error != nullptr) copy(error->localizedDescription()->utf8String());
  }
  // The library, the caller's from now on, or null.
  MTL::Library* library() const { return library_; }
  const char* message() const { return message_; }

 private:
  void copy(const char* text) {
    std::strncpy(message_, text, sizeof message_ - 1);
  }
  MTL::Library* library_ = nullptr;
  char message_[4096] = "";
};

}  // namespace tl_metal
