#include "arch/aarch64/syscall_stops.h"

#include <algorithm>

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

std::vector<WatchSlot> watch_slots(AddressRange range, WatchKind kind) {
  constexpr uint64_t kSlotBytes = 8;
  constexpr uint32_t kEnabled = 1;
  constexpr uint32_t kUserMode = 2 << 1;
  std::vector<WatchSlot> slots;
  for (uint64_t from = range.start.value; from < range.end().value;) {
    const uint64_t base = from & ~(kSlotBytes - 1);
    const uint64_t end = std::min(base + kSlotBytes, range.end().value);
    const uint32_t bytes = ((1u << (end - from)) - 1) << (from - base);
    slots.push_back({base, kEnabled | kUserMode | static_cast<uint32_t>(kind) << 3 | bytes << 5});
    from = end;
  }
  return slots;
}

}  // namespace rr::aarch64
