// What a call hands to the kernel for others to see: the bytes of a write or a send. A checksum of
// them, taken when recording and again in replay, finds memory that has gone wrong before anybody
// is shown it.
#pragma once

#include <cstdint>

#include "arch/arch.h"
#include "util/memory_reader.h"

namespace rr::syscalls {

// Of the first MiB that the call would write; 0 for a call that writes nothing.
uint64_t input_checksum(const SyscallArguments& call, const MemoryReader& reader);

}  // namespace rr::syscalls
