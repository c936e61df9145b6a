// Puts a recorded register set into a thread, or says what this machine lacks for that.
#pragma once

#include "kernel/ptrace.h"
#include "trace/frame.h"

namespace rr::replay {

// Fails if the CPU or the kernel has no such set, or its SVE registers cannot be as long.
void restore_register_set(kernel::Stopped& stopped, const trace::RegisterSet& set);

// What PR_SVE_SET_VL has given the program must be had again.
void verify_vector_length(int64_t recorded, int64_t now);

}  // namespace rr::replay
