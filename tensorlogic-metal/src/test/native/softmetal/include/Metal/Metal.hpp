// The part of Apple's metal-cpp (Metal) that TensorLogic uses; see Foundation.hpp.
#pragma once

#include <dispatch/dispatch.h>

#include "Foundation/Foundation.hpp"

namespace MTL {

class Buffer;
class CommandBuffer;
class CommandEncoder;
class CommandQueue;
class CompileOptions;
class ComputeCommandEncoder;
class ComputePipelineState;
class Event;
class Function;
class Library;
class SharedEvent;

struct Size {
  Size() = default;
  Size(NS::UInteger width, NS::UInteger height, NS::UInteger depth)
      : width(width), height(height), depth(depth) {}
  NS::UInteger width;
  NS::UInteger height;
  NS::UInteger depth;
};

_NS_OPTIONS(NS::UInteger, ResourceOptions){
    ResourceStorageModeShared = 0,
    ResourceHazardTrackingModeUntracked = 1 << 8,
};

_NS_ENUM(NS::UInteger, CommandBufferStatus){
    CommandBufferStatusNotEnqueued = 0,
    CommandBufferStatusEnqueued = 1,
    CommandBufferStatusCommitted = 2,
    CommandBufferStatusScheduled = 3,
    CommandBufferStatusCompleted = 4,
    CommandBufferStatusError = 5,
};

class Device : public NS::Object {
 public:
  NS::String* name() const;
  bool hasUnifiedMemory() const;
  uint64_t recommendedMaxWorkingSetSize() const;
  NS::UInteger currentAllocatedSize() const;
  NS::UInteger maxBufferLength() const;
  CommandQueue* newCommandQueue();
  Buffer* newBuffer(NS::UInteger length, ResourceOptions options);
  Buffer* newBuffer(const void* pointer, NS::UInteger length, ResourceOptions options);
  // Apple's last parameter is a block; a null of any kind compiles against both.
  Buffer* newBuffer(const void* pointer, NS::UInteger length, ResourceOptions options, std::nullptr_t deallocator);
  Library* newLibrary(dispatch_data_t data, NS::Error** error);
  Library* newLibrary(const NS::String* source, const CompileOptions* options, NS::Error** error);
  ComputePipelineState* newComputePipelineState(const Function* computeFunction, NS::Error** error);
  SharedEvent* newSharedEvent();
};

Device* CreateSystemDefaultDevice();

class CommandQueue : public NS::Object {
 public:
  CommandBuffer* commandBuffer();
};

class CommandBuffer : public NS::Object {
 public:
  ComputeCommandEncoder* computeCommandEncoder();
  void encodeSignalEvent(const Event* event, uint64_t value);
  void commit();
  void waitUntilCompleted();
  CommandBufferStatus status() const;
  NS::Error* error() const;
};

class CommandEncoder : public NS::Object {
 public:
  void endEncoding();
};

class ComputeCommandEncoder : public CommandEncoder {
 public:
  void setComputePipelineState(const ComputePipelineState* state);
  void setBuffer(const Buffer* buffer, NS::UInteger offset, NS::UInteger index);
  void setBytes(const void* bytes, NS::UInteger length, NS::UInteger index);
  void dispatchThreadgroups(Size threadgroupsPerGrid, Size threadsPerThreadgroup);
};

class Buffer : public NS::Object {
 public:
  void* contents();
  NS::UInteger length() const;
};

class CompileOptions : public NS::Object {
 public:
  static CompileOptions* alloc();
  CompileOptions* init();
  void setFastMathEnabled(bool fastMathEnabled);
};

class Library : public NS::Object {
 public:
  Function* newFunction(const NS::String* functionName);
};

class Function : public NS::Object {
 public:
  NS::String* name() const;
};

class ComputePipelineState : public NS::Object {
 public:
  NS::UInteger maxTotalThreadsPerThreadgroup() const;
  NS::UInteger threadExecutionWidth() const;
};

class Event : public NS::Object {};

class SharedEvent : public Event {
 public:
  uint64_t signaledValue() const;
};

}  // namespace MTL
