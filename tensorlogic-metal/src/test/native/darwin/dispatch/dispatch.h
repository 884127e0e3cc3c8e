// The part of Apple's libdispatch that metal-cpp and TensorLogic use: bytes that are passed on.
#pragma once

#include <cstddef>

typedef struct dispatch_queue_s* dispatch_queue_t;
typedef struct dispatch_data_s* dispatch_data_t;

#define DISPATCH_DATA_DESTRUCTOR_DEFAULT nullptr

// Copies the bytes, with the default destructor.
extern "C" dispatch_data_t dispatch_data_create(const void* buffer, size_t size, dispatch_queue_t queue,
                                                void* destructor);
extern "C" void dispatch_release(dispatch_data_t data);
