// Calls that fail after they have changed a part of the address space all the same.
#pragma once

#include <optional>

#include "arch/arch.h"
#include "syscalls/row.h"
#include "trace/frame.h"
#include "util/types.h"

namespace rr::record {

// After a call of the thread that has failed: a mapping without flags, whose range says how far it
// came, or what it has unmapped; empty if it has done nothing. Nothing for a call that changes no
// mapping, or that never stops half-way.
std::optional<trace::Mapping> half_done(Tid tid, syscalls::Special special,
                                        const SyscallArguments& call, int64_t result);

}  // namespace rr::record
