// Without a counter (--ticks=none) a place between two system calls cannot be found again. A signal
// that comes there is held back until the thread's next call: the call is skipped, the signal
// delivered at the call's instruction, and the call made when the handler has returned.

#include "arch/aarch64/syscall_stops.h"
#include "record/recorder.h"

namespace rr::record {

using kernel::Resume;

// The thread is at a signal stop, between two calls.
void Recorder::hold_back(Task& task, const siginfo_t& info) {
  task.held.push_back(info);
  task.thread.resume(Resume::kContinue);
}

// At a seccomp stop. True when a signal comes first; the thread has then been let go on.
bool Recorder::deliver_held(Task& task) {
  if (task.held.empty()) return false;
  kernel::Stopped& stopped = task.thread.stopped();
  const uint64_t mask = stopped.signal_mask();
  const auto next = std::find_if(task.held.begin(), task.held.end(), [&](const siginfo_t& info) {
    return (mask >> (info.si_signo - 1) & 1) == 0;
  });
  if (next == task.held.end()) return false;
  task.state = SkippingCall{aarch64::at_syscall_instruction(stopped.registers()), *next};
  task.held.erase(next);
  stopped.set_system_call(-1);
  task.thread.resume(Resume::kSyscall);
  return true;
}

// At the exit stop of the skipped call. The signal that is sent on with the resume (send_sig in
// ptrace_report_syscall, include/linux/ptrace.h) stops the thread at once, before it runs anything.
void Recorder::leave_skipped_call(Task& task) {
  const SkippingCall skipping = std::get<SkippingCall>(task.state);
  task.thread.stopped().set_registers(skipping.at_instruction);
  task.last.after = skipping.at_instruction;
  task.sent_again = skipping.info;
  task.state = InProgram{};
  task.thread.resume(Resume::kContinue, skipping.info.si_signo);
}

// At a signal stop: what the signal says, which for one that was held back is what it said first.
siginfo_t Recorder::signal_info(Task& task, int signal) const {
  kernel::Stopped& stopped = task.thread.stopped();
  if (!task.sent_again || task.sent_again->si_signo != signal) return stopped.signal_info();
  const siginfo_t info = *task.sent_again;
  task.sent_again.reset();
  stopped.set_signal_info(info);
  return info;
}

// Whether the thread has run nothing since its last frame, as far as that can be told.
bool Recorder::stands_at_last_frame(const Task& task) const {
  return Arch::same_state(task.thread.stopped().registers(), task.last.after);
}

}  // namespace rr::record
