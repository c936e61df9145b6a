// Starts a process under trace: forked, seized before it does anything, and, for a recording, under
// a seccomp filter that stops it at every system call but those made from one address.
#pragma once

#include <optional>
#include <sched.h>
#include <string>
#include <vector>

#include "kernel/ptrace.h"
#include "util/fd.h"
#include "util/types.h"

namespace rr::kernel {

// A stopped call that is made to seem to return to here, bytes behind untraced_return, meets this
// fate when it is let go on: the kernel then judges it once more.
inline constexpr uint32_t kKillProcessAt = 16;  // dies of SIGSYS, with its whole process
inline constexpr uint32_t kKillThreadAt = 20;   // dies of SIGSYS
inline constexpr uint32_t kTrapAt = 24;         // SIGSYS instead of the call

struct SpawnRequest {
  std::string path;                      // absolute, or relative to the working directory
  std::vector<std::string> arguments;    // argv, from argv[0]
  std::vector<std::string> environment;  // NAME=VALUE
  // Where a traced call must come from to pass the filter: the return address of the recorder's own
  // system-call instruction. None: no filter at all.
  std::optional<Address> untraced_return;
  // clock_gettime alone may also come from where it returns to here, in the same 4 GiB.
  std::optional<Address> clock_return = std::nullopt;
  std::optional<int> cpu;                              // bind to this CPU
  bool own_process_group = false;                      // away from the terminal's signals
  std::optional<uint64_t> timer_slack = std::nullopt;  // ns; none: as here
};

struct Spawned {
  Running running;
  OwnedFd exec_error;  // reads an errno (int) if execve failed, end of file when it succeeded
};

Spawned spawn_traced(const SpawnRequest& request);

// The CPUs this process may use; the first is where a recording is bound.
int first_allowed_cpu();

// Binds the calling thread. Best effort: a CPU that has gone away leaves it where it was.
void bind_to_cpu(int cpu);

// Binds the calling thread for a while.
class CpuBinding {
 public:
  explicit CpuBinding(int cpu);
  ~CpuBinding();
  CpuBinding(const CpuBinding&) = delete;
  CpuBinding& operator=(const CpuBinding&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace rr::kernel
