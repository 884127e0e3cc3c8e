// The classes of metal-cpp over the scheduler. Command buffers complete asynchronously, on a thread of their queue,
// in order. Buffers are fenced: what lies before reads as NaN, a write there is an error, and behind a buffer, but for
// the 3 bytes that its alignment may ask for, and far before it no memory is.
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "Metal/Metal.hpp"
#include "softmetal.h"
#include "softmetal_control.h"

namespace {

std::atomic<long> live{0};
std::atomic<unsigned long> allocated{0};
std::atomic<int> mutant_failed{0};

constexpr size_t kFence = 4096;
constexpr size_t kNothing = size_t{64} << 20;
constexpr int kPatience = 300000;  // milliseconds
constexpr unsigned char kPoison = 0xFF;

}  // namespace

extern "C" {
long softmetal_live_objects() { return live.load(); }

int softmetal_mutant = 0;
unsigned char softmetal_sites[softmetal_most_sites];
void softmetal_set_mutant(int site) {
  softmetal_mutant = site;
  mutant_failed = 0;
}
int softmetal_take_site(int site) {
  const int was = softmetal_sites[site];
  softmetal_sites[site] = 0;
  return was;
}
}

struct dispatch_data_s {
  std::string bytes;
};
extern "C" dispatch_data_t dispatch_data_create(const void* buffer, size_t size, dispatch_queue_t, void*) {
  live++;
  return new dispatch_data_s{std::string(static_cast<const char*>(buffer), size)};
}
extern "C" void dispatch_release(dispatch_data_t data) {
  live--;
  delete data;
}

namespace NS {

Object::Object() { live++; }
Object::~Object() { live--; }
Object* Object::retain() {
  __atomic_add_fetch(&references_, 1, __ATOMIC_SEQ_CST);
  return this;
}
void Object::release() {
  if (__atomic_sub_fetch(&references_, 1, __ATOMIC_SEQ_CST) == 0) delete this;
}
UInteger Object::retainCount() const { return __atomic_load_n(&references_, __ATOMIC_SEQ_CST); }

namespace {
thread_local std::deque<Object*>* pool = nullptr;

template <class T>
T* autoreleased(T* object) {
  if (pool == nullptr) {
    std::fprintf(stderr, "softmetal: an object is autoreleased without a pool and leaks\n");
  } else {
    pool->push_back(object);
  }
  return object;
}

class PoolImplementation : public AutoreleasePool {
 public:
  PoolImplementation() : outer_(pool) { pool = &objects_; }
  ~PoolImplementation() override {
    for (Object* object : objects_) object->release();
    pool = outer_;
  }

 private:
  std::deque<Object*> objects_;
  std::deque<Object*>* outer_;
};

class StringImplementation : public String {
 public:
  explicit StringImplementation(std::string text) : text(std::move(text)) {}
  std::string text;
};

class ErrorImplementation : public Error {
 public:
  explicit ErrorImplementation(std::string text) : text(new StringImplementation(std::move(text))) {}
  ~ErrorImplementation() override { text->release(); }
  StringImplementation* text;
};

Error* error(const std::string& text) { return autoreleased(new ErrorImplementation(text)); }
}  // namespace

AutoreleasePool* AutoreleasePool::alloc() { return new PoolImplementation(); }
AutoreleasePool* AutoreleasePool::init() { return this; }
void AutoreleasePool::drain() { release(); }
String* String::string(const char* text, StringEncoding) { return autoreleased(new StringImplementation(text)); }
const char* String::utf8String() const { return static_cast<const StringImplementation*>(this)->text.c_str(); }
Integer Error::code() const { return 1; }
String* Error::localizedDescription() const { return static_cast<const ErrorImplementation*>(this)->text; }

}  // namespace NS

namespace MTL {
namespace {

class DeviceImplementation : public Device {};

class BufferImplementation : public Buffer {
 public:
  BufferImplementation(size_t length, void* foreign) : length(length), owned(foreign == nullptr) {
    if (owned) {
      // shared with the process that a mutant's commands run in
      void* place = mmap(nullptr, room() + 2 * kNothing, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (place == MAP_FAILED) throw std::bad_alloc();
      memory = static_cast<unsigned char*>(place) + kNothing;
      mprotect(memory, room(), PROT_READ | PROT_WRITE);
      std::memset(memory, kPoison, room());
      allocated += length;
    }
    data = owned ? memory + room() - (length + 3) / 4 * 4 : static_cast<unsigned char*>(foreign);
  }
  ~BufferImplementation() override {
    if (owned) {
      munmap(memory - kNothing, room() + 2 * kNothing);
      allocated -= length;
    }
  }
  size_t room() const { return (length + 4095) / 4096 * 4096 + kFence; }
  void check() const {
    if (!owned) return;
    auto is_poison = [](unsigned char byte) { return byte == kPoison; };
    if (!std::all_of(data - kFence, data, is_poison) || !std::all_of(data + length, memory + room(), is_poison))
      throw std::runtime_error("a write outside a buffer of " + std::to_string(length) + " bytes");
  }
  size_t length;
  bool owned;
  unsigned char* memory = nullptr;
  unsigned char* data;
};

class LibraryImplementation : public Library {
 public:
  std::shared_ptr<softmetal::Module> module;
};

class FunctionImplementation : public Function {
 public:
  FunctionImplementation(std::shared_ptr<softmetal::Module> module, softmetal::Kernel kernel)
      : module(std::move(module)), kernel(std::move(kernel)) {}
  std::shared_ptr<softmetal::Module> module;
  softmetal::Kernel kernel;
};

class PipelineImplementation : public ComputePipelineState {
 public:
  explicit PipelineImplementation(const FunctionImplementation& f) : module(f.module), kernel(f.kernel) {}
  std::shared_ptr<softmetal::Module> module;
  softmetal::Kernel kernel;
};

class EventImplementation : public SharedEvent {
 public:
  std::atomic<uint64_t> value{0};
};

constexpr unsigned kSlots = 31;

struct Dispatch {
  const PipelineImplementation* pipeline;
  std::vector<std::vector<unsigned char>> bytes{kSlots};
  const BufferImplementation* buffers[kSlots] = {};
  size_t offsets[kSlots] = {};
  Size groups, size;
};

class CommandBufferImplementation;

class QueueImplementation : public CommandQueue {
 public:
  QueueImplementation() : worker_([state = state_] { work(*state); }) {}
  ~QueueImplementation() override {
    submit(nullptr);
    if (worker_.get_id() == std::this_thread::get_id()) worker_.detach();  // the last buffer held the queue
    else worker_.join();
  }
  void submit(CommandBufferImplementation* buffer) {
    std::lock_guard<std::mutex> lock(state_->mutex);
    state_->waiting.push_back(buffer);
    state_->wake.notify_one();
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<CommandBufferImplementation*> waiting;
  };
  static void work(State& state);
  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::thread worker_;
};

class EncoderImplementation : public ComputeCommandEncoder {
 public:
  explicit EncoderImplementation(CommandBufferImplementation* owner) : owner(owner) {}
  CommandBufferImplementation* owner;
  Dispatch next;
};

class CommandBufferImplementation : public CommandBuffer {
 public:
  explicit CommandBufferImplementation(QueueImplementation* queue) : queue(queue) { queue->retain(); }
  ~CommandBufferImplementation() override {
    for (NS::Object* object : kept) object->release();
    if (failure != nullptr) failure->release();
    queue->release();
  }
  void keep(const NS::Object* object) { kept.push_back(const_cast<NS::Object*>(object)->retain()); }
  void execute() {
    try {
      if (softmetal_mutant == 0) all();
      else apart();
      status = CommandBufferStatusCompleted;
    } catch (const std::runtime_error& e) {
      failure = new NS::ErrorImplementation(e.what());
      status = CommandBufferStatusError;
    }
    for (auto& signal : signals) signal.first->value = signal.second;
  }
  void all() const {
    for (const Dispatch& dispatch : dispatches) one(dispatch);
  }
  // A mutant may write anywhere: its commands run in a process of their own, which shares the buffers alone. After the
  // first that fails the others do so at once.
  void apart() const {
    if (mutant_failed) throw std::runtime_error("an earlier command of the mutant failed");
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("softmetal: no pipe");
    const pid_t child = fork();
    if (child == 0) {
      softmetal::leave_on_signals();
      std::string failure;
      try {
        all();
      } catch (const std::runtime_error& e) {
        failure = e.what();
      }
      const bool told = write(ends[1], failure.data(), failure.size()) == static_cast<ssize_t>(failure.size());
      _exit(failure.empty() && told ? 0 : 1);
    }
    close(ends[1]);
    std::string failure = child < 0 ? "softmetal: no process" : "";
    pollfd readable = {ends[0], POLLIN, 0};
    char chunk[4096];
    for (ssize_t n = 1; child > 0 && n > 0;) {
      if (poll(&readable, 1, kPatience) == 0) kill(child, SIGKILL);  // it waits for something for ever
      n = read(ends[0], chunk, sizeof chunk);
      if (n > 0) failure.append(chunk, static_cast<size_t>(n));
    }
    close(ends[0]);
    int status = 1;
    if (child > 0) waitpid(child, &status, 0);
    if (status == 0) return;
    mutant_failed = 1;
    throw std::runtime_error(failure.empty() ? "the mutant's process broke off" : failure);
  }
  static void one(const Dispatch& d) {
    void* addresses[kSlots] = {};
    for (unsigned i = 0; i < kSlots; i++) {
      if (d.buffers[i] != nullptr) addresses[i] = d.buffers[i]->data + d.offsets[i];
      else if (!d.bytes[i].empty()) addresses[i] = const_cast<unsigned char*>(d.bytes[i].data());
    }
    auto narrow = [](Size s) {
      return softmetal::Position{static_cast<uint32_t>(s.width), static_cast<uint32_t>(s.height),
                                 static_cast<uint32_t>(s.depth)};
    };
    softmetal::run(d.pipeline->kernel, addresses, narrow(d.groups), narrow(d.size));
    for (const BufferImplementation* buffer : d.buffers)
      if (buffer != nullptr) buffer->check();
  }
  QueueImplementation* queue;
  std::vector<Dispatch> dispatches;
  std::vector<NS::Object*> kept;
  std::vector<std::pair<EventImplementation*, uint64_t>> signals;
  // What is waited for; it outlives the buffer, which the worker lets go before it tells.
  struct Completion {
    std::mutex mutex;
    std::condition_variable done;
    bool finished = false;
  };
  std::atomic<CommandBufferStatus> status{CommandBufferStatusNotEnqueued};
  std::shared_ptr<Completion> completion = std::make_shared<Completion>();
  NS::ErrorImplementation* failure = nullptr;
};

void QueueImplementation::work(State& state) {
  while (true) {
    std::unique_lock<std::mutex> lock(state.mutex);
    state.wake.wait(lock, [&state] { return !state.waiting.empty(); });
    CommandBufferImplementation* buffer = state.waiting.front();
    state.waiting.pop_front();
    lock.unlock();
    if (buffer == nullptr) return;
    buffer->execute();
    auto completion = buffer->completion;
    buffer->release();
    std::lock_guard<std::mutex> guard(completion->mutex);
    completion->finished = true;
    completion->done.notify_all();
  }
}

template <class I, class T>
I* as(T* object) {
  return static_cast<I*>(object);
}
template <class I, class T>
const I* as(const T* object) {
  return static_cast<const I*>(object);
}

}  // namespace

Device* CreateSystemDefaultDevice() {
  const char* absent = std::getenv("SOFTMETAL_NO_DEVICE");
  return absent != nullptr ? nullptr : new DeviceImplementation();
}
NS::String* Device::name() const { return NS::String::string("Software Metal", NS::UTF8StringEncoding); }
bool Device::hasUnifiedMemory() const { return true; }
uint64_t Device::recommendedMaxWorkingSetSize() const {
  const char* limit = std::getenv("SOFTMETAL_WORKING_SET");
  return limit != nullptr ? std::strtoull(limit, nullptr, 10) : uint64_t{4} << 30;
}
NS::UInteger Device::currentAllocatedSize() const { return allocated.load(); }
NS::UInteger Device::maxBufferLength() const { return NS::UInteger{2} << 30; }
CommandQueue* Device::newCommandQueue() { return new QueueImplementation(); }
Buffer* Device::newBuffer(NS::UInteger length, ResourceOptions) {
  return length == 0 || length > maxBufferLength() ? nullptr : new BufferImplementation(length, nullptr);
}
Buffer* Device::newBuffer(const void* pointer, NS::UInteger length, ResourceOptions options) {
  Buffer* buffer = newBuffer(length, options);
  if (buffer != nullptr) std::memcpy(buffer->contents(), pointer, length);
  return buffer;
}
Buffer* Device::newBuffer(const void* pointer, NS::UInteger length, ResourceOptions, std::nullptr_t) {
  bool aligned = reinterpret_cast<uintptr_t>(pointer) % 4096 == 0 && length % 4096 == 0;
  return aligned && length > 0 ? new BufferImplementation(length, const_cast<void*>(pointer)) : nullptr;
}
Library* Device::newLibrary(const NS::String* source, const CompileOptions*, NS::Error** error) {
  try {
    auto* library = new LibraryImplementation();
    try {
      library->module = softmetal::compile(source->utf8String());
    } catch (...) {
      library->release();
      throw;
    }
    return library;
  } catch (const std::runtime_error& e) {
    if (error != nullptr) *error = NS::error(e.what());
    return nullptr;
  }
}
// What stands for a compiled library here: a word, then the source.
Library* Device::newLibrary(dispatch_data_t data, NS::Error** error) {
  const std::string mark = "softmetallib\n";
  if (data->bytes.compare(0, mark.size(), mark) != 0) {
    if (error != nullptr) *error = NS::error("softmetal: no library of this device");
    return nullptr;
  }
  return newLibrary(NS::String::string(data->bytes.c_str() + mark.size(), NS::UTF8StringEncoding), nullptr, error);
}
ComputePipelineState* Device::newComputePipelineState(const Function* function, NS::Error**) {
  return new PipelineImplementation(*as<FunctionImplementation>(function));
}
SharedEvent* Device::newSharedEvent() { return new EventImplementation(); }

CommandBuffer* CommandQueue::commandBuffer() {
  return NS::autoreleased(new CommandBufferImplementation(as<QueueImplementation>(this)));
}

ComputeCommandEncoder* CommandBuffer::computeCommandEncoder() {
  return NS::autoreleased(new EncoderImplementation(as<CommandBufferImplementation>(this)));
}
void CommandBuffer::encodeSignalEvent(const Event* event, uint64_t value) {
  auto* self = as<CommandBufferImplementation>(this);
  self->keep(event);
  self->signals.emplace_back(const_cast<EventImplementation*>(as<EventImplementation>(event)), value);
}
void CommandBuffer::commit() {
  auto* self = as<CommandBufferImplementation>(this);
  self->status = CommandBufferStatusCommitted;
  retain();
  self->queue->submit(self);
}
void CommandBuffer::waitUntilCompleted() {
  auto completion = as<CommandBufferImplementation>(this)->completion;
  std::unique_lock<std::mutex> lock(completion->mutex);
  completion->done.wait(lock, [&completion] { return completion->finished; });
}
CommandBufferStatus CommandBuffer::status() const { return as<CommandBufferImplementation>(this)->status.load(); }
NS::Error* CommandBuffer::error() const { return as<CommandBufferImplementation>(this)->failure; }

void ComputeCommandEncoder::setComputePipelineState(const ComputePipelineState* state) {
  auto* self = as<EncoderImplementation>(this);
  self->next.pipeline = as<PipelineImplementation>(state);
  self->owner->keep(state);
}
void ComputeCommandEncoder::setBuffer(const Buffer* buffer, NS::UInteger offset, NS::UInteger index) {
  auto* self = as<EncoderImplementation>(this);
  self->next.buffers[index] = as<BufferImplementation>(buffer);
  self->next.offsets[index] = offset;
  self->next.bytes[index].clear();
  if (buffer != nullptr) self->owner->keep(buffer);
}
void ComputeCommandEncoder::setBytes(const void* bytes, NS::UInteger length, NS::UInteger index) {
  auto* self = as<EncoderImplementation>(this);
  auto* from = static_cast<const unsigned char*>(bytes);
  if (length > 4096) throw std::runtime_error("setBytes: at most 4096 bytes");
  self->next.bytes[index].assign(length + kFence, kPoison);
  std::copy(from, from + length, self->next.bytes[index].begin());
  self->next.buffers[index] = nullptr;
}
void ComputeCommandEncoder::dispatchThreadgroups(Size groups, Size size) {
  auto* self = as<EncoderImplementation>(this);
  self->next.groups = groups;
  self->next.size = size;
  self->owner->dispatches.push_back(self->next);
}
void CommandEncoder::endEncoding() {}

void* Buffer::contents() { return as<BufferImplementation>(this)->data; }
NS::UInteger Buffer::length() const { return as<BufferImplementation>(this)->length; }

namespace {
class OptionsImplementation : public CompileOptions {};
}  // namespace
CompileOptions* CompileOptions::alloc() { return new OptionsImplementation(); }
CompileOptions* CompileOptions::init() { return this; }
void CompileOptions::setFastMathEnabled(bool) {}

Function* Library::newFunction(const NS::String* name) {
  auto& module = as<LibraryImplementation>(this)->module;
  for (const softmetal::Kernel& kernel : module->kernels)
    if (kernel.name == name->utf8String()) return new FunctionImplementation(module, kernel);
  return nullptr;
}
NS::String* Function::name() const {
  return NS::String::string(as<FunctionImplementation>(this)->kernel.name.c_str(), NS::UTF8StringEncoding);
}
NS::UInteger ComputePipelineState::maxTotalThreadsPerThreadgroup() const { return 1024; }
NS::UInteger ComputePipelineState::threadExecutionWidth() const { return 32; }
uint64_t SharedEvent::signaledValue() const { return as<EventImplementation>(this)->value.load(); }

}  // namespace MTL
