// A thread being replayed: the living thread and what the recording knows of its process.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arch/aarch64/syscall_stops.h"
#include "machine/machine.h"
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
  // Parts of its memory are not, or empty, in a forked child (MADV_DONTFORK, MADV_WIPEONFORK).
  bool has_fork_advice = false;
  // replay/proc_facts.h:
  std::string directory;            // where it works; empty: not known
  Pid parent;                       // 0: not in the recording
  std::map<int32_t, Tid> name_fds;  // its descriptors of files that hold a thread's name
};

struct Task {
  tracee::Thread thread;
  std::shared_ptr<Process> process;
  std::string name = {};  // as /proc/TID/comm
  // Where it stood at its last stop: going on steps off a user's breakpoint there.
  std::optional<Address> reported_breakpoint = std::nullopt;
  std::optional<machine::Breakpoint> touched = std::nullopt;  // the watchpoint hit last
  // What the CPU's watchpoint slots hold for this thread: as many as are in use.
  std::vector<aarch64::WatchSlot> watch_slots = {};
  std::optional<int32_t> exit_status = std::nullopt;  // wait status, once the end has been replayed
  // Stands at a system call whose entry has come true and whose exit has not.
  std::optional<trace::SyscallEnterEvent> in_call = std::nullopt;
  Ticks counted{};  // so much of its progress is in Replayer::cost()
};

}  // namespace rr::replay
