// Runs a system call for real on lent memory and holds what the kernel changed there against what
// the call's row declares. Each run happens in a process of its own, so that a case may do to it
// what it likes.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "arch/arch.h"
#include "syscall_audit/arena.h"
#include "syscalls/row.h"

namespace rr::test {

// One way to make a call that reaches what its row says it writes.
struct Case {
  const char* about;  // the call or sub-command, and what is special
  // In the process that will make the call, which dies afterwards.
  std::function<SyscallArguments(Arena&)> prepare;
  // What the call must end with: 0 for success, else an errno.
  int error = 0;
  // Errors by which a kernel or machine says that it lacks the thing. ENOSYS always does.
  std::vector<int> lacking = {};
};

// The number is that of the row with this name.
SyscallArguments make_call(const char* name, std::vector<uint64_t> arguments);

template <typename T>
uint64_t as_argument(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<uint64_t>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<uint64_t>(value);
  }
}
template <typename... Args>
SyscallArguments call(const char* name, Args... arguments) {
  return make_call(name, {as_argument(arguments)...});
}

// ioctl with an argument of `size` bytes.
inline SyscallArguments control(Arena& a, int fd, uint32_t command, size_t size) {
  return call("ioctl", fd, command, a.space(size));
}

// What became of a case, over all runs of it.
struct Finding {
  const syscalls::Row* row = nullptr;  // the resolved one
  bool is_lacking = false;
  // Outputs of the row without which a change would have gone unseen: bit i for output i.
  uint32_t needed = 0;
  std::string complaint;  // empty if all is well
};

Finding audit(const Case& audited);

// The cases, by subject.
std::vector<Case> file_cases();
std::vector<Case> poll_cases();
std::vector<Case> socket_cases();
std::vector<Case> time_cases();
std::vector<Case> process_cases();
std::vector<Case> signal_cases();
std::vector<Case> memory_cases();
std::vector<Case> ipc_cases();
std::vector<Case> key_cases();
std::vector<Case> command_cases();
std::vector<Case> terminal_cases();
std::vector<Case> device_cases();
std::vector<Case> network_device_cases();
std::vector<Case> bpf_cases();
std::vector<Case> perf_cases();
// Of calls that write nothing.
std::vector<Case> silent_file_cases();
std::vector<Case> silent_mount_cases();
std::vector<Case> silent_process_cases();
std::vector<Case> silent_memory_cases();
std::vector<Case> silent_fcntl_cases();
std::vector<Case> silent_prctl_cases();
std::vector<Case> silent_key_cases();
std::vector<Case> silent_ipc_cases();
std::vector<Case> silent_terminal_cases();
std::vector<Case> silent_device_cases();
std::vector<Case> silent_namespace_cases();

}  // namespace rr::test
