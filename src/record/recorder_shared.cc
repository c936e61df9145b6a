// What threads share: the CPU, and words in memory that the kernel writes for one of them while
// others may look.

#include <array>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "record/recorder.h"
#include "syscalls/robust_list.h"

namespace rr::record {

// A call may have changed anybody's nice value.
void Recorder::note_priorities(const SyscallArguments& call, int64_t result) {
  if (result < 0) return;
  if (call.number != aarch64::kSysSetpriority && call.number != aarch64::kSysSchedSetattr) return;
  for (const auto& [tid, task] : tasks_) scheduler_.set_nice(tid, kernel::nice_value(tid));
}

// All run on one CPU. A program that asks is shown as many as the user wishes: that one, and the
// lowest others.
void Recorder::show_cores(Task& task, const InCall& call, int64_t result) const {
  if (call.call.number != aarch64::kSysSchedGetaffinity || result <= 0) return;
  const Address mask{call.call.args[2]};
  auto word = task.thread.space().read_object<uint64_t>(mask);
  if (!word) return;
  for (int cpu = 0; cpu < 64 && std::popcount(*word) < options_.core_count; ++cpu) {
    *word |= uint64_t{1} << cpu;
  }
  task.thread.space().write(mask, bytes_of(*word));
}

// What the kernel has changed already of words that stay where they are: a lock that has waiters
// now, which its owner will see.
void Recorder::record_in_place(Task& task, const InCall& call) {
  for (const syscalls::Region& region : call.plan.regions.view()) {
    if (region.is_in_place) sink_.add_memory(task.thread.space(), region.address, region.size);
  }
}

// The thread, at its exit stop, is let go. The kernel marks the robust mutexes that it holds,
// clears a word and wakes who waits for them: nobody may run before that is done.
void Recorder::record_exit_words(Task& task, trace::Frame& frame) {
  tracee::Thread& thread = task.thread;
  std::vector<syscalls::RobustWord> words;
  if (task.robust_list != Address{}) {
    words =
        syscalls::robust_words(task.robust_list, kernel::own_tid(thread.real()), thread.space());
  }
  const bool is_shared = thread.shared_space().use_count() > 1;
  const bool is_cleared = is_shared && task.cleared_at_exit != Address{};
  thread.resume(kernel::Resume::kContinue);
  if (!is_cleared && words.empty()) return;
  if (!wait_until_gone(task)) return;
  if (is_cleared) sink_.add_memory(thread.space(), task.cleared_at_exit, sizeof(int32_t));
  for (const syscalls::RobustWord& word : words) {
    // The process's memory may be gone with it, yet be shared with another.
    frame.writes.push_back({word.address, to_bytes(word.after)});
  }
}

}  // namespace rr::record
