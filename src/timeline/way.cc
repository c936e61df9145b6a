#include "timeline/way.h"

namespace rr::timeline {

using machine::Machine;

Way Way::to_cost(uint64_t goal) {
  return Way([goal](const Machine& machine) -> std::optional<uint64_t> {
    const uint64_t here = machine.cost();
    return goal > here ? goal - here : 0;
  });
}

Way Way::to(const machine::Position& goal) {
  return Way([goal](const Machine& machine) -> std::optional<uint64_t> {
    const machine::Position here = machine.position();
    // Between two frames one thread runs, which is the goal's.
    if (here.frame >= goal.frame) {
      return goal.ticks > here.ticks ? goal.ticks.value - here.ticks.value : 0;
    }
    const std::optional<uint64_t> frame_begins = machine.cost_at(goal.frame);
    const uint64_t cost = machine.cost();
    if (!frame_begins || *frame_begins <= cost) return std::nullopt;
    return *frame_begins - cost;
  });
}

Way Way::to_ticks(machine::TaskId task, Ticks ticks) {
  return Way([task, ticks](const Machine& machine) -> std::optional<uint64_t> {
    if (!machine::is_alive(machine, task)) return std::nullopt;
    const Ticks now = machine.ticks(task);
    return ticks > now ? ticks.value - now.value : 0;
  });
}

std::optional<uint64_t> Way::end(const Machine& machine) {
  if (!left_) return std::nullopt;
  const std::optional<uint64_t> left = left_(machine);
  if (!left) return std::nullopt;
  const uint64_t here = machine.cost();
  Answer answer{here, here + *left, false};
  if (before_ && before_->at == here) {
    answer.is_wrong = before_->is_wrong;
  } else if (before_ && answer.end > before_->end) {
    answer.is_wrong = answer.end - before_->end > (here - before_->at) / 2;
  }
  before_ = answer;
  if (answer.is_wrong) return std::nullopt;
  return answer.end;
}

}  // namespace rr::timeline
