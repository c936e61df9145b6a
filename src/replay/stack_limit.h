// RLIMIT_STACK: of the limits only this one shows in what instructions do.
#pragma once

#include <cstdint>
#include <optional>

#include "replay/task.h"
#include "trace/frame.h"
#include "util/memory_reader.h"
#include "util/types.h"

namespace rr::replay {

// As setrlimit(RLIMIT_STACK) in the thread's process.
void limit_stack(Task& task, uint64_t bytes);

// What a recorded setrlimit or prlimit64 has set for its caller. Nothing for a call that failed,
// set another limit or none, or named a process by its number: that is a RemoteWriteEvent. `memory`
// is the caller's, before what the call has written there is put in place.
std::optional<uint64_t> own_stack_limit_set_by(const trace::Frame& frame,
                                               const MemoryReader& memory);

}  // namespace rr::replay
