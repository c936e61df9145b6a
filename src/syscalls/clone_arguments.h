// What clone and clone3 ask for, in one form.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::syscalls {

struct CloneArguments {
  uint64_t flags = 0;  // CLONE_*, without the signal
  uint64_t exit_signal = 0;
  Address stack;  // the child's stack pointer; 0: the parent's
  uint64_t tls = 0;
  Address child_tid;  // for CLONE_CHILD_SETTID and CLONE_CHILD_CLEARTID
};

// Nothing when clone3's structure cannot be read.
std::optional<CloneArguments> clone_arguments(const SyscallArguments& call,
                                              const MemoryReader& reader);

}  // namespace rr::syscalls
