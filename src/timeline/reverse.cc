#include "timeline/reverse.h"

#include <algorithm>

namespace rr::timeline {
namespace {

using machine::is;
using machine::is_alive;
using machine::Machine;
using machine::Mark;
using machine::mark_of;
using machine::RunRequest;
using machine::Stop;
using machine::TaskId;

RunRequest hidden(const Interrupted& interrupted) {
  return {.step = {}, .interrupted = interrupted, .until = {}, .output = machine::Output::kHidden};
}

struct UserInterrupt {};

// Where a stop was met, running forward.
struct Met {
  Mark mark;
  Stop stop;
};

// A stretch of the time line: from where a machine stands up to `end`.
struct Stretch {
  Mark end;
  uint64_t end_cost = 0;
  bool includes_end = false;  // stops that are at `end` itself
};

class Search {
 public:
  Search(Timeline& timeline, const Pursuit& pursuit)
      : timeline_(timeline), pursuit_(pursuit), now_(timeline.now()) {}

  // The last stop before now, or nothing. Throws UserInterrupt.
  std::optional<Met> last_stop();
  // The place before the last thing that the task did before `end`.
  std::optional<Mark> before_last_of(TaskId task, const Mark& end, uint64_t end_cost);

 private:
  std::optional<Met> last_stop_in(Machine& machine, Stretch stretch);
  bool is_worth_a_leap(uint64_t stops, const Machine& machine, const Stretch& stretch) const;
  std::unique_ptr<Machine> leap(Machine& machine, const Stretch& stretch) const;
  RunRequest watchful(const Interrupted& interrupted) const;
  Stop go_on(Machine& machine, const Stretch& stretch) const;
  bool counts(Machine& machine, const Stretch& stretch, const Stop& stop) const;
  std::optional<Mark> last_doing_in(Machine& machine, TaskId task, const Stretch& stretch);
  Mark before(const Mark& from, const Mark& end, uint64_t end_cost);

  Timeline& timeline_;
  const Pursuit& pursuit_;
  Mark now_;
};

std::optional<Met> Search::last_stop() {
  Stretch stretch{now_, timeline_.machine().cost(), false};
  for (;;) {
    const auto from = timeline_.latest_before(stretch.end);
    if (!from) return std::nullopt;
    const auto machine = timeline_.restore(*from, pursuit_.breakpoints, now_);
    if (auto met = last_stop_in(*machine, stretch)) return met;
    stretch = {from->mark, from->cost, true};
  }
}

RunRequest Search::watchful(const Interrupted& interrupted) const {
  RunRequest request = hidden(interrupted);
  request.catches = pursuit_.catches;
  return request;
}

// To the next stop, or to the stretch's end, where it says Reached.
Stop Search::go_on(Machine& machine, const Stretch& stretch) const {
  RunRequest request = watchful(pursuit_.interrupted);
  const machine::Position end = stretch.end.position();
  request.until = machine::Until{end.frame, end.ticks};
  Stop stop = timeline_.run_towards(machine, request, stretch.end_cost);
  const Mark mark = mark_of(machine);
  // Where several places have one tick the rest is stepped.
  if (!is<machine::Reached>(stop) || mark >= stretch.end) return stop;
  request.until.reset();
  request.step = machine.current_task();
  return machine.run(request);
}

// A copy that has run half the way without stopping.
std::unique_ptr<Machine> Search::leap(Machine& machine, const Stretch& stretch) const {
  const uint64_t here = machine.cost();
  if (stretch.end_cost < here + 2) return nullptr;
  const uint64_t way = (stretch.end_cost - here) / 2;
  auto copy = machine.fork();
  if (copy == nullptr) return nullptr;
  for (const auto& set : copy->planted_breakpoints()) copy->remove_breakpoint(set);
  const machine::Position end = stretch.end.position();
  bool is_users = false;
  std::optional<Mark> told;  // where a stop was: who comes from before would not meet it there
  RunRequest request = watchful([&] {
    is_users = pursuit_.interrupted && pursuit_.interrupted();
    return is_users || (copy->cost() >= here + way && told != mark_of(*copy));
  });
  request.until = machine::Until{end.frame, end.ticks};
  request.ask_at = here + way;
  for (;;) {
    const Stop stop = timeline_.run_towards(*copy, request, stretch.end_cost);
    if (is_users) throw UserInterrupt{};
    if (is<machine::Interrupted>(stop)) break;
    if (is<machine::Reached>(stop) || is<machine::EndOfReplay>(stop)) return nullptr;
    told = mark_of(*copy);
  }
  const Mark there = mark_of(*copy);
  if (there <= mark_of(machine) || there >= stretch.end) return nullptr;
  timeline_.arm(*copy, pursuit_.breakpoints, now_);
  return copy;
}

// Once a part of what it takes has been spent on stops.
bool Search::is_worth_a_leap(uint64_t stops, const Machine& machine, const Stretch& stretch) const {
  const uint64_t here = machine.cost();
  const uint64_t left = stretch.end_cost > here ? stretch.end_cost - here : 0;
  return stops * timeline_.policy().stop >= left / 8 + timeline_.policy().copy;
}

// Where stops are many, the last one is looked for in the second half first: thousands that come
// before it are never met.
std::optional<Met> Search::last_stop_in(Machine& machine, Stretch stretch) {
  std::optional<Met> last;
  uint64_t met = 0;
  for (;;) {
    if (is_worth_a_leap(met, machine, stretch)) {
      met = 0;
      if (const auto copy = leap(machine, stretch)) {
        const Stretch behind = {mark_of(*copy), copy->cost(), true};
        if (auto later = last_stop_in(*copy, stretch)) return later;
        stretch = behind;
      }
    }
    ++met;
    const Stop stop = go_on(machine, stretch);
    if (is<machine::Interrupted>(stop)) throw UserInterrupt{};
    if (is<machine::Reached>(stop) || is<machine::EndOfReplay>(stop)) return last;
    if (is<machine::Executed>(stop) || is<machine::Forked>(stop)) {
      timeline_.arm(machine, pursuit_.breakpoints, now_);
    }
    if (mark_of(machine) > stretch.end) return last;
    if (counts(machine, stretch, stop)) last = Met{mark_of(machine), stop};
  }
}

// What has just happened lies before now, if it is stood before; any other stop that is here does
// not.
bool Search::counts(Machine& machine, const Stretch& stretch, const Stop& stop) const {
  if (is<machine::StepDone>(stop)) return false;
  const bool is_passed =
      is<machine::WatchpointHit>(stop) || (pursuit_.is_passed && pursuit_.is_passed(stop));
  const bool is_inside = stretch.includes_end || is_passed || mark_of(machine) < stretch.end;
  return is_inside && pursuit_.is_told(machine, stop);
}

std::optional<Mark> Search::before_last_of(TaskId task, const Mark& end, uint64_t end_cost) {
  Stretch stretch{end, end_cost, true};
  for (;;) {
    const auto from = timeline_.latest_before(stretch.end);
    if (!from) return std::nullopt;
    const auto machine = timeline_.restore(*from, {}, now_);
    if (const auto found = last_doing_in(*machine, task, stretch)) return found;
    stretch = {from->mark, from->cost, true};
  }
}

// Goes from frame to frame. Between two frames one task runs, and the second frame is about it.
std::optional<Mark> Search::last_doing_in(Machine& machine, TaskId task, const Stretch& stretch) {
  struct Doing {
    Mark from;
    Mark to;
    bool is_event;  // what was done stands behind `to`: the frame
  };
  std::optional<Doing> last;
  Mark from = mark_of(machine);
  RunRequest request = hidden(pursuit_.interrupted);
  const auto run_to = [&](const machine::Until& until) {
    request.until = until;
    for (;;) {
      const Stop stop = timeline_.run_towards(machine, request, stretch.end_cost);
      if (is<machine::Interrupted>(stop)) throw UserInterrupt{};
      if (is<machine::Reached>(stop) || is<machine::EndOfReplay>(stop)) return;
    }
  };
  while (from.position().frame < stretch.end.position().frame) {
    const FrameNumber frame = from.position().frame;
    run_to({frame, std::nullopt});
    const Mark to = mark_of(machine);
    const bool is_its = machine.current_task() == task && is_alive(machine, task);
    const Registers registers = is_its ? machine.registers(task) : Registers{};
    run_to({{frame.value + 1}, Ticks{0}});
    const Mark next = mark_of(machine);
    if (is_its) {
      const bool is_event = !is_alive(machine, task) || machine.registers(task) != registers;
      if (is_event || to > from) last = Doing{from, to, is_event};
    }
    from = next;
  }
  const bool runs_last = machine.current_task() == task && stretch.end > from;
  if (runs_last) last = Doing{from, stretch.end, false};
  if (!last) return std::nullopt;
  return last->is_event ? last->to : before(last->from, last->to, stretch.end_cost);
}

// The place one instruction before `end`, which lies behind `from` in the same frame.
Mark Search::before(const Mark& from, const Mark& end, uint64_t end_cost) {
  const machine::Position last = end.position();
  const uint64_t tick_before =
      last.ticks.value == 0 ? 0 : std::max(last.ticks.value - 1, from.position().ticks.value);
  const auto checkpoint = timeline_.latest_before(end);
  const auto machine = timeline_.restore(checkpoint.value(), {}, now_);
  RunRequest request = hidden(pursuit_.interrupted);
  request.until = machine::Until{last.frame, Ticks{tick_before}};
  while (mark_of(*machine).position() < machine::Position{last.frame, {tick_before}}) {
    if (is<machine::Interrupted>(timeline_.run_towards(*machine, request, end_cost))) {
      throw UserInterrupt{};
    }
  }
  Mark before_end = mark_of(*machine);
  request.until.reset();
  for (;;) {
    request.step = machine->current_task();
    const Stop stop = machine->run(request);
    const Mark mark = mark_of(*machine);
    if (mark >= end || is<machine::EndOfReplay>(stop)) return before_end;
    before_end = mark;
  }
}

Stop interrupted_here(Timeline& timeline) {
  return {timeline.machine().current_task(), machine::Interrupted{}};
}

Stop at_start(Timeline& timeline, const Pursuit& pursuit) {
  const bool is_there = !pursuit.begins_with_it || timeline.checkpoints().empty() ||
                        pursuit.begins_with_it(*timeline.checkpoints().front().machine);
  if (!is_there) return {timeline.machine().current_task(), machine::StartOfReplay{}};
  if (timeline.seek(timeline.start(), pursuit.breakpoints) == Arrival::kInterrupted) {
    return interrupted_here(timeline);
  }
  return {timeline.machine().current_task(), machine::StartOfReplay{}};
}

Stop stand_at(Timeline& timeline, const Pursuit& pursuit, Search& search, const Met& met) {
  Mark target = met.mark;
  if (is<machine::WatchpointHit>(met.stop)) {
    const auto before = search.before_last_of(met.stop.task, target, timeline.machine().cost());
    target = before.value_or(target);
  }
  timeline.seek(target, pursuit.breakpoints);
  if (pursuit.is_passed && pursuit.is_passed(met.stop)) {
    timeline.seek_before(target.position().frame, pursuit.breakpoints);
  }
  return met.stop;
}

}  // namespace

Stop reverse_continue(Timeline& timeline, const Pursuit& pursuit) try {
  Search search(timeline, pursuit);
  const auto met = search.last_stop();
  return met ? stand_at(timeline, pursuit, search, *met) : at_start(timeline, pursuit);
} catch (const UserInterrupt&) {
  return interrupted_here(timeline);
}

Stop reverse_step(Timeline& timeline, TaskId task, const Pursuit& pursuit) try {
  Search search(timeline, pursuit);
  const auto target = search.before_last_of(task, timeline.now(), timeline.machine().cost());
  // Where other tasks ran in between, one of them may have had a stop.
  const FrameNumber frame = timeline.now().position().frame;
  const bool passes_events = pursuit.is_passed && target && target->position().frame < frame;
  if (!target || target->position().frame.value + 1 < frame.value || passes_events) {
    const auto met = search.last_stop();
    if (met && (!target || met->mark > *target)) return stand_at(timeline, pursuit, search, *met);
  }
  if (!target) return at_start(timeline, pursuit);
  timeline.seek(*target, pursuit.breakpoints);
  return {task, machine::StepDone{}};
} catch (const UserInterrupt&) {
  return interrupted_here(timeline);
}

}  // namespace rr::timeline
