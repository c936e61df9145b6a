// What the arm64 kernel shows at a stop that is not what the program holds, and how to get at the
// truth: one function per quirk, pure. docs/KERNEL_QUIRKS.md has the versions, the references and
// the test that shows each on the raw kernel.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/aarch64/registers.h"
#include "arch/aarch64/syscall_numbers.h"
#include "util/types.h"

namespace rr::aarch64 {

// Why a SIGTRAP stop came, from its siginfo (arch/arm64/kernel/debug-monitors.c, ptrace.c; 5.10
// to 7.3).
enum class TrapKind {
  kBreakpoint,      // TRAP_BRKPT: brk, pc at it
  kStep,            // TRAP_TRACE: one instruction has run (or none: quirk empty-step)
  kPseudoStep,      // si_code 0, si_pid 0: a system call has been left under a step
  kHandlerEntered,  // si_code SIGTRAP: stepped into a signal handler, which has not begun
  kHardware,        // TRAP_HWBKPT: before the instruction that a hardware slot watches
  kSent,            // somebody sent SIGTRAP
};
TrapKind classify_trap(int32_t code, int32_t sender);

// Quirk x7: at a PTRACE_SYSCALL or PTRACE_SYSEMU stop the kernel shows 0 (entry) or 1 (exit) in x7
// and drops what is written there (syscall_trace_enter/exit in arch/arm64/kernel/ptrace.c). The
// program's value is the one of the last stop of another kind.
constexpr Registers with_program_x7(Registers at_syscall_stop, uint64_t x7) {
  at_syscall_stop.x[7] = x7;
  return at_syscall_stop;
}

// Quirk negative-number: plainly resumed from a seccomp stop, a call with a number below -1 is
// skipped and x0 keeps argument 0; without the filter it would be -ENOSYS. True when the tracer has
// to write that result itself.
constexpr bool needs_enosys_written(int32_t number) { return number < -1; }

// Quirk minus-one: for number -1 the kernel puts -ENOSYS into x0 before the seccomp stop; argument
// 0 is then only in orig_x0 (PTRACE_GET_SYSCALL_INFO).
constexpr bool argument0_is_hidden(int32_t number) { return number == -1; }

// Quirk phantom-ssbs: on a CPU without SSBS the kernel still sets the bit in a thread's saved
// PSTATE whenever it switches to it (ssbs_thread_switch in arch/arm64/kernel/process.c, spectre_v4
// in proton-pack.c; 6.1 to 7.2), and the CPU drops it at the return. There it is no state of the
// program.
constexpr Registers without_phantom_ssbs(Registers at_stop, bool cpu_has_ssbs) {
  if (!cpu_has_ssbs) at_stop.pstate &= ~kPstateStoreBypass;
  return at_stop;
}

// Results that never reach a program: the call was interrupted and the kernel has yet to decide
// between a restart and EINTR (include/linux/errno.h).
constexpr int64_t kRestartSys = -512;
constexpr int64_t kRestartNoIntr = -513;
constexpr int64_t kRestartNoHand = -514;
constexpr int64_t kRestartBlock = -516;
constexpr bool is_restart_result(int64_t result) {
  return result == kRestartSys || result == kRestartNoIntr || result == kRestartNoHand ||
         result == kRestartBlock;
}

// What an interrupted call with a restart block becomes when no handler ran: the kernel puts the
// number of restart_syscall into x8 behind the last signal stop (quirk restart).
constexpr Registers with_restart_number(Registers at_instruction) {
  at_instruction.x[8] = kSysRestartSyscall;
  return at_instruction;
}

// The state of a thread that is about to run its system-call instruction (again), from its
// registers at the seccomp stop, where pc is behind the instruction already.
constexpr Registers at_syscall_instruction(Registers at_seccomp_stop) {
  at_seccomp_stop.pc -= 4;
  return at_seccomp_stop;
}
constexpr Registers behind_syscall_instruction(Registers at_instruction) {
  at_instruction.pc += 4;
  return at_instruction;
}

// Quirk restart: a step over a system call that is interrupted ends at the system call again, and
// so does the signal stop that follows. Not progress: the call will be made anew.
constexpr bool will_call_again(const Registers& at_instruction, const Registers& behind_step) {
  return behind_step.pc == at_instruction.pc;
}

// Quirk watchpoint-slots: the address in a slot may be checked against the length that the slot had
// before. Always an address of 8 bytes' alignment with the watched bytes chosen in the control
// word is taken by every kernel (arch/arm64/kernel/ptrace.c, ptrace_hbp_set_addr).
struct WatchSlot {
  uint64_t address = 0;
  uint32_t control = 0;

  bool operator==(const WatchSlot&) const = default;
};
enum class WatchKind : uint32_t { kRead = 1, kWrite = 2, kReadOrWrite = 3 };
// One slot for each aligned 8 bytes that `range` touches.
std::vector<WatchSlot> watch_slots(AddressRange range, WatchKind kind);
constexpr WatchSlot disabled(WatchSlot slot) {
  slot.control &= ~uint32_t{1};
  return slot;
}

}  // namespace rr::aarch64
