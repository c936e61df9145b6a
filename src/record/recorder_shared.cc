// What threads share: the CPU, and words in memory that the kernel writes for one of them while
// others may look.

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "arch/aarch64/syscall_numbers.h"
#include "kernel/memory.h"
#include "kernel/proc.h"
#include "record/recorder.h"
#include "schedule/shown_cores.h"
#include "syscalls/robust_list.h"

namespace rr::record {
namespace {

using schedule::CoreMask;
using schedule::with_cores;

std::optional<CoreMask> read_mask(const tracee::AddressSpace& space, Address mask, size_t size) {
  CoreMask words((size + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  const auto bytes = std::as_writable_bytes(std::span(words)).first(size);
  if (space.read(mask, bytes) != size) return std::nullopt;
  return words;
}

bool have_one_in_common(const CoreMask& a, const CoreMask& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if ((a[i] & b[i]) != 0) return true;
  }
  return false;
}

}  // namespace

// A call may have changed anybody's nice value.
void Recorder::note_priorities(const SyscallArguments& call, int64_t result) {
  if (result < 0) return;
  if (call.number != aarch64::kSysSetpriority && call.number != aarch64::kSysSchedSetattr) return;
  for (const auto& [tid, task] : tasks_) scheduler_.set_nice(tid, kernel::nice_value(tid));
}

// Refused as by a kernel that has as many processors as the program is shown (sched_getaffinity()
// in kernel/sched/syscalls.c).
bool Recorder::is_too_short_for_cores(const SyscallArguments& call) const {
  return call.number == aarch64::kSysSchedGetaffinity &&
         uint64_t{static_cast<uint32_t>(call.args[1])} * CHAR_BIT <
             static_cast<uint64_t>(options_.core_count);
}

// All run on one CPU. A program that asks is shown as many as the user wishes: that one, and the
// lowest others. Gives the registers behind the call.
Registers Recorder::show_cores(Task& task, const InCall& call, Registers after) const {
  const int64_t result = Arch::syscall_result(after);
  if (call.call.number != aarch64::kSysSchedGetaffinity || result <= 0) return after;
  const Address mask{call.call.args[2]};
  const auto own = read_mask(task.thread.space(), mask, static_cast<size_t>(result));
  if (!own) return after;
  const CoreMask shown = with_cores(*own, options_.core_count);
  const auto bytes = std::as_bytes(std::span(shown));
  if (kernel::write_where_allowed(task.thread.real(), mask, bytes) != bytes.size()) return after;
  if (static_cast<size_t>(result) == bytes.size()) return after;
  Arch::set_syscall_result(after, static_cast<int64_t>(bytes.size()));
  task.thread.stopped().set_registers(after);
  return after;
}

// Nobody is moved, but what the kernel would refuse is refused (sched_setaffinity() in
// kernel/sched/syscalls.c).
int64_t Recorder::affinity_answer(const Task& task, const SyscallArguments& call) const {
  const auto process = static_cast<int32_t>(call.args[0]);
  // What there is, and what is shown: programs look for processors in many places.
  const CoreMask all = with_cores({0}, std::max(options_.core_count, ::get_nprocs_conf()));
  const size_t length =
      std::min<size_t>(static_cast<uint32_t>(call.args[1]), all.size() * sizeof all.front());
  const auto wish = read_mask(task.thread.space(), {call.args[2]}, length);
  if (!wish) return -EFAULT;
  const std::string folder = "/proc/" + std::to_string(process);
  if (process != 0 && ::access(folder.c_str(), F_OK) != 0) return -ESRCH;
  return have_one_in_common(*wish, all) ? 0 : -EINVAL;
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
  try {
    thread.resume(kernel::Resume::kContinue);
  } catch (const kernel::TraceeDied&) {
    thread.set_dead();  // SIGKILL to its process has let it go
  }
  if (!is_cleared && words.empty()) return;
  if (!wait_until_gone(task)) return;
  if (is_cleared) sink_.add_memory(thread.space(), task.cleared_at_exit, sizeof(int32_t));
  for (const syscalls::RobustWord& word : words) {
    // The process's memory may be gone with it, yet be shared with another.
    frame.writes.push_back({word.address, to_bytes(word.after)});
  }
}

}  // namespace rr::record
