#include "replay/return_to_call.h"

#include <csignal>

#include "arch/aarch64/syscall_stops.h"
#include "tracee/low_page.h"

namespace rr::replay {

using kernel::Resume;

// x7 is hidden at that stop and cannot be written, so the way is by the breakpoint on the low page.
void return_to_call(tracee::Thread& thread) {
  const Registers at_call = thread.stopped().registers();
  Registers elsewhere = at_call;
  Arch::set_pc(elsewhere, tracee::kInjectedReturn);
  thread.stopped().set_registers(elsewhere);
  do {
    thread.resume(Resume::kContinue);
    thread.wait();
  } while (!thread.stopped().is_signal(SIGTRAP) ||
           Arch::pc(thread.stopped().registers()) != tracee::kInjectedReturn);
  thread.clock().exclude_breakpoint_hit();
  const uint64_t x7 = thread.stopped().registers().x[7];
  thread.stopped().set_registers(
      aarch64::at_syscall_instruction(aarch64::with_program_x7(at_call, x7)));
}

}  // namespace rr::replay
