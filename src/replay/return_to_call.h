// A thread that PTRACE_SYSEMU has stopped at a system call is taken back to before the instruction.
#pragma once

#include "tracee/thread.h"

namespace rr::replay {

// The clock counts the call once, as a breakpoint planted on it would have been.
void return_to_call(tracee::Thread& thread);

}  // namespace rr::replay
