#include "replay/free_run.h"

#include <algorithm>
#include <csignal>
#include <type_traits>
#include <vector>

#include "kernel/signals.h"
#include "replay/return_to_call.h"
#include "tracee/exclusive_store.h"
#include "tracee/trap_kind.h"

namespace rr::replay {

using kernel::Resume;
using kernel::Stopped;
using tracee::trap_kind;

Departure FreeRun::go(machine::Pace pace) {
  const bool is_stepped = pace == machine::Pace::kOneInstruction;
  for (;;) {
    if (interrupted_()) return Departure::kInterrupted;
    const bool step_off = task_.reported_breakpoint == pc();
    task_.reported_breakpoint.reset();
    if (!step_off && !is_stepped && is_at_breakpoint()) {
      task_.reported_breakpoint = pc();
      return Departure::kAtBreakpoint;
    }
    if (is_at_call()) return Departure::kAtCall;
    const bool is_watched = watchpoints_.prepare(task_) == Watchpoints::Way::kStepping;
    auto departure = is_stepped || step_off || is_watched ? step() : run();
    if (!departure && is_stepped) departure = Departure::kStepped;
    if (departure) return *departure;
  }
}

bool FreeRun::is_at_breakpoint() const {
  return breakpoints_.kind_at(task_.process->pid, pc()).has_value();
}

bool FreeRun::is_at_call() const {
  using Instruction = std::remove_const_t<decltype(Arch::kSyscallInstruction)>;
  return task_.thread.space().read_object<Instruction>(pc()) == Arch::kSyscallInstruction;
}

std::optional<Departure> FreeRun::run() {
  task_.thread.resume(Resume::kEmulate);
  task_.thread.wait(interrupted_);
  return judge();
}

// One instruction, or a whole exclusive sequence: a stop inside makes its store fail.
std::optional<Departure> FreeRun::step() {
  const auto sequence = aarch64::exclusive_sequence_at(pc(), task_.thread.space());
  return sequence ? run_through(*sequence) : step_one();
}

std::optional<Departure> FreeRun::step_one() {
  const Watchpoints::Step watched = watchpoints_.before_step(task_);
  tracee::AddressSpace& space = task_.thread.space();
  const Address from = pc();
  space.lift(from);
  task_.thread.resume(Resume::kEmulateStep);
  task_.thread.wait();
  space.lower(from);
  const Stopped& stopped = task_.thread.stopped();
  if (!stopped.is_signal(SIGTRAP) || trap_kind(stopped) != aarch64::TrapKind::kStep) return judge();
  task_.touched = watchpoints_.after_step(task_, watched);
  if (task_.touched) return Departure::kAtWatchpoint;
  return std::nullopt;
}

std::optional<Departure> FreeRun::run_through(const aarch64::ExclusiveSequence& sequence) {
  Watchpoints::Step watched = watchpoints_.before_step(task_);
  if (watched.access) watched.access->stores = true;
  tracee::AddressSpace& space = task_.thread.space();
  std::vector<Address> planted;
  for (const Address exit : sequence.exits) {
    if (exit != sequence.load && space.plant(exit)) planted.push_back(exit);
  }
  const Address from = pc();
  space.lift(from);
  task_.thread.resume(Resume::kEmulate);
  task_.thread.wait(interrupted_);
  space.lower(from);
  for (const Address exit : planted) space.unplant(exit);
  const bool is_behind = std::ranges::count(planted, pc()) != 0 &&
                         task_.thread.stopped().is_signal(SIGTRAP) &&
                         trap_kind(task_.thread.stopped()) == aarch64::TrapKind::kBreakpoint;
  if (!is_behind) return judge();
  task_.touched = watchpoints_.after_step(task_, watched);
  if (task_.touched) return Departure::kAtWatchpoint;
  return std::nullopt;
}

std::optional<Departure> FreeRun::judge() {
  const Stopped& stopped = task_.thread.stopped();
  if (stopped.as<kernel::ExitStop>() != nullptr) throw kernel::TraceeDied{task_.thread.real()};
  if (stopped.as<kernel::SyscallStop>() != nullptr) {
    return_to_call(task_.thread);
    return Departure::kAtCall;
  }
  const auto* signal = stopped.as<kernel::SignalStop>();
  if (signal == nullptr) return std::nullopt;
  if (signal->signal == SIGTRAP) return judge_trap();
  // What was sent came from outside: nothing of the program's can have sent it.
  if (!kernel::is_raised_by_instruction(stopped.signal_info())) return std::nullopt;
  return Departure::kSignal;
}

std::optional<Departure> FreeRun::judge_trap() {
  const aarch64::TrapKind kind = trap_kind(task_.thread.stopped());
  if (kind == aarch64::TrapKind::kHardware) return at_slot();
  if (kind != aarch64::TrapKind::kBreakpoint) return std::nullopt;
  if (is_at_breakpoint()) {
    task_.reported_breakpoint = pc();
    return Departure::kAtBreakpoint;
  }
  if (!task_.thread.space().is_planted(pc())) return Departure::kSignal;
  // The place of an event: a call, or a read of the machine, which then reads this machine.
  if (is_at_call()) return Departure::kAtCall;
  return step();
}

// Before an access that a slot watches. In the middle of an exclusive sequence its store has failed
// already: it is repeated from its load.
std::optional<Departure> FreeRun::at_slot() {
  const auto around = aarch64::exclusive_sequence_around(pc(), task_.thread.space());
  if (!around) return step();
  tracee::rewind_exclusive_sequence(task_.thread, *around);
  return run_through(*around);
}

}  // namespace rr::replay
