#include "replay/stack_limit.h"

#include <algorithm>
#include <sys/resource.h>

#include "arch/aarch64/syscall_numbers.h"

namespace rr::replay {

// Where the stack ends decides which access faults. The hard limit stays: it may not be ours to
// raise.
void limit_stack(Task& task, uint64_t bytes) {
  rlimit limit{};
  const pid_t pid = task.thread.real().value;
  if (::prlimit(pid, RLIMIT_STACK, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(bytes, limit.rlim_max);
  ::prlimit(pid, RLIMIT_STACK, &limit, nullptr);
}

std::optional<uint64_t> own_stack_limit_set_by(const trace::Frame& frame,
                                               const MemoryReader& memory) {
  const SyscallArguments call = Arch::syscall_arguments(frame.before);
  const bool names_process = call.number == aarch64::kSysPrlimit64;
  const uint64_t resource = call.args[names_process ? 1 : 0];
  const Address limit{call.args[names_process ? 2 : 1]};
  if (static_cast<uint32_t>(resource) != RLIMIT_STACK || limit == Address{}) return std::nullopt;
  if (Arch::syscall_result(frame.after) != 0) return std::nullopt;
  if (names_process && static_cast<int32_t>(call.args[0]) != 0) return std::nullopt;
  return memory.read_object<uint64_t>(limit);
}

}  // namespace rr::replay
