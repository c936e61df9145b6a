// A thread being replayed: the living thread and what the recording knows of its process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trace/frame.h"
#include "tracee/thread.h"

namespace rr::replay {

// What the threads of a process share beside their memory.
struct Process {
  Pid pid;                 // as recorded
  std::string executable;  // as recorded
  std::vector<std::string> arguments;
  Address program_break;
  Bytes auxiliary_vector;
  std::vector<trace::Mapping> exec_mappings;
};

struct Task {
  tracee::Thread thread;
  std::shared_ptr<Process> process;
  // A user's breakpoint here has been reported; going on steps off it.
  std::optional<Address> reported_breakpoint = std::nullopt;
  std::optional<int32_t> exit_status = std::nullopt;  // wait status, once the end has been replayed
  // Stands at a system call whose entry has come true and whose exit has not.
  std::optional<trace::SyscallEnterEvent> in_call = std::nullopt;
};

}  // namespace rr::replay
