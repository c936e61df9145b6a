// Serves one debugger over one connection: takes packets, carries them out on a Machine, replies.
// Returns when the debugger has left, and says how.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gdb/connection.h"
#include "machine/machine.h"
#include "timeline/checkpoints.h"
#include "util/fd.h"

namespace rr::gdb {

// Opens a file of the recorded program for reading; a descriptor that is not open leaves errno.
using FileProvider = std::function<OwnedFd(const std::string& path)>;

struct RestartRequest {
  std::vector<std::string> arguments;  // of the debugger's `run`
};
// A fresh machine at the first instruction of the program. Throws Error when it cannot be had.
using Restart = std::function<std::unique_ptr<machine::Machine>(const RestartRequest&)>;

// A regular file of this host. The default provider.
OwnedFd open_host_file(const std::string& path);

// Told while a user waits for a place: how many events of how many have been replayed.
using Progress = std::function<void(FrameNumber reached, FrameNumber last)>;

struct ServeOptions {
  FileProvider open_file = open_host_file;
  Restart restart;  // for machines that cannot go back; empty: `run` is refused for them
  timeline::Policy checkpoints;
  Progress progress;  // may be empty
  std::chrono::milliseconds between_progress{1000};
  std::string begin_at;  // a place, as in gdb/seek.h
  // How far, in Machine::cost(), a `run PLACE` goes before its packet is answered. gdb passes no
  // Ctrl-C on until then; the rest of the way is gone when it lets the program go on.
  uint64_t way_without_interrupt = 50'000'000;
  std::optional<Pid> process;  // the one to begin with; none: the machine's current task's
  // Why the machine cannot go on, for one that has diverged before it was served.
  std::optional<std::string> failure;
};

enum class SessionEnd { kDetached, kKilled, kConnectionLost };

// The machine stays the caller's, but the session may go on with another one: a copy, or what the
// callback gave it.
SessionEnd serve(machine::Machine& machine, Connection& connection,
                 const ServeOptions& options = {});
// The machine is the session's.
SessionEnd serve(std::unique_ptr<machine::Machine> machine, Connection& connection,
                 const ServeOptions& options = {});

}  // namespace rr::gdb
