#include "tracee/remote_call.h"

#include <csignal>
#include <cstring>

#include "tracee/vector_state.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::tracee {

using kernel::Resume;

RemoteCall::RemoteCall(Thread& thread, Via via, Address instruction)
    : thread_(thread),
      via_(via),
      instruction_(instruction),
      saved_(thread.stopped().registers()),
      pause_(thread.clock()) {
  if (via_ == Via::kSyscallStops) {
    // Nothing of the program's may be delivered while its thread is ours.
    saved_mask_ = thread.stopped().signal_mask();
    thread.stopped().set_signal_mask(~uint64_t{0});
  } else {
    scalable_state_ = whole_scalable_state(thread.stopped());
  }
}

RemoteCall::~RemoteCall() {
  if (!thread_.is_stopped()) return;
  try {
    thread_.stopped().set_registers(saved_);
    if (via_ == Via::kSyscallStops) thread_.stopped().set_signal_mask(saved_mask_);
    if (scalable_state_) {
      thread_.stopped().set_register_set(aarch64::kNoteScalable, *scalable_state_);
    }
  } catch (const kernel::TraceeDied&) {
    thread_.set_dead();
  }
}

int64_t RemoteCall::call(int32_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                         uint64_t a4, uint64_t a5) {
  Registers registers = saved_;
  Arch::set_syscall(registers, {number, {a0, a1, a2, a3, a4, a5}});
  Arch::set_pc(registers, instruction_);
  thread_.stopped().set_registers(registers);
  return via_ == Via::kBreakpoint ? call_to_breakpoint() : call_to_exit_stop();
}

int64_t RemoteCall::call_to_breakpoint() {
  const Address behind = instruction_ + Arch::kSyscallInstructionSize;
  for (;;) {
    thread_.resume(Resume::kContinue);
    const kernel::Stopped& stopped = thread_.wait();
    if (stopped.is_signal(SIGTRAP) && Arch::pc(stopped.registers()) == behind) {
      return Arch::syscall_result(stopped.registers());
    }
    // A clone announces its child first; a signal from outside is dropped.
  }
}

int64_t RemoteCall::call_to_exit_stop() {
  // Entry, perhaps a seccomp stop (the borrowed instruction is not exempt), exit.
  int syscall_stops = 0;
  for (;;) {
    thread_.resume(Resume::kSyscall);
    const kernel::Stopped& stopped = thread_.wait();
    if (stopped.as<kernel::SyscallStop>() != nullptr && ++syscall_stops == 2) {
      return Arch::syscall_result(stopped.registers());
    }
  }
}

Address RemoteCall::push_string(const std::string& text) {
  const AddressRange room = argument_page();
  CHECK(text.size() < room.size) << text;
  thread_.space().write_all(room.start, std::as_bytes(std::span(text.c_str(), text.size() + 1)));
  return room.start;
}

void RemoteCall::refuse(const std::string& act, int64_t result) {
  fail("cannot " + act + " in the tracee: " + std::strerror(static_cast<int>(-result)),
       ExitCode::kUnavailable);
}

}  // namespace rr::tracee
