// Runs the machine until there is something that the client is to be told: what it asked not to
// hear of (conditions that do not hold, signals it passes, processes it does not debug) is run
// through.
#pragma once

#include <optional>

#include "gdb/report.h"

namespace rr::gdb {

class Session;

struct StepRequest {
  machine::TaskId task;
  // Steps while pc stays in it; without it one step.
  std::optional<AddressRange> range;
};

struct ResumeRequest {
  std::optional<StepRequest> step;  // without it everything runs
  // The thread that the client wants to go on. Only a diversion asks: in a replay the recording
  // says who runs.
  std::optional<machine::TaskId> named = std::nullopt;
};

// The report becomes the session's last one.
Report resume(Session& session, const ResumeRequest& request);
// The answer to going on, in whichever direction, when the user has pressed Ctrl-C since the last.
std::optional<Report> kept_interrupt(Session& session);
// Whether a step of a range is not at its end yet.
bool range_goes_on(Session& session, const StepRequest& step);

}  // namespace rr::gdb
