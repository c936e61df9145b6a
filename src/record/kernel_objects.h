// Objects of the kernel behind descriptors that could share memory with a program: bpf's maps and
// programs, perf's events.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"
#include "syscalls/outputs.h"
#include "syscalls/row.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::record {

// What a descriptor of the thread stands for.
syscalls::BpfObject bpf_object(Tid tid, int32_t fd);

// The answer to a call (Special::kBpf, kPerfEvent, kMmap) that is not to be run: it would have
// memory change when no call is made, or write a length that nothing tells. docs/SYSCALLS.md says
// which.
std::optional<int64_t> answer_about_object(const syscalls::Row& row, Tid tid,
                                           const SyscallArguments& call,
                                           const MemoryReader& memory);

}  // namespace rr::record
