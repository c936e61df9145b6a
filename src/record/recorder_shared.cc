// What threads share: the CPU, and words in memory that the kernel writes for one of them while
// others may look.

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "record/recorder.h"
#include "syscalls/robust_list.h"

namespace rr::record {
namespace {

// A processor set's first word, with the lowest others added that are missing to `count`.
uint64_t with_cores(uint64_t word, int count) {
  for (int cpu = 0; cpu < 64 && std::popcount(word) < count; ++cpu) word |= uint64_t{1} << cpu;
  return word;
}

}  // namespace

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
  const auto word = task.thread.space().read_object<uint64_t>(mask);
  if (!word) return;
  task.thread.space().write(mask, bytes_of(with_cores(*word, options_.core_count)));
}

// Nobody is moved, but what the kernel would refuse is refused (sched_setaffinity() in
// kernel/sched/syscalls.c).
int64_t Recorder::affinity_answer(const Task& task, const SyscallArguments& call) const {
  const auto process = static_cast<int32_t>(call.args[0]);
  const auto length = static_cast<uint32_t>(call.args[1]);
  uint64_t word = 0;
  const auto all = std::as_writable_bytes(std::span(&word, 1));
  const auto bytes = all.first(std::min<size_t>(length, sizeof word));
  if (task.thread.space().read({call.args[2]}, bytes) != bytes.size()) return -EFAULT;
  const std::string folder = "/proc/" + std::to_string(process);
  if (process != 0 && ::access(folder.c_str(), F_OK) != 0) return -ESRCH;
  // What there is, and what is shown: programs look for processors in many places.
  const auto count = std::max(options_.core_count, ::get_nprocs_conf());
  return (word & with_cores(0, count)) != 0 ? 0 : -EINVAL;
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
