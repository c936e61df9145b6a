// Where the kernel puts a register in the frame that it pushes for a signal handler (struct
// rt_sigframe in arch/arm64/kernel/signal.c; struct sigcontext in
// arch/arm64/include/uapi/asm/sigcontext.h; 5.10 to 7.3).
#pragma once

#include <cstdint>

#include "util/types.h"

namespace rr::aarch64 {

// siginfo_t, then ucontext_t up to the 16-byte aligned sigcontext, then fault_address.
inline constexpr uint64_t kSignalFrameRegisters = 128 + 176 + 8;

// Where x<index> is saved in the frame at `sp`.
constexpr Address saved_register(Address sp, int index) {
  return sp + kSignalFrameRegisters + static_cast<uint64_t>(index) * 8;
}

}  // namespace rr::aarch64
