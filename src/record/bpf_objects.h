// bpf, as far as the recorder must know what stands behind a descriptor, or say no.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"
#include "syscalls/outputs.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::record {

// What a descriptor of the thread stands for.
syscalls::BpfObject bpf_object(Tid tid, int32_t fd);

// The answer to a command (Special::kBpf) that is not to be run: for programs and maps that change
// memory when no call is made, and for outputs of unknown length. docs/SYSCALLS.md tells which.
std::optional<int64_t> answer_bpf(const SyscallArguments& call, const MemoryReader& memory);

}  // namespace rr::record
