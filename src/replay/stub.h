// The process that becomes the recorded program: this very executable, stopped behind its execve
// and never let run.
#pragma once

#include <string>

#include "kernel/ptrace.h"

namespace rr::replay {

// At execve's exit stop. Bound to one CPU, in a process group of its own so that the terminal's
// signals pass it by.
kernel::Stopped start_stub();

// What the stub is.
std::string own_executable();

}  // namespace rr::replay
