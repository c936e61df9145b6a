#include "timeline/timeline.h"

#include <algorithm>

#include "util/check.h"
#include "util/error.h"

namespace rr::timeline {

using machine::is;
using machine::is_alive;
using machine::Machine;
using machine::Mark;
using machine::mark_of;
using machine::RunRequest;
using machine::Stop;

Timeline::Timeline(Machine& machine, const Policy& policy)
    : policy_(policy), machine_(&machine), start_(mark_of(machine)), checkpoints_(policy) {
  start_here();
}

Timeline::Timeline(std::unique_ptr<Machine> machine, const Policy& policy)
    : policy_(policy),
      machine_(machine.get()),
      owned_(std::move(machine)),
      start_(mark_of(*machine_)),
      checkpoints_(policy) {
  start_here();
}

void Timeline::start_here() {
  if (std::shared_ptr<Machine> copy = machine_->fork()) {
    checkpoints_.add({.origin = Origin::kStart,
                      .mark = start_,
                      .cost = machine_->cost(),
                      .machine = std::move(copy)});
  }
}

Stop Timeline::run(const RunRequest& request) {
  Way way;
  return run_spaced(*machine_, request, way);
}

Stop Timeline::run_towards(Machine& machine, const RunRequest& request, uint64_t goal_cost) {
  Way way = Way::to_cost(goal_cost);
  return run_spaced(machine, request, way);
}

Stop Timeline::run_spaced(Machine& machine, RunRequest request, Way& way) {
  const Interrupted by_user = request.interrupted;
  const uint64_t ask_at = request.ask_at.value_or(UINT64_MAX);
  for (;;) {
    const uint64_t here = machine.cost();
    uint64_t due = next_checkpoint(machine, way);
    if (due <= here) {
      keep(machine, way.end(machine).value_or(here));
      due = std::max(next_checkpoint(machine, way), here + policy_.nearest);
    }
    request.ask_at = std::min(due, ask_at > here ? ask_at : UINT64_MAX);
    bool is_users = false;
    request.interrupted = [&] {
      is_users = by_user && by_user();
      return is_users || machine.cost() >= due;
    };
    Stop stop = machine.run(request);
    notice(machine, stop);
    if (!is<machine::Interrupted>(stop) || is_users) return stop;
  }
}

// In Machine::cost(). Counted from the last one, not from here: stops on the way do not put it off.
uint64_t Timeline::next_checkpoint(const Machine& machine, Way& way) const {
  const uint64_t here = machine.cost();
  const uint64_t last = checkpoints_.last_cost_at(here).value_or(here);
  const auto end = way.end(machine);
  if (!end) return last + std::max(policy_.gap, here / policy_.part);
  // Just before the end; who has not arrived by then was told wrong, and asks again.
  if (*end < here + policy_.nearest) return here + 2 * policy_.nearest;
  const uint64_t left = *end - last;
  return last + std::max(left - left / policy_.approach, policy_.nearest);
}

void Timeline::keep(Machine& machine, uint64_t focus) {
  const uint64_t cost = machine.cost();
  if (!can_go_back() || checkpoints_.has_near(cost)) return;
  std::shared_ptr<Machine> copy = machine.fork();
  if (copy == nullptr) return;
  checkpoints_.add({.mark = mark_of(machine), .cost = cost, .machine = std::move(copy)});
  checkpoints_.thin(focus);
}

void Timeline::notice(const Machine& machine, const Stop& stop) {
  if (is<machine::Executed>(stop)) execs_[stop.task.pid].insert(machine.position().frame);
}

FrameNumber Timeline::program_since(Pid pid, const Mark& mark) const {
  const auto found = execs_.find(pid);
  if (found == execs_.end()) return {0};
  const auto behind = found->second.upper_bound(mark.position().frame);
  return behind == found->second.begin() ? FrameNumber{0} : *std::prev(behind);
}

void Timeline::arm(Machine& machine, const Breakpoints& breakpoints, const Mark& as_of) {
  const auto present = machine.planted_breakpoints();
  const Mark here = mark_of(machine);
  for (const machine::Breakpoint& breakpoint : breakpoints) {
    const bool is_its_program =
        program_since(breakpoint.pid, here) >= program_since(breakpoint.pid, as_of);
    if (is_its_program && std::ranges::find(present, breakpoint) == present.end()) {
      machine.await_breakpoint(breakpoint);
    }
  }
}

std::unique_ptr<Machine> Timeline::restore(const Checkpoint& checkpoint,
                                           const Breakpoints& breakpoints, const Mark& as_of) {
  auto machine = checkpoint.machine->fork();
  if (machine == nullptr) fail("the checkpoint cannot be gone back to");
  for (const machine::Breakpoint& old : machine->planted_breakpoints()) {
    if (std::ranges::find(breakpoints, old) == breakpoints.end()) machine->remove_breakpoint(old);
  }
  arm(*machine, breakpoints, as_of);
  return machine;
}

void Timeline::take_over(std::unique_ptr<Machine> machine) {
  machine_ = machine.get();
  owned_ = std::move(machine);
}

Arrival Timeline::advance(const Mark& target, const Interrupted& interrupted) {
  const machine::Until until{target.position().frame, target.position().ticks};
  RunRequest request{
      .step = {}, .interrupted = interrupted, .until = until, .output = machine::Output::kHidden};
  Way way = Way::to(target.position());
  while (now().position() < target.position()) {
    const Stop stop = run_spaced(*machine_, request, way);
    if (is<machine::Interrupted>(stop)) return Arrival::kInterrupted;
    if (is<machine::EndOfReplay>(stop)) break;
    const bool is_past = is<machine::Reached>(stop) && now().position() < target.position();
    if (is_past) break;
  }
  while (now() < target) {
    request.step = machine_->current_task();
    request.until.reset();
    if (is<machine::EndOfReplay>(machine_->run(request))) break;
  }
  if (now() != target) fail("that place is not on the way of this replay");
  return Arrival::kArrived;
}

Arrival Timeline::seek(const Mark& target, const Breakpoints& breakpoints,
                       const Interrupted& interrupted) {
  const Mark here = now();
  if (here == target) return Arrival::kArrived;
  const auto checkpoint = checkpoints_.latest_at(target);
  const bool goes_on = here < target && (!checkpoint || checkpoint->mark <= here);
  begin_seek(goes_on ? std::nullopt : checkpoint, here);
  const Arrival arrival = advance(target, interrupted);
  arm(*machine_, breakpoints, here);
  return arrival;
}

// From a checkpoint, or from here; without breakpoints.
void Timeline::begin_seek(const std::optional<Checkpoint>& from, const Mark& here) {
  if (from) return take_over(restore(*from, {}, here));
  if (!can_go_back()) fail("this replay cannot go back: no checkpoint could be made");
  for (const auto& old : machine_->planted_breakpoints()) machine_->remove_breakpoint(old);
}

bool Timeline::is_at_end() const { return machine_->position().frame >= machine_->last_frame(); }

Arrival Timeline::run_until(const machine::Until& until, const Interrupted& interrupted, Way& way) {
  const RunRequest request = {
      .step = {}, .interrupted = interrupted, .until = until, .output = machine::Output::kHidden};
  for (;;) {
    const Stop stop = run_spaced(*machine_, request, way);
    if (is<machine::Interrupted>(stop)) return Arrival::kInterrupted;
    if (is<machine::Reached>(stop) || is<machine::EndOfReplay>(stop)) return Arrival::kArrived;
  }
}

Arrival Timeline::seek(FrameNumber frame, const Breakpoints& breakpoints,
                       const Interrupted& interrupted) {
  const Mark here = now();
  const FrameNumber first = start_.position().frame;
  if (frame > machine_->last_frame()) {
    fail("the recording ends with event " + std::to_string(machine_->last_frame().value));
  }
  if (frame <= first) return seek(start_, breakpoints, interrupted);
  // The first place of the frame is where it has just come true.
  const auto checkpoint = checkpoints_.latest_before({{frame, {0}}, {}});
  const bool goes_on = here.position().frame < frame && (!checkpoint || checkpoint->mark <= here);
  begin_seek(goes_on ? std::nullopt : checkpoint, here);
  Way way = Way::to({frame, Ticks{0}});
  const Arrival arrival = run_until({frame, Ticks{0}}, interrupted, way);
  arm(*machine_, breakpoints, here);
  return arrival;
}

void Timeline::seek_before(FrameNumber frame, const Breakpoints& breakpoints) {
  const Mark here = now();
  const FrameNumber before{frame.value == 0 ? 0 : frame.value - 1};
  seek(before, {});
  Way way = Way::to({frame, Ticks{0}});
  run_until({before, std::nullopt}, {}, way);
  arm(*machine_, breakpoints, here);
}

Arrival Timeline::seek_ticks(machine::TaskId task, Ticks ticks, const Breakpoints& breakpoints,
                             const Interrupted& interrupted) {
  const Mark here = now();
  const auto has_passed = [&](const Machine& machine) { return machine.ticks(task) > ticks; };
  std::optional<Checkpoint> from;
  for (const Checkpoint& checkpoint : checkpoints_.all()) {
    const bool lives = is_alive(*checkpoint.machine, task);
    if (lives && has_passed(*checkpoint.machine)) break;
    if (lives || !from || !is_alive(*from->machine, task)) from = checkpoint;
  }
  const bool goes_on =
      is_alive(*machine_, task) && !has_passed(*machine_) && (!from || from->mark <= here);
  begin_seek(goes_on ? std::nullopt : from, here);
  Arrival arrival = Arrival::kArrived;
  Way way = Way::to_ticks(task, ticks);
  for (;;) {
    const bool is_its = machine_->current_task() == task;
    const machine::Position at = machine_->position();
    if (is_its && at.ticks >= ticks) break;
    machine::Until until{at.frame, std::nullopt};
    if (is_its) until.ticks = ticks;
    arrival = run_until(until, interrupted, way);
    if (arrival == Arrival::kInterrupted || is_at_end()) break;
    if (machine_->position() == at) {
      arrival = run_until({{at.frame.value + 1}, Ticks{0}}, interrupted, way);
    }
  }
  if (arrival == Arrival::kArrived && is_at_end()) seek_before(machine_->last_frame(), {});
  arm(*machine_, breakpoints, here);
  return arrival;
}

std::optional<uint64_t> Timeline::add_checkpoint() {
  std::shared_ptr<Machine> copy = machine_->fork();
  if (copy == nullptr) return std::nullopt;
  checkpoints_.add({.number = ++last_number_,
                    .origin = Origin::kUser,
                    .mark = now(),
                    .cost = machine_->cost(),
                    .machine = std::move(copy)});
  return last_number_;
}

}  // namespace rr::timeline
