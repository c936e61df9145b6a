// mlockall, whose limit is held against all memory that is mapped, the recorder's own pages as
// well.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/arch.h"
#include "util/types.h"

namespace rr::record {

// The result to give without running the call: success, where only our pages are too much for the
// limit. Nothing: the call is to be run, or is another one.
std::optional<int64_t> answer_lock_all(Tid tid, const SyscallArguments& call);

}  // namespace rr::record
