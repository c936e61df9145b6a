// What a client is told in a stop reply.
#pragma once

#include <string>
#include <variant>

#include "machine/machine.h"

namespace rr::gdb {

// The child of a vfork has left its parent's memory. Follows from Executed or ProcessExited.
struct VforkDone {};
// Nothing has run yet.
struct Attached {};
// Other libraries may be mapped than the client has seen: it looks anew and goes on at once.
struct LibrariesChanged {};
// Stands at the place that `run PLACE` named, from where the client would go on at once.
struct ArrivedAtPlace {};

// The replay cannot go on: it has diverged, or the recording is damaged. It can be looked at.
struct ReplayFailed {
  std::string message;
};

struct Report {
  machine::TaskId task;
  std::variant<machine::Reason, VforkDone, Attached, LibrariesChanged, ArrivedAtPlace, ReplayFailed>
      what = Attached{};
};

}  // namespace rr::gdb
