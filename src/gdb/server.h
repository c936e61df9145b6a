// Serves one debugger over one connection: takes packets, carries them out on a Machine, replies.
// Returns when the debugger has left, and says how.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gdb/connection.h"
#include "machine/machine.h"
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

struct ServeOptions {
  FileProvider open_file = open_host_file;
  Restart restart;             // empty: `run` is refused
  std::optional<Pid> process;  // the one to begin with; none: the machine's current task's
  // Why the machine cannot go on, for one that has diverged before it was served.
  std::optional<std::string> failure;
};

enum class SessionEnd { kDetached, kKilled, kConnectionLost };

// The machine stays the caller's; after a restart the session goes on with the machine it was
// given by the callback, and ends with it.
SessionEnd serve(machine::Machine& machine, Connection& connection,
                 const ServeOptions& options = {});

}  // namespace rr::gdb
