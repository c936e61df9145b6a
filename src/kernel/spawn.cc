#include "kernel/spawn.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/aarch64/syscall_numbers.h"
#include "util/error.h"

namespace rr::kernel {
namespace {

// Runs in the child, between fork and exec: only calls that are safe there. Returns an errno.
int install_filter(Address untraced_return, Address clock_return) {
  const auto clock = static_cast<uint32_t>(clock_return.value);
  const auto low = static_cast<uint32_t>(untraced_return.value);
  const auto high = static_cast<uint32_t>(untraced_return.value >> 32);
  constexpr uint32_t kPointer = offsetof(seccomp_data, instruction_pointer);
  constexpr uint32_t kNumber = offsetof(seccomp_data, nr);
  std::array<sock_filter, 16> filter = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPointer + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, high, 0, 13),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPointer),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low + kKillProcessAt, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low + kKillThreadAt, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low + kTrapAt, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, clock, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, aarch64::kSysClockGettime, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
  }};
  const sock_fprog program{filter.size(), filter.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) return 0;
  // Without CAP_SYS_ADMIN a filter needs this promise; with it, set-user-id programs keep working.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& s : strings) pointers.push_back(const_cast<char*>(s.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

struct ChildPlan {
  const SpawnRequest& request;
  char** argv;
  char** envp;
  int start_fd;
  int error_fd;
};

[[noreturn]] void run_child(const ChildPlan& plan) {
  // Dispositions that a shell or our own main left ignored pass to the program as they were found;
  // only SIGPIPE and the mask are ours to reset, and we change neither.
  if (plan.request.cpu) bind_to_cpu(*plan.request.cpu);
  if (plan.request.own_process_group) ::setpgid(0, 0);
  if (const auto& slack = plan.request.timer_slack) ::prctl(PR_SET_TIMERSLACK, *slack, 0, 0, 0);
  char go = 0;
  if (::read(plan.start_fd, &go, 1) != 1) ::_exit(127);  // the tracer is gone
  int error = 0;
  if (const auto& untraced = plan.request.untraced_return) {
    error = install_filter(*untraced, plan.request.clock_return.value_or(*untraced));
  }
  if (error == 0) {
    ::execve(plan.request.path.c_str(), plan.argv, plan.envp);
    error = errno;
  }
  [[maybe_unused]] const ssize_t n = ::write(plan.error_fd, &error, sizeof error);
  ::_exit(127);
}

struct Pipe {
  OwnedFd read_end;
  OwnedFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> fds;
  if (::pipe2(fds.data(), O_CLOEXEC) < 0) fail_errno("create", "a pipe");
  return {OwnedFd(fds[0]), OwnedFd(fds[1])};
}

}  // namespace

Spawned spawn_traced(const SpawnRequest& request) {
  Pipe start = make_pipe();
  Pipe error = make_pipe();
  std::vector<char*> argv = pointers_to(request.arguments);
  std::vector<char*> envp = pointers_to(request.environment);
  const pid_t child = ::fork();
  if (child < 0) fail_errno("start", request.path, "", ExitCode::kUnavailable);
  if (child == 0) {
    start.write_end.reset();
    run_child({request, argv.data(), envp.data(), start.read_end.get(), error.write_end.get()});
  }
  Spawned spawned{seize({child}), std::move(error.read_end)};
  const char go = 1;
  if (::write(start.write_end.get(), &go, 1) != 1) fail_errno("start", request.path);
  return spawned;
}

void bind_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

CpuBinding::CpuBinding(int cpu) {
  CPU_ZERO(&before_);
  ::sched_getaffinity(0, sizeof before_, &before_);
  bind_to_cpu(cpu);
}

CpuBinding::~CpuBinding() { ::sched_setaffinity(0, sizeof before_, &before_); }

int first_allowed_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) < 0) return 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) return cpu;
  }
  return 0;
}

}  // namespace rr::kernel
