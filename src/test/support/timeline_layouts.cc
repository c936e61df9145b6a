#include "support/timeline_layouts.h"

#include <algorithm>

namespace rr::test {

using machine::Breakpoint;
using machine::Stop;
using timeline::Breakpoints;
using timeline::Timeline;

bool is_told(machine::Machine&, const Stop& stop) {
  const auto* signal = std::get_if<machine::SignalReceived>(&stop.reason);
  return (signal != nullptr && signal->number == 10) ||
         std::holds_alternative<machine::BreakpointHit>(stop.reason) ||
         std::holds_alternative<machine::WatchpointHit>(stop.reason);
}

namespace {

void set_all(machine::Machine& machine, const Breakpoints& breakpoints) {
  for (const Breakpoint& breakpoint : breakpoints) machine.add_breakpoint(breakpoint);
}

// Every stop that a run from the start is told of, by brute force: one small stretch after another.
struct Expected {
  size_t where;  // steps done where one stands when one comes from behind
  size_t met;    // steps done where a run forward reports it
};
std::vector<Expected> stops_of(const FakeScript& script, const Breakpoints& breakpoints) {
  FakeMachine machine(script);
  set_all(machine, breakpoints);
  std::vector<Expected> found;
  for (;;) {
    const Stop stop = machine.run({});
    if (is_end_of_replay(stop)) return found;
    set_all(machine, breakpoints);  // those of a process that has just begun
    if (!is_told(machine, stop)) continue;
    const bool is_access = std::holds_alternative<machine::WatchpointHit>(stop.reason);
    found.push_back({machine.steps_done() - (is_access ? 1 : 0), machine.steps_done()});
  }
}

}  // namespace

bool is_end_of_replay(const Stop& stop) {
  return std::holds_alternative<machine::EndOfReplay>(stop.reason);
}

size_t steps_done(Timeline& timeline) {
  return dynamic_cast<FakeMachine&>(timeline.machine()).steps_done();
}

std::string check_layout(uint32_t seed) {
  Layout layout(seed);
  const Breakpoints breakpoints = layout.breakpoints();
  const std::vector<Expected> all = stops_of(layout.script, breakpoints);
  FakeMachine machine(layout.script);
  Timeline timeline(machine, kDense);
  set_all(timeline.machine(), breakpoints);
  const timeline::Pursuit pursuit{breakpoints, is_told, {}};
  // Forward to somewhere, then back over everything.
  const size_t end = std::mt19937(seed)() % (layout.script.steps.size() + 1);
  while (steps_done(timeline) < end) {
    const Stop stop = timeline.run({.step = timeline.machine().current_task()});
    if (is_end_of_replay(stop)) break;
    timeline.arm(timeline.machine(), breakpoints, timeline.now());
  }
  for (;;) {
    const size_t from = steps_done(timeline);
    const auto is_before = [&](const Expected& e) {
      return e.where == e.met ? e.met < from : e.met <= from;
    };
    size_t want = 0;
    for (const Expected& e : all) {
      if (is_before(e)) want = e.where;
    }
    const bool has_one = std::ranges::any_of(all, is_before);
    const Stop stop = reverse_continue(timeline, pursuit);
    const bool is_at_start = std::holds_alternative<machine::StartOfReplay>(stop.reason);
    if (steps_done(timeline) != want || is_at_start == has_one) {
      return "seed " + std::to_string(seed) + ": from " + std::to_string(from) + " to " +
             std::to_string(steps_done(timeline)) + " instead of " + std::to_string(want);
    }
    if (!has_one) return "";
  }
}

}  // namespace rr::test
