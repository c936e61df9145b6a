// Runs one thread by itself, with no recording to come true: to the user's breakpoints and
// watchpoints, a system call, a signal. What replay has planted on the places of events is run
// over.
#pragma once

#include <functional>
#include <optional>

#include "arch/aarch64/exclusive.h"
#include "machine/diversion.h"
#include "replay/code_breakpoints.h"
#include "replay/task.h"
#include "replay/watchpoints.h"

namespace rr::replay {

enum class Departure {
  kAtBreakpoint,  // before the instruction of a user's breakpoint
  kAtWatchpoint,  // behind the instruction that touched what Task::touched says
  kStepped,
  kAtCall,  // before a system-call instruction, with the registers as the program has them
  kSignal,  // raised by the instruction at pc, not delivered
  kInterrupted,
};

class FreeRun final {
 public:
  FreeRun(Task& task, const CodeBreakpoints& breakpoints, Watchpoints& watchpoints,
          std::function<bool()> interrupted)
      : task_(task),
        breakpoints_(breakpoints),
        watchpoints_(watchpoints),
        interrupted_(std::move(interrupted)) {}

  // The thread is stopped. A breakpoint that it was reported at does not hit again.
  Departure go(machine::Pace pace);

 private:
  std::optional<Departure> run();
  std::optional<Departure> step();
  std::optional<Departure> step_one();
  std::optional<Departure> run_through(const aarch64::ExclusiveSequence& sequence);
  std::optional<Departure> judge();
  std::optional<Departure> judge_trap();
  std::optional<Departure> at_slot();
  bool is_at_call() const;
  bool is_at_breakpoint() const;
  Address pc() const { return Arch::pc(task_.thread.stopped().registers()); }

  Task& task_;
  const CodeBreakpoints& breakpoints_;
  Watchpoints& watchpoints_;
  std::function<bool()> interrupted_;
};

}  // namespace rr::replay
