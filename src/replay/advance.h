// Brings one thread to the point where the next frame met it: a system call by a breakpoint planted
// on its instruction, a trap by letting it trap, everything else by counting ticks. On the way it
// honours the user's breakpoints and steps.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arch/aarch64/exclusive.h"
#include "replay/code_breakpoints.h"
#include "replay/divergence.h"
#include "replay/task.h"
#include "replay/watchpoints.h"
#include "trace/frame.h"
#include "tracee/tick_source.h"

namespace rr::replay {

// How a frame's point is recognised.
enum class Approach {
  kStart,       // nothing to run: the first frame of a thread
  kCall,        // the thread runs into its system-call instruction
  kTrap,        // the instruction at pc raises the signal
  kEmulated,    // the instruction at pc is one that the recorder emulated
  kTicks,       // nothing in the program marks the place: count
  kBeforeCall,  // without ticks: the thread comes to a system-call instruction, which waits
  kSameStop,    // the second half of a system call, or what else it did
};
Approach approach_to(const trace::Event& event);

enum class Arrival {
  kAtFrame,
  kAtBreakpoint,  // before the instruction of a user's breakpoint
  kAtWatchpoint,  // behind the instruction that touched what Task::touched says
  kStepped,       // the one instruction asked for has run
  kInterrupted,   // the user wants to stop
  kPaused,        // Limits::pause_at
};

struct Limits {
  bool single_step = false;
  // The user's, planted, and those of others that share the memory (vfork): run over.
  const CodeBreakpoints* breakpoints = nullptr;
  Pid process;
  std::function<bool()> interrupted;
  // Here the question is asked, too.
  std::optional<Ticks> ask_at = std::nullopt;
  // The thread is to run no further; a breakpoint there comes first, a frame does not.
  std::optional<Ticks> pause_at = std::nullopt;
};

class Advance {
 public:
  Advance(const tracee::TickFacts& ticks, const DivergenceReport& report, Watchpoints& watchpoints)
      : ticks_(ticks), report_(report), watchpoints_(watchpoints) {}

  // The thread is stopped. On kAtFrame its state has been compared with the frame's.
  Arrival to(Task& task, FrameNumber number, const trace::Frame& frame, const Limits& limits) const;

 private:
  struct Goal {
    FrameNumber number;
    const trace::Frame& frame;
    Approach approach;
    Address pc;          // where the thread stands when it has arrived
    Address place = {};  // the same, or the load-exclusive before it: where it may be stopped
  };

  Approach approach_of(const Task& task, const trace::Frame& frame) const;
  void plant(Task& task, const Goal& goal) const;
  std::optional<Arrival> run(Task& task, const Goal& goal, const Limits& limits) const;
  std::optional<Arrival> step_or_run_through(Task& task, const Goal& goal) const;
  std::optional<Arrival> run_through(Task& task, const Goal& goal,
                                     const aarch64::ExclusiveSequence& sequence) const;
  std::optional<Arrival> step_off_slot(Task& task, const Goal& goal) const;
  std::optional<Arrival> close_in(Task& task, const Goal& goal, const Limits& limits) const;
  std::optional<Arrival> run_to_any(Task& task, const Goal& goal, const Limits& limits,
                                    const std::vector<Address>& places) const;
  std::optional<Arrival> step_over(Task& task, const Goal& goal, const Limits& limits,
                                   const aarch64::ExclusiveSequence& sequence) const;
  std::optional<Arrival> step_or_run_over(Task& task, const Goal& goal, const Limits& limits) const;
  static std::optional<Ticks> last_tick(const Goal& goal, const Limits& limits);
  std::optional<Arrival> step(Task& task, const Goal& goal) const;
  std::optional<Arrival> judge(Task& task, const Goal& goal, const Limits& limits) const;
  std::optional<Arrival> judge_breakpoint(Task& task, const Goal& goal, const Limits& limits) const;
  bool has_run_past(const Task& task, const Goal& goal) const;
  bool has_arrived_by_ticks(Task& task, const Goal& goal) const;
  void compare(Task& task, const Goal& goal) const;
  void settle_ticks(Task& task, const Goal& goal) const;
  void settle(Task& task, const Goal& goal) const;
  void compare_vectors(Task& task, const Goal& goal) const;
  [[noreturn]] void diverge(Task& task, const Goal& goal, const std::string& what) const;

  const tracee::TickFacts& ticks_;
  const DivergenceReport& report_;
  Watchpoints& watchpoints_;
};

}  // namespace rr::replay
