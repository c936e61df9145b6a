// Signals that the program ignores. For a traced thread the kernel queues them all the same
// (sig_ignored() in kernel/signal.c, 6.12), and calls that do not begin again end early (quirk
// ignored-signals). Blocked signals end no call, so the ignored ones are blocked for its time.

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/perf_counter.h"
#include "record/dispositions.h"
#include "record/recorder.h"

namespace rr::record {
namespace {

// The call blocks signals of its own choice, and the kernel remembers the thread's mask meanwhile.
bool has_own_mask(const SyscallArguments& call) {
  return (call.number == aarch64::kSysEpollPwait || call.number == aarch64::kSysEpollPwait2) &&
         call.args[4] != 0;
}

}  // namespace

// At a seccomp stop.
void Recorder::block_ignored(Task& task, InCall& call) {
  if (call.row->blocking != syscalls::Blocking::kUntilSignal || has_own_mask(call.call)) return;
  if (!task.ignored) {
    constexpr uint64_t kOurs = uint64_t{1} << (kernel::kTickSignal - 1);
    task.ignored = dispositions_of(task.thread.real()).all_ignored() & ~kOurs;
  }
  const uint64_t mask = task.thread.stopped().signal_mask();
  if ((*task.ignored & ~mask) == 0) return;
  call.program_mask = mask;
  task.thread.stopped().set_signal_mask(mask | *task.ignored);
}

// At the exit stop. What has come meanwhile is received when the thread goes on.
void Recorder::unblock_ignored(Task& task, const InCall& call) {
  if (call.program_mask) task.thread.stopped().set_signal_mask(*call.program_mask);
}

// Handlers belong to a process, or to several: all are asked again.
void Recorder::note_dispositions(const SyscallArguments& call) {
  if (call.number != aarch64::kSysRtSigaction) return;
  for (const auto& [tid, task] : tasks_) task->ignored.reset();
}

}  // namespace rr::record
