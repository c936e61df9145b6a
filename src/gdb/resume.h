// Runs the machine until there is something that the client is to be told: what it asked not to
// hear of (conditions that do not hold, signals it passes, processes it does not debug) is run
// through.
#pragma once

#include <optional>

#include "gdb/session.h"

namespace rr::gdb {

struct StepRequest {
  machine::TaskId task;
  // Steps while pc stays in it; without it one step.
  std::optional<AddressRange> range;
};

// Without a step everything runs. The report becomes the session's last one.
Report resume(Session& session, const std::optional<StepRequest>& step);

}  // namespace rr::gdb
