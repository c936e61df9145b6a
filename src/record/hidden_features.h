// Calls about features that programs are not told of, answered as on a CPU or kernel without them.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"
#include "kernel/ptrace.h"
#include "syscalls/row.h"

namespace rr::record {

// The result to give without running the call. Nothing: the call is to be run.
std::optional<int64_t> answer_without_feature(const syscalls::Row& row,
                                              const SyscallArguments& call);

// Whether the thread has turned SME on, where the CPU has it.
bool uses_streaming(const kernel::Stopped& stopped);

}  // namespace rr::record
