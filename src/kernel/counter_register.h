// Reads the generic timer's registers here, in the recorder, for a tracee whose own read was
// trapped.
#pragma once

#include <cstdint>

#include "arch/aarch64/instructions.h"

namespace rr::kernel {

uint64_t read_counter_register(aarch64::CounterRegister source);

// prctl(2): PR_SET_TSC with PR_TSC_SIGSEGV makes a thread's reads raise SIGSEGV, on arm64
// from 6.12. Inherited by children, undone by execve.
inline constexpr uint64_t kSetTsc = 26;
inline constexpr uint64_t kTscRaisesSigsegv = 2;

}  // namespace rr::kernel
