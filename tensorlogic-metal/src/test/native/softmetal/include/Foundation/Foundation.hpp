// The part of Apple's metal-cpp (Foundation) that TensorLogic uses, source compatible with it, written for
// machines without Apple's headers.
#pragma once

#include <cstddef>
#include <cstdint>

#define _NS_ENUM(type, name) enum name : type
#define _NS_OPTIONS(type, name) enum name : type

namespace NS {

using UInteger = unsigned long;
using Integer = long;

class Object {
 public:
  Object* retain();
  void release();
  UInteger retainCount() const;

 protected:
  Object();
  Object(const Object&) = delete;
  virtual ~Object();

 private:
  unsigned long references_ = 1;
};

_NS_ENUM(UInteger, StringEncoding){
    UTF8StringEncoding = 4,
};

class String : public Object {
 public:
  static String* string(const char* pString, StringEncoding encoding);
  const char* utf8String() const;
};

class Error : public Object {
 public:
  Integer code() const;
  String* localizedDescription() const;
};

class AutoreleasePool : public Object {
 public:
  static AutoreleasePool* alloc();
  AutoreleasePool* init();
  void drain();
};

class Dictionary : public Object {};

}  // namespace NS
