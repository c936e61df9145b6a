#include <algorithm>

#include "machine/machine.h"

namespace rr::machine {

Mark mark_of(const Machine& machine) {
  const TaskId current = machine.current_task();
  const auto alive = machine.tasks();
  const bool has_ended = std::ranges::find(alive, current, &TaskInfo::id) == alive.end();
  return {machine.position(), has_ended ? Registers{} : machine.registers(current)};
}

}  // namespace rr::machine
