// A child made with CLONE_UNTRACED gets no tracer of its parent's, yet its parent's filter: each of
// its calls would be answered ENOSYS. So the kernel is not shown the flag, which means nothing
// else.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"
#include "tracee/thread.h"
#include "util/types.h"

namespace rr::record {

// A word of the program's memory that lacks the flag meanwhile.
struct ChangedFlags {
  Address address;
  uint64_t original;
};

// The thread is at the seccomp stop of clone or clone3. The former's flags are in a register, which
// the result takes the place of; the latter's are to be given back.
std::optional<ChangedFlags> hide_untraced(tracee::Thread& thread, const SyscallArguments& call);
void give_back(tracee::Thread& thread, const ChangedFlags& changed);

}  // namespace rr::record
