// Why a thread stopped with SIGTRAP.
#pragma once

#include "arch/aarch64/syscall_stops.h"
#include "kernel/ptrace.h"

namespace rr::tracee {

// At a SignalStop for SIGTRAP only.
inline aarch64::TrapKind trap_kind(const kernel::Stopped& stopped) {
  const siginfo_t info = stopped.signal_info();
  return aarch64::classify_trap(info.si_code, info.si_pid);
}

}  // namespace rr::tracee
