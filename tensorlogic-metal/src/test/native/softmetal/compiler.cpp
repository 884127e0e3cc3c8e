// MSL to machine code: clang preprocesses, a token rewriter takes the attributes out and remembers them as the
// binding table, clang compiles the rest with the shim as C++14.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "softmetal.h"

#ifndef SOFTMETAL_SHIM
#error "SOFTMETAL_SHIM must name the shim's directory"
#endif

namespace softmetal {
namespace {

const char* const kFlags =
    "-std=c++14 -Wall -Wextra -Werror -Wpre-c++17-compat -Wdouble-promotion -Wno-unused-function -Wno-unused-variable "
    "-Wno-unused-parameter -fno-exceptions -fno-rtti -ffp-contract=off -ftrivial-auto-var-init=pattern "
    "-Xclang -ffloat16-excess-precision=none -mf16c -fsanitize=bounds,local-bounds,alignment "
    "-fsanitize-trap=bounds,local-bounds,alignment -I'" SOFTMETAL_SHIM "'";

const std::map<std::string, std::string> kBuiltins = {
    {"thread_position_in_grid", "in_grid"},
    {"thread_position_in_threadgroup", "in_group"},
    {"threadgroup_position_in_grid", "group"},
    {"threads_per_threadgroup", "group_size"},
    {"threadgroups_per_grid", "groups"},
    {"thread_index_in_threadgroup", "index"},
    {"thread_index_in_simdgroup", "lane"},
    {"simdgroup_index_in_threadgroup", "simdgroup"},
    {"simdgroups_per_threadgroup", "simdgroups"},
};

const std::set<std::string> kVectors = {"half2", "half4", "float2", "float4", "uint2", "uint3"};

std::string compiler() {
  const char* chosen = std::getenv("SOFTMETAL_CLANG");
  return chosen != nullptr ? chosen : "clang++";
}

// Runs a shell command; its output, and whether it succeeded.
std::pair<bool, std::string> shell(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("softmetal: no shell");
  std::string output;
  char chunk[4096];
  for (size_t n; (n = fread(chunk, 1, sizeof chunk, pipe)) > 0;) output.append(chunk, n);
  return {pclose(pipe) == 0, output};
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

class Rewriter {
 public:
  // A lint keeps address spaces as attributes and needs no thunks.
  Rewriter(std::string text, bool lint) : in_(std::move(text)), lint_(lint) {}

  std::string rewrite() {
    while (at_ < in_.size()) step();
    return lint_ ? out_ : out_ + thunks_;
  }

 private:
  void step() {
    if (in_.compare(at_, 2, "[[") == 0) {
      attribute();
    } else if (is_word(in_[at_])) {
      word(read_word());
    } else if (in_[at_] == '"') {
      copy_string();
    } else if (in_[at_] == '#') {  // a line marker
      while (at_ < in_.size() && in_[at_] != '\n') out_ += in_[at_++];
    } else {
      character(in_[at_++]);
    }
  }

  std::string read_word() {
    size_t from = at_;
    while (at_ < in_.size() && is_word(in_[at_])) at_++;
    return in_.substr(from, at_ - from);
  }

  void copy_string() {
    do {
      if (in_[at_] == '\\') out_ += in_[at_++];
      out_ += in_[at_++];
    } while (at_ < in_.size() && in_[at_] != '"');
    out_ += in_[at_++];
  }

  void word(const std::string& text) {
    if (text == "kernel") {
      expect_name_ = true;
      out_ += "static";
    } else if (text == "softmetal_threadgroup") {
      threadgroup();
      return;
    } else {
      if (expect_name_ && text != "void") {
        name_ = text;
        expect_name_ = false;
        in_parameters_ = true;
        depth_ = 0;
        bindings_.clear();
      }
      out_ += kVectors.count(text) > 0 && in_[at_] == '(' ? "softmetal_vector<" + text + ">" : text;
    }
    statement_start_ = false;
  }

  void character(char c) {
    out_ += c;
    if (c == ';' || c == '{' || c == '}') statement_start_ = true;
    else if (!std::isspace(static_cast<unsigned char>(c))) statement_start_ = false;
    if (!in_parameters_) return;
    if (c == '(') depth_++;
    if (c == ')' && --depth_ == 0) {
      in_parameters_ = false;
      finish_kernel();
    }
  }

  // [[buffer(3)]], [[thread_position_in_grid]]: the parameter just read is bound so.
  void attribute() {
    size_t end = in_.find("]]", at_);
    std::string text = in_.substr(at_ + 2, end - at_ - 2);
    at_ = end + 2;
    if (!in_parameters_) return;
    std::string word;
    for (char c : text) if (!std::isspace(static_cast<unsigned char>(c))) word += c;
    if (word.compare(0, 7, "buffer(") == 0) {
      bindings_.push_back("buffers[" + word.substr(7, word.size() - 8) + "]");
    } else {
      auto found = kBuiltins.find(word);
      if (found == kBuiltins.end()) throw std::runtime_error("softmetal: unknown attribute [[" + text + "]]");
      bindings_.push_back("state->" + found->second);
    }
  }

  // threadgroup T name[N]; becomes a reference into the threadgroup's fenced memory.
  void threadgroup() {
    size_t end = in_.find(';', at_), bracket = in_.find('[', at_);
    bool declares = statement_start_ && bracket < end && in_.find('*', at_) > bracket && in_.find('=', at_) > bracket;
    statement_start_ = false;
    if (lint_) {
      out_ += declares ? "static __attribute__((address_space(3)))" : "__attribute__((address_space(3)))";
      return;
    }
    if (!declares) return;
    std::string head = in_.substr(at_, bracket - at_), extent = in_.substr(bracket, end - bracket);
    at_ = end + 1;
    size_t last = head.find_last_not_of(" \t\n"), first = head.find_last_not_of(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", last);
    std::string type = head.substr(0, first + 1), name = head.substr(first + 1, last - first);
    std::string number = std::to_string(slot_++);
    out_ += "typedef " + type + " softmetal_type_" + number + extent + "; softmetal_type_" + number + "& " + name +
            " = *static_cast<softmetal_type_" + number + "*>(softmetal_shared(" + number + ", sizeof(softmetal_type_" +
            number + ")));";
    statement_start_ = true;
  }

  void finish_kernel() {
    std::string list;
    for (const std::string& binding : bindings_) list += (list.empty() ? "" : ", ") + ("softmetal_source(" + binding + ")");
    thunks_ += "\nextern \"C\" void softmetal_kernel_" + name_ +
               "(void* const* buffers, const softmetal_state* state) { (void)buffers; (void)state; softmetal_call(" + name_ +
               (list.empty() ? "" : ", ") + list + "); }\n";
  }

  std::string in_, out_, thunks_, name_;
  std::vector<std::string> bindings_;
  size_t at_ = 0;
  int depth_ = 0, slot_ = 0;
  bool lint_ = false, expect_name_ = false, in_parameters_ = false, statement_start_ = true;
};

// What the rewritten text needs beside the shim: the state's layout and the conversion of arguments.
const char* const kPrologue = R"(
struct softmetal_position { unsigned x, y, z; };
struct softmetal_state {
  softmetal_position in_grid, in_group, group, group_size, groups;
  unsigned index, lane, simdgroup, simdgroups;
};
extern "C" void* softmetal_shared(int slot, unsigned long bytes);
struct softmetal_buffer_argument { void* address; };
inline softmetal_buffer_argument softmetal_source(void* address) { return softmetal_buffer_argument{address}; }
inline softmetal_position softmetal_source(softmetal_position p) { return p; }
inline unsigned softmetal_source(unsigned value) { return value; }
template <class P> struct softmetal_to {
  static P from(unsigned value) { return static_cast<P>(value); }
  static P from(softmetal_position p) { return static_cast<P>(p.x); }
};
template <> struct softmetal_to<uint3> {
  static uint3 from(softmetal_position p) { uint3 v; v.x = p.x; v.y = p.y; v.z = p.z; return v; }
};
template <class T> struct softmetal_to<T*> {
  static T* from(softmetal_buffer_argument a) { return static_cast<T*>(a.address); }
};
template <class T> struct softmetal_to<T&> {
  static T& from(softmetal_buffer_argument a) { return *static_cast<T*>(a.address); }
};
template <class... P, class... A>
inline void softmetal_call(void (*kernel)(P...), A... arguments) { kernel(softmetal_to<P>::from(arguments)...); }
)";

std::string directory() {
  static const std::string path = [] {
    const char* chosen = std::getenv("SOFTMETAL_CACHE");
    std::string made = chosen != nullptr ? chosen : "/tmp/softmetal-" + std::to_string(getuid());
    mkdir(made.c_str(), 0700);
    return made;
  }();
  return path;
}

void write(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out) throw std::runtime_error("softmetal: cannot write " + file);
}

std::vector<std::string> kernel_names(const std::string& text) {
  const std::string mark = "void softmetal_kernel_";
  std::vector<std::string> names;
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    size_t from = at + mark.size();
    names.push_back(text.substr(from, text.find('(', from) - from));
  }
  return names;
}

void must(const std::pair<bool, std::string>& result, const std::string& what) {
  if (!result.first) throw std::runtime_error(what + ":\n" + result.second);
}

}  // namespace

Module::~Module() {
  if (handle != nullptr) dlclose(handle);
}

std::unique_ptr<Module> compile(const std::string& source) {
  std::string base = directory() + "/" + std::to_string(std::hash<std::string>()(source + kFlags + kPrologue)) + "-" +
                     std::to_string(getpid());
  std::string library = base + ".so";
  write(base + ".metal", source);
  std::string clang = compiler() + " -x c++ " + kFlags + " -D__METAL_VERSION__=310 -DSOFTMETAL ";
  // the lint: the same text with address spaces kept apart
  auto spaces = shell(clang + "-E -DTL_LINT_ADDRESS_SPACES '" + base + ".metal'");
  must(spaces, "MSL does not preprocess");
  write(base + ".cpp", Rewriter(spaces.second, true).rewrite());
  must(shell(clang + "-fsyntax-only '" + base + ".cpp'"), "MSL does not compile with address spaces");
  std::string text = Rewriter(shell(clang + "-E '" + base + ".metal'").second, false).rewrite();
  const std::string first = "namespace metal {";  // uint3 is declared, kernels are not yet
  write(base + ".cpp", std::string(text).insert(text.find(first), kPrologue));
  Dl_info self;  // kernels call back into the library that this code is in
  dladdr(reinterpret_cast<void*>(&compile), &self);
  must(shell(clang + "-O2 -fPIC -shared -o '" + library + "' '" + base + ".cpp' -x none '" + self.dli_fname + "'"),
       "MSL does not compile");
  std::unique_ptr<Module> module(new Module());
  module->handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module->handle == nullptr) throw std::runtime_error(std::string("softmetal: ") + dlerror());
  for (const std::string& name : kernel_names(text)) {
    void* entry = dlsym(module->handle, ("softmetal_kernel_" + name).c_str());
    module->kernels.push_back({name, reinterpret_cast<Entry>(entry)});
  }
  for (const char* ending : {".metal", ".cpp", ".so"}) unlink((base + ending).c_str());
  return module;
}

}  // namespace softmetal
