#include <algorithm>

#include "machine/machine.h"

namespace rr::machine {

Mark mark_of(const Machine& machine) {
  const TaskId current = machine.current_task();
  return {machine.position(),
          is_alive(machine, current) ? machine.registers(current) : Registers{}};
}

bool is_alive(const Machine& machine, TaskId task) {
  const auto alive = machine.tasks();
  return std::ranges::find(alive, task, &TaskInfo::id) != alive.end();
}

}  // namespace rr::machine
