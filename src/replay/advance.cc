#include "replay/advance.h"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "arch/aarch64/instructions.h"
#include "kernel/perf_counter.h"
#include "kernel/signals.h"
#include "replay/loop_rounds.h"
#include "replay/page_ownership.h"
#include "replay/return_to_call.h"
#include "tracee/exclusive_store.h"
#include "tracee/trap_kind.h"
#include "tracee/vector_state.h"
#include "util/check.h"

namespace rr::replay {

using kernel::Resume;
using kernel::Stopped;
using tracee::trap_kind;

namespace {

// How far before the wanted tick the interrupt is set, beyond the skid.
constexpr uint64_t kMargin = 32;

// So near a stop for each instruction is cheaper than breakpoints.
constexpr uint64_t kStepsAreCheap = 4;  // ticks

// How far a thread may run between two questions, in ticks.
constexpr uint64_t kAskEvery = 50'000'000;

// Where each instruction is stepped the ticks are looked at after so many.
constexpr uint64_t kStepsToLook = 64;
// Ticks past its goal at which a thread is lost: more than any count is unsteady by.
constexpr uint64_t kLost = 1000;

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string hex(Address address) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address.value));
  return text;
}

bool is_paused(const Task& task, const Limits& limits) {
  return limits.pause_at && task.thread.clock().now() >= *limits.pause_at;
}

bool is_at_user_breakpoint(Address pc, const Limits& limits) {
  return limits.breakpoints != nullptr && limits.breakpoints->kind_at(limits.process, pc);
}
bool is_at_breakpoint_of_another(Address pc, const Limits& limits) {
  return limits.breakpoints != nullptr && limits.breakpoints->is_set_by_any(pc);
}

bool is_marked_by_instruction(Approach approach) {
  return approach == Approach::kCall || approach == Approach::kEmulated ||
         approach == Approach::kBeforeCall;
}

}  // namespace

Approach approach_to(const trace::Event& event) {
  return std::visit(Overloaded{
                        [](const trace::ExecEvent&) { return Approach::kCall; },
                        [](const trace::SyscallEvent&) { return Approach::kCall; },
                        [](const trace::SyscallEnterEvent&) { return Approach::kCall; },
                        [](const trace::SyscallExitEvent&) { return Approach::kSameStop; },
                        [](const trace::SignalEvent& signal) {
                          return signal.synchronous ? Approach::kTrap : Approach::kTicks;
                        },
                        [](const trace::InstructionTrapEvent&) { return Approach::kEmulated; },
                        [](const trace::PreemptEvent&) { return Approach::kTicks; },
                        [](const trace::TaskExitEvent&) { return Approach::kTicks; },
                        [](const trace::FileChangeEvent&) { return Approach::kSameStop; },
                        [](const trace::RemoteWriteEvent&) { return Approach::kSameStop; },
                        [](const trace::ClockReadsEvent&) { return Approach::kSameStop; },
                    },
                    event);
}

Approach Advance::approach_of(const Task& task, const trace::Frame& frame) const {
  if (task.in_call) return Approach::kSameStop;
  const Approach approach = approach_to(frame.event);
  if (approach != Approach::kTicks || ticks_.unit != TickUnit::kNone) return approach;
  // The recorder held the event back until the thread stood before a call, or it is here.
  return Arch::same_state(task.thread.stopped().registers(), frame.before) ? Approach::kTicks
                                                                           : Approach::kBeforeCall;
}

Arrival Advance::to(Task& task, FrameNumber number, const trace::Frame& frame,
                    const Limits& limits) const {
  const Approach approach = approach_of(task, frame);
  Address pc = Arch::pc(frame.before);
  if (approach == Approach::kCall) pc = pc - Arch::kSyscallInstructionSize;
  Goal goal{number, frame, approach, pc};
  // A thread that was killed without a last stop ended nobody knows where.
  const bool is_nowhere = frame.before == Registers{};
  const auto arrived = [&] {
    return is_paused(task, limits) ? Arrival::kPaused : Arrival::kAtFrame;
  };
  if (approach == Approach::kSameStop || is_nowhere) return arrived();
  const bool is_planted = is_marked_by_instruction(approach);
  if (is_planted) plant(task, goal);
  if (approach == Approach::kTicks) {
    if (has_arrived_by_ticks(task, goal)) {
      settle(task, goal);
      return arrived();
    }
    const auto around = aarch64::exclusive_sequence_around(pc, task.thread.space());
    goal.place = around ? around->load : pc;
  }
  std::optional<Arrival> arrival;
  // Who calls this has asked just now.
  for (uint64_t rounds = 0, steps = 0; !arrival; ++rounds) {
    if (rounds != 0 && limits.interrupted && limits.interrupted()) return Arrival::kInterrupted;
    const Address at = Arch::pc(task.thread.stopped().registers());
    const bool step_off = task.reported_breakpoint == at;
    if (is_paused(task, limits)) {
      if (step_off || !is_at_user_breakpoint(at, limits)) return Arrival::kPaused;
      task.reported_breakpoint = at;
      return Arrival::kAtBreakpoint;
    }
    task.reported_breakpoint.reset();
    if (!step_off && !limits.single_step && is_at_user_breakpoint(at, limits)) {
      task.reported_breakpoint = at;
      return Arrival::kAtBreakpoint;
    }
    const bool is_watched = watchpoints_.prepare(task) == Watchpoints::Way::kStepping;
    const bool is_stepped = step_off || limits.single_step || is_watched;
    if (is_stepped) {
      arrival = step_or_run_through(task, goal);
      if (!arrival && limits.single_step) arrival = Arrival::kStepped;
    } else {
      arrival = run(task, goal, limits);
    }
    if (!arrival && approach == Approach::kTicks && has_arrived_by_ticks(task, goal)) {
      arrival = Arrival::kAtFrame;
    }
    const bool is_time_to_look = !is_stepped || ++steps % kStepsToLook == 0;
    if (!arrival && is_time_to_look && has_run_past(task, goal)) {
      diverge(task, goal, "the program ran past the recorded point and did not come to it");
    }
  }
  if (arrival == Arrival::kAtFrame) settle(task, goal);
  return *arrival;
}

// At the event: what is compared only here, and what the recorder did here.
void Advance::settle(Task& task, const Goal& goal) const {
  compare_vectors(task, goal);
  if (goal.approach == Approach::kTicks)
    tracee::settle_exclusive_store(task.thread.stopped(), task.thread.space());
}

// Once planted, it stays: whatever comes by here again is an event as well. Code that the program
// writes anew takes it away. Of a call this is noticed when it is made.
void Advance::plant(Task& task, const Goal& goal) const {
  tracee::AddressSpace& space = task.thread.space();
  const bool is_needed = goal.approach == Approach::kEmulated;
  if (space.is_planted(goal.pc) && !(is_needed && space.is_overwritten(goal.pc))) return;
  if (space.plant(goal.pc) || !is_needed) return;
  diverge(task, goal,
          "nothing can be planted at " + hex(goal.pc) + ", where the recording has an event");
}

std::optional<Arrival> Advance::run(Task& task, const Goal& goal, const Limits& limits) const {
  tracee::Thread& thread = task.thread;
  const uint64_t margin = ticks_.skid + kMargin;
  const auto is_near = [&](Ticks ticks) {
    return ticks.value - thread.clock().now().value <= margin;
  };
  if (limits.pause_at && is_near(*limits.pause_at)) return step_or_run_over(task, goal, limits);
  const auto last = last_tick(goal, limits);
  if (last && is_near(*last)) return close_in(task, goal, limits);
  std::optional<uint64_t> distance;
  const Ticks now = thread.clock().now();
  if (last) distance = last->value - now.value - margin;
  if (limits.interrupted) {
    const bool asks_early = limits.ask_at && *limits.ask_at > now;
    const uint64_t to_question =
        std::min(kAskEvery, asks_early ? limits.ask_at->value - now.value : kAskEvery);
    // The frame is a place to ask, too.
    if (goal.frame.ticks.value > now.value + to_question)
      distance = std::min(distance.value_or(to_question), to_question);
  }
  if (distance) thread.clock().arm(*distance);
  thread.resume(Resume::kEmulate);
  // A loop that ended in the recording may be endless here: nothing else would stop it.
  thread.wait_between_beats([&] { return has_run_past(task, goal); });
  if (!distance || !thread.is_stopped()) return judge(task, goal, limits);
  thread.clock().disarm();
  const bool was_due = thread.stopped().is_signal(kernel::kTickSignal);
  if (was_due && last && thread.clock().now() > *last) {
    diverge(task, goal,
            "the counter's interrupt came later than the " + std::to_string(ticks_.skid) +
                " ticks that are allowed for; another replay may do better");
  }
  // Going on, it would be interrupted at the same place again.
  if (was_due && tracee::rewind_exclusive_sequence(thread))
    return step_or_run_over(task, goal, limits);
  return judge(task, goal, limits);
}

// For steps that somebody wants: one instruction, or a whole exclusive sequence unless the goal is
// in it.
std::optional<Arrival> Advance::step_or_run_through(Task& task, const Goal& goal) const {
  const Address pc = Arch::pc(task.thread.stopped().registers());
  const auto sequence = aarch64::exclusive_sequence_at(pc, task.thread.space());
  if (!sequence) return step(task, goal);
  const uint64_t instructions =
      (sequence->store - sequence->load) / Arch::kSyscallInstructionSize + 1;
  const bool is_near = goal.approach == Approach::kTicks &&
                       goal.frame.ticks.value - task.thread.clock().now().value < instructions;
  return is_near ? step(task, goal) : run_through(task, goal, *sequence);
}

std::optional<Arrival> Advance::run_through(Task& task, const Goal& goal,
                                            const aarch64::ExclusiveSequence& sequence) const {
  Watchpoints::Step watched = watchpoints_.before_step(task);
  if (watched.access) watched.access->stores = true;
  const auto arrival = step_over(task, goal, {}, sequence);
  if (arrival) return arrival;
  const Address pc = Arch::pc(task.thread.stopped().registers());
  if (pc == sequence.load || sequence.has_inside(pc)) return std::nullopt;
  task.touched = watchpoints_.after_step(task, watched);
  if (task.touched) return Arrival::kAtWatchpoint;
  return std::nullopt;
}

// The trap of a slot, before the access. That of a store-exclusive comes after its load, and any
// exception makes the store fail, time and again: such a sequence, written to be repeated from its
// load, is repeated with the slots off, and what ran of it before does not count.
std::optional<Arrival> Advance::step_off_slot(Task& task, const Goal& goal) const {
  if (goal.approach == Approach::kTicks && has_arrived_by_ticks(task, goal)) {
    return Arrival::kAtFrame;
  }
  tracee::Thread& thread = task.thread;
  const Address pc = Arch::pc(thread.stopped().registers());
  const auto around = aarch64::exclusive_sequence_around(pc, thread.space());
  if (!around) return step_or_run_through(task, goal);
  tracee::rewind_exclusive_sequence(thread, *around);
  return run_through(task, goal, *around);
}

// The last stretch: to where the thread is to stand, as often as it comes by there. Should it not
// come by again, the interrupt says so.
std::optional<Arrival> Advance::close_in(Task& task, const Goal& goal, const Limits& limits) const {
  tracee::Thread& thread = task.thread;
  const uint64_t left = goal.frame.ticks.value - thread.clock().now().value;
  const bool is_there = Arch::pc(thread.stopped().registers()) == goal.place;
  if (is_there || (ticks_.unit == TickUnit::kInstructions && left <= kStepsAreCheap)) {
    return step_or_run_over(task, goal, limits);
  }
  // With branches the place lies behind the tick; with instructions the tick is the place.
  thread.clock().arm(ticks_.unit == TickUnit::kInstructions ? left : left + 1);
  const auto arrival = run_to_any(task, goal, limits, {goal.place});
  if (task.thread.is_stopped()) thread.clock().disarm();
  return arrival;
}

// Runs until one of `places`, or something else that stops the thread.
std::optional<Arrival> Advance::run_to_any(Task& task, const Goal& goal, const Limits& limits,
                                           const std::vector<Address>& places) const {
  tracee::Thread& thread = task.thread;
  tracee::AddressSpace& space = thread.space();
  std::vector<Address> planted;
  for (const Address place : places) {
    if (!space.is_planted(place) && space.plant(place)) planted.push_back(place);
  }
  const Address from = Arch::pc(thread.stopped().registers());
  space.lift(from);
  thread.resume(Resume::kEmulate);
  thread.wait();
  space.lower(from);
  for (const Address place : planted) space.unplant(place);
  const Stopped& stopped = thread.stopped();
  const Address pc = Arch::pc(stopped.registers());
  const bool is_event = pc == goal.pc && is_marked_by_instruction(goal.approach);
  const bool is_ours = std::ranges::count(places, pc) != 0 && !is_event;
  if (!is_ours || !stopped.is_signal(SIGTRAP) ||
      trap_kind(stopped) != aarch64::TrapKind::kBreakpoint) {
    return judge(task, goal, limits);
  }
  thread.clock().exclude_breakpoint_hit();
  return std::nullopt;
}

// From a load-exclusive to behind its store in one go; to the goal in between only when it is due
// in this very pass, since the store fails after a stop.
std::optional<Arrival> Advance::step_over(Task& task, const Goal& goal, const Limits& limits,
                                          const aarch64::ExclusiveSequence& sequence) const {
  std::vector<Address> places = sequence.exits;
  std::erase(places, sequence.load);
  if (goal.approach == Approach::kTicks && sequence.has_inside(goal.pc)) {
    const uint64_t left = goal.frame.ticks.value - task.thread.clock().now().value;
    const uint64_t instructions = (goal.pc - sequence.load) / Arch::kSyscallInstructionSize;
    if (left == (ticks_.unit == TickUnit::kInstructions ? instructions : 0)) {
      places.push_back(goal.pc);
    }
  }
  return run_to_any(task, goal, limits, places);
}

// One instruction, or the whole exclusive sequence that begins here, on the way to a near place.
std::optional<Arrival> Advance::step_or_run_over(Task& task, const Goal& goal,
                                                 const Limits& limits) const {
  const Address pc = Arch::pc(task.thread.stopped().registers());
  const auto sequence = aarch64::exclusive_sequence_at(pc, task.thread.space());
  return sequence ? step_over(task, goal, limits, *sequence) : step(task, goal);
}

// The tick that the thread may not run past.
std::optional<Ticks> Advance::last_tick(const Goal& goal, const Limits& limits) {
  if (goal.approach != Approach::kTicks) return limits.pause_at;
  return std::min(limits.pause_at.value_or(goal.frame.ticks), goal.frame.ticks);
}

std::optional<Arrival> Advance::step(Task& task, const Goal& goal) const {
  tracee::Thread& thread = task.thread;
  const Address pc = Arch::pc(thread.stopped().registers());
  const bool stands_on_goal = pc == goal.pc && is_marked_by_instruction(goal.approach);
  if (stands_on_goal) {
    // Running into what is planted here counts as the instruction itself does.
    thread.resume(Resume::kEmulate);
    thread.wait();
    return judge(task, goal, {});
  }
  // A user's breakpoint is lifted for the step; one planted on a call's instruction is not: that
  // is an event.
  const Watchpoints::Step watched = watchpoints_.before_step(task);
  tracee::AddressSpace& space = thread.space();
  space.lift(pc);
  thread.resume(Resume::kEmulateStep);
  thread.wait();
  space.lower(pc);
  const Stopped& stopped = thread.stopped();
  if (stopped.is_signal(SIGTRAP) && trap_kind(stopped) == aarch64::TrapKind::kStep) {
    task.touched = watchpoints_.after_step(task, watched);
    if (task.touched) return Arrival::kAtWatchpoint;
    return std::nullopt;
  }
  return judge(task, goal, {});
}

std::optional<Arrival> Advance::judge(Task& task, const Goal& goal, const Limits& limits) const {
  const Stopped& stopped = task.thread.stopped();
  if (stopped.as<kernel::SyscallStop>() != nullptr) {
    const Address pc = Arch::pc(stopped.registers()) - Arch::kSyscallInstructionSize;
    const bool is_of_call =
        goal.approach == Approach::kCall || goal.approach == Approach::kBeforeCall;
    if (is_of_call && pc == goal.pc) {
      return_to_call(task.thread);
      task.thread.space().plant(pc);
      compare(task, goal);
      return Arrival::kAtFrame;
    }
    diverge(task, goal,
            "the program made system call " +
                std::to_string(Arch::syscall_arguments(stopped.registers()).number) + " at " +
                hex(pc) + ", which the recording does not have here");
  }
  const auto* signal = stopped.as<kernel::SignalStop>();
  if (signal == nullptr) return std::nullopt;
  if (signal->signal == kernel::kTickSignal) return std::nullopt;
  if (signal->signal == SIGTRAP && task.thread.space().is_planted(Arch::pc(stopped.registers()))) {
    return judge_breakpoint(task, goal, limits);
  }
  if (signal->signal == SIGTRAP && trap_kind(stopped) == aarch64::TrapKind::kHardware) {
    return step_off_slot(task, goal);
  }
  if (!kernel::is_raised_by_instruction(stopped.signal_info()))
    return std::nullopt;  // sent: not the program's
  const auto* expected = std::get_if<trace::SignalEvent>(&goal.frame.event);
  if (goal.approach != Approach::kTrap || expected->number != signal->signal) {
    diverge(task, goal,
            "the program got signal " + std::to_string(signal->signal) + " at " +
                hex(Arch::pc(stopped.registers())) + ", which the recording does not have here");
  }
  compare(task, goal);
  return Arrival::kAtFrame;
}

std::optional<Arrival> Advance::judge_breakpoint(Task& task, const Goal& goal,
                                                 const Limits& limits) const {
  const Address pc = Arch::pc(task.thread.stopped().registers());
  if (is_at_user_breakpoint(pc, limits)) {
    task.thread.clock().exclude_breakpoint_hit();
    task.reported_breakpoint = pc;
    return Arrival::kAtBreakpoint;
  }
  if (is_at_breakpoint_of_another(pc, limits)) {
    task.thread.clock().exclude_breakpoint_hit();
    return step(task, goal);
  }
  if (pc != goal.pc || !is_marked_by_instruction(goal.approach)) {
    diverge(task, goal,
            "the program came to " + hex(pc) +
                ", the place of an earlier event, where the recording does not have it");
  }
  compare(task, goal);
  return Arrival::kAtFrame;
}

// Of a goal that the program itself marks; the thread may run.
bool Advance::has_run_past(const Task& task, const Goal& goal) const {
  if (goal.approach == Approach::kTicks || ticks_.unit == TickUnit::kNone) return false;
  return task.thread.clock().now().value > goal.frame.ticks.value + kLost;
}

bool Advance::has_arrived_by_ticks(Task& task, const Goal& goal) const {
  const Stopped& stopped = task.thread.stopped();
  const Ticks now = task.thread.clock().now();
  if (now > goal.frame.ticks) diverge(task, goal, "the program ran past the recorded point");
  if (now < goal.frame.ticks) return false;
  if (Arch::same_state(stopped.registers(), goal.frame.before)) return true;
  // With a unit coarser than the instruction several places share a tick; with instructions there
  // is only this one. A thread without ticks is only ever recorded where it stands already.
  if (ticks_.unit == TickUnit::kTakenBranches) return false;
  diverge(task, goal, "the registers are not what they were");
}

void Advance::compare(Task& task, const Goal& goal) const {
  Registers actual = task.thread.stopped().registers();
  if (goal.approach == Approach::kCall) actual = aarch64::behind_syscall_instruction(actual);
  if (!Arch::same_state(actual, goal.frame.before)) {
    diverge(task, goal, "the registers are not what they were");
  }
  const auto* trap = std::get_if<trace::InstructionTrapEvent>(&goal.frame.event);
  if (trap != nullptr && aarch64::has_unsteady_tick_count(trap->instruction)) {
    task.thread.clock().set(goal.frame.ticks);
  }
  if (ticks_.unit != TickUnit::kNone && task.thread.clock().now() != goal.frame.ticks) {
    settle_ticks(task, goal);
  }
}

// At the recorded place with the recorded registers, yet after more or fewer ticks.
void Advance::settle_ticks(Task& task, const Goal& goal) const {
  const Ticks now = task.thread.clock().now();
  const Ticks recorded = goal.frame.ticks;
  const uint64_t difference =
      now > recorded ? now.value - recorded.value : recorded.value - now.value;
  if (!may_be_loop_rounds(task, ticks_.unit, difference)) {
    diverge(task, goal, "the tick count is not what it was");
  }
  tell_of_loop_rounds(goal.number, now, recorded);
  task.thread.clock().set(recorded);
}

void Advance::compare_vectors(Task& task, const Goal& goal) const {
  const uint64_t recorded = goal.frame.vector_checksum;
  if (recorded == 0 || tracee::vector_checksum(task.thread.stopped()) == recorded) return;
  diverge(task, goal, "the vector registers are not what they were (the recording has their sum)");
}

void Advance::diverge(Task& task, const Goal& goal, const std::string& what) const {
  DivergenceReport::Finding finding{what, std::nullopt, std::nullopt};
  if (task.thread.is_stopped()) {
    Registers actual = task.thread.stopped().registers();
    const bool on_instruction = goal.approach == Approach::kCall && Arch::pc(actual) == goal.pc;
    if (on_instruction) actual = aarch64::behind_syscall_instruction(actual);
    finding.actual = actual;
    finding.ticks = task.thread.clock().now();
    const bool may_be_by_loops =
        goal.approach == Approach::kTicks || *finding.ticks != goal.frame.ticks;
    if (may_be_by_loops && CodeFiles().may_loop(task)) {
      finding.more =
          "This process may run loops of LDXR and STXR. Where an interrupt comes in between they "
          "go "
          "round once more,\nwhich changes the ticks; another replay may come through, or another "
          "recording.\n";
    }
  }
  report_.diverge(goal.number, goal.frame, finding);
}

}  // namespace rr::replay
