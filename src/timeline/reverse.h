// Backward by running forward: from the nearest earlier checkpoint up to now, remembering the last
// thing that somebody wants to be told of; then again up to that.
#pragma once

#include <functional>
#include <optional>

#include "timeline/timeline.h"

namespace rr::timeline {

// What is looked for on the way back.
struct Pursuit {
  Breakpoints breakpoints;
  // Asked with the machine at the stop, which may be looked at but not moved.
  std::function<bool(machine::Machine& machine, const machine::Stop& stop)> is_told;
  Interrupted interrupted;
  // As in RunRequest.
  std::function<bool(Pid, int32_t number)> catches = {};
  // Asked of a stop other than an access: whether it is stood before, as an access is, so that one
  // that has just happened where one stands lies before now too. Empty: none is.
  std::function<bool(const machine::Stop& stop)> is_passed = {};
  // Asked of the machine at the start: whether what is looked for may be there. Empty: it is.
  std::function<bool(const machine::Machine& machine)> begins_with_it = {};
};

// Goes back to the last stop before now that is told of. A watched access is stood before, not
// behind, as one comes from the other side. With none, goes to the start and says StartOfReplay;
// where what is looked for begins later (Pursuit::begins_with_it), one stays where one was. So does
// one who is interrupted.
machine::Stop reverse_continue(Timeline& timeline, const Pursuit& pursuit);

// Goes back to before the last thing that this task did, an instruction or an event; or to a later
// stop that is told of, if another task had one. At the task's beginning as above.
machine::Stop reverse_step(Timeline& timeline, machine::TaskId task, const Pursuit& pursuit);

}  // namespace rr::timeline
