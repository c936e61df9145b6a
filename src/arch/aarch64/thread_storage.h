// Where thread-local variables lie: TPIDR_EL0 points to a pointer to the dynamic thread vector
// (glibc's sysdeps/aarch64/nptl/tls.h, and the ABI's "TLS variant 1"), which has 16 bytes a module.
#pragma once

#include <cstdint>

#include "util/types.h"

namespace rr::aarch64 {

struct ThreadStorage {
  static constexpr uint32_t kPointerSet = 0x401;  // the register set that begins with TPIDR_EL0
  // The vector's address lies where the thread pointer points.
  static constexpr Address vector_pointer(Address thread_pointer) { return thread_pointer; }
  // Where the vector holds the address of a module's variables. Modules count from 1.
  static constexpr Address entry(Address vector, uint64_t module) { return vector + module * 16; }
  // An entry of a module whose variables this thread has not used yet.
  static constexpr uint64_t kUnallocated = ~uint64_t{0};
};

}  // namespace rr::aarch64
