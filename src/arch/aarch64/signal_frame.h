// Where the kernel puts a register in the frame that it pushes for a signal handler (struct
// rt_sigframe in arch/arm64/kernel/signal.c; struct sigcontext in
// arch/arm64/include/uapi/asm/sigcontext.h; 5.10 to 7.3).
#pragma once

#include <cstdint>

#include "arch/aarch64/registers.h"
#include "util/types.h"

namespace rr::aarch64 {

// siginfo_t, then ucontext_t up to the 16-byte aligned sigcontext, then fault_address.
inline constexpr uint64_t kSignalFrameRegisters = 128 + 176 + 8;

// Where x<index> is saved in the frame at `sp`.
constexpr Address saved_register(Address sp, int index) {
  return sp + kSignalFrameRegisters + static_cast<uint64_t>(index) * 8;
}

// Whether a frame at `sp` is looked at at all: elsewhere it is rejected with all registers kept
// (rt_sigreturn in arch/arm64/kernel/signal.c, 6.12).
constexpr bool is_looked_at_by_sigreturn(Address sp) {
  constexpr uint64_t kEndOfUserMemory = uint64_t{1} << 48;
  return sp.value % 16 == 0 && sp.value < kEndOfUserMemory;
}

// What the kernel has written below the old stack pointer, from the registers at the handler's
// first instruction: from sp to behind the frame record, to which x29 points and which is pushed
// first (setup_return, get_sigframe). Empty if the registers are not of that form.
constexpr AddressRange pushed_frame(const Registers& at_handler) {
  constexpr uint64_t kLargest = 256 * 1024;  // SME's ZA array alone may have 64 KiB
  const uint64_t sp = at_handler.sp;
  const uint64_t end = at_handler.x[29] + 16;
  if (end <= sp || end - sp > kLargest) return {{sp}, 0};
  return {{sp}, end - sp};
}

}  // namespace rr::aarch64
