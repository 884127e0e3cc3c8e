// What the presets take from metal-cpp, word for word: this must compile against Apple's headers and against the
// subset in softmetal/include alike, so that what is generated and tested with the one holds for the other.
#include <type_traits>
#include <utility>

#include "Foundation/Foundation.hpp"
#include "Metal/Metal.hpp"
#include "tensorlogic_metal.h"

namespace {

// CALL(object, method(arguments), result): an object has such a method, and it returns that.
#define CALL(OBJECT, EXPRESSION, ...)                                                          \
  static_assert(std::is_same<decltype(std::declval<OBJECT>().EXPRESSION), __VA_ARGS__>::value, \
                #OBJECT " " #EXPRESSION)
#define IS(EXPRESSION, ...) static_assert(std::is_same<decltype(EXPRESSION), __VA_ARGS__>::value, #EXPRESSION)
#define VALUE(CONSTANT, NUMBER) static_assert(static_cast<unsigned long>(CONSTANT) == (NUMBER), #CONSTANT)

template <class T>
T arg();

// numbers
static_assert(sizeof(NS::UInteger) == 8 && std::is_unsigned<NS::UInteger>::value, "NS::UInteger");
static_assert(sizeof(NS::Integer) == 8 && std::is_signed<NS::Integer>::value, "NS::Integer");
static_assert(sizeof(MTL::Size) == 24 && std::is_trivially_copyable<MTL::Size>::value, "MTL::Size");
static_assert(sizeof(MTL::ResourceOptions) == 8 && sizeof(MTL::CommandBufferStatus) == 8, "sizes of enums");
IS(MTL::Size::width, NS::UInteger);
IS(MTL::Size::height, NS::UInteger);
IS(MTL::Size::depth, NS::UInteger);
VALUE(NS::UTF8StringEncoding, 4);
VALUE(MTL::ResourceStorageModeShared, 0);
VALUE(MTL::ResourceHazardTrackingModeUntracked, 1 << 8);
VALUE(MTL::CommandBufferStatusNotEnqueued, 0);
VALUE(MTL::CommandBufferStatusEnqueued, 1);
VALUE(MTL::CommandBufferStatusCommitted, 2);
VALUE(MTL::CommandBufferStatusScheduled, 3);
VALUE(MTL::CommandBufferStatusCompleted, 4);
VALUE(MTL::CommandBufferStatusError, 5);

// objects: they are only ever pointed to, and one pointer converts to its base without being moved
static_assert(std::is_base_of<NS::Object, MTL::Device>::value && std::is_base_of<NS::Object, NS::String>::value, "");
static_assert(std::is_base_of<NS::Object, MTL::Buffer>::value && std::is_base_of<NS::Object, NS::Error>::value, "");
static_assert(std::is_base_of<MTL::CommandEncoder, MTL::ComputeCommandEncoder>::value, "");
static_assert(std::is_base_of<NS::Object, MTL::CommandEncoder>::value, "");
static_assert(std::is_base_of<NS::Object, MTL::ComputePipelineState>::value, "");
static_assert(std::is_base_of<MTL::Event, MTL::SharedEvent>::value, "");
static_assert(std::is_base_of<NS::Object, MTL::Event>::value, "");
CALL(NS::Object&, retainCount(), NS::UInteger);
CALL(NS::Object&, release(), void);
static_assert(std::is_convertible<decltype(arg<MTL::Buffer&>().retain()), NS::Object*>::value, "retain");
CALL(MTL::CommandBuffer&, release(), void);

// Foundation
IS(NS::String::string(arg<const char*>(), arg<NS::StringEncoding>()), NS::String*);
CALL(const NS::String&, utf8String(), const char*);
CALL(const NS::Error&, code(), NS::Integer);
CALL(const NS::Error&, localizedDescription(), NS::String*);
IS(NS::AutoreleasePool::alloc(), NS::AutoreleasePool*);
CALL(NS::AutoreleasePool&, init(), NS::AutoreleasePool*);
CALL(NS::AutoreleasePool&, drain(), void);

// Metal
IS(MTL::CreateSystemDefaultDevice(), MTL::Device*);
CALL(const MTL::Device&, name(), NS::String*);
CALL(const MTL::Device&, hasUnifiedMemory(), bool);
CALL(const MTL::Device&, recommendedMaxWorkingSetSize(), uint64_t);
CALL(const MTL::Device&, currentAllocatedSize(), NS::UInteger);
CALL(const MTL::Device&, maxBufferLength(), NS::UInteger);
CALL(MTL::Device&, newCommandQueue(), MTL::CommandQueue*);
CALL(MTL::Device&, newBuffer(arg<NS::UInteger>(), arg<MTL::ResourceOptions>()), MTL::Buffer*);
CALL(MTL::Device&, newBuffer(arg<const void*>(), arg<NS::UInteger>(), arg<MTL::ResourceOptions>()), MTL::Buffer*);
CALL(MTL::Device&, newBuffer(arg<const void*>(), arg<NS::UInteger>(), arg<MTL::ResourceOptions>(), nullptr),
     MTL::Buffer*);
CALL(MTL::Device&, newLibrary(arg<const NS::String*>(), arg<const MTL::CompileOptions*>(), arg<NS::Error**>()),
     MTL::Library*);
CALL(MTL::Device&, newLibrary(arg<dispatch_data_t>(), arg<NS::Error**>()), MTL::Library*);
CALL(MTL::Device&, newComputePipelineState(arg<const MTL::Function*>(), arg<NS::Error**>()),
     MTL::ComputePipelineState*);
CALL(MTL::Device&, newSharedEvent(), MTL::SharedEvent*);
CALL(MTL::CommandQueue&, commandBuffer(), MTL::CommandBuffer*);
CALL(MTL::CommandBuffer&, computeCommandEncoder(), MTL::ComputeCommandEncoder*);
CALL(MTL::CommandBuffer&, encodeSignalEvent(arg<const MTL::Event*>(), arg<uint64_t>()), void);
CALL(MTL::CommandBuffer&, commit(), void);
CALL(MTL::CommandBuffer&, waitUntilCompleted(), void);
CALL(const MTL::CommandBuffer&, status(), MTL::CommandBufferStatus);
CALL(const MTL::CommandBuffer&, error(), NS::Error*);
CALL(MTL::ComputeCommandEncoder&, setComputePipelineState(arg<const MTL::ComputePipelineState*>()), void);
CALL(MTL::ComputeCommandEncoder&, setBuffer(arg<const MTL::Buffer*>(), arg<NS::UInteger>(), arg<NS::UInteger>()),
     void);
CALL(MTL::ComputeCommandEncoder&, setBytes(arg<const void*>(), arg<NS::UInteger>(), arg<NS::UInteger>()), void);
CALL(MTL::ComputeCommandEncoder&, dispatchThreadgroups(arg<MTL::Size>(), arg<MTL::Size>()), void);
CALL(MTL::CommandEncoder&, endEncoding(), void);
CALL(MTL::Buffer&, contents(), void*);
CALL(const MTL::Buffer&, length(), NS::UInteger);
IS(MTL::CompileOptions::alloc(), MTL::CompileOptions*);
CALL(MTL::CompileOptions&, init(), MTL::CompileOptions*);
CALL(MTL::CompileOptions&, setFastMathEnabled(arg<bool>()), void);
CALL(MTL::Library&, newFunction(arg<const NS::String*>()), MTL::Function*);
CALL(const MTL::Function&, name(), NS::String*);
CALL(const MTL::ComputePipelineState&, maxTotalThreadsPerThreadgroup(), NS::UInteger);
CALL(const MTL::ComputePipelineState&, threadExecutionWidth(), NS::UInteger);
CALL(const MTL::SharedEvent&, signaledValue(), uint64_t);

}  // namespace
