#include "arch/aarch64/syscall_stops.h"

namespace rr::aarch64 {

TrapKind classify_trap(int32_t code, int32_t sender) {
  // include/uapi/asm-generic/siginfo.h; a tracer's own ptrace_notify stop carries the signal
  // number.
  constexpr int32_t kTrapBreakpoint = 1;
  constexpr int32_t kTrapTrace = 2;
  constexpr int32_t kTrapHardware = 4;
  constexpr int32_t kNotifySigtrap = 5;
  switch (code) {
    case kTrapBreakpoint:
      return TrapKind::kBreakpoint;
    case kTrapTrace:
      return TrapKind::kStep;
    case kTrapHardware:
      return TrapKind::kHardware;
    case kNotifySigtrap:
      return TrapKind::kHandlerEntered;
    case 0:
      return sender == 0 ? TrapKind::kPseudoStep : TrapKind::kSent;
    default:
      return TrapKind::kSent;
  }
}

}  // namespace rr::aarch64
