// A replay in which one can move: the machine that is looked at, checkpoints behind and ahead of
// it, and ways to any mark. What goes backward by searching is in reverse.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "machine/machine.h"
#include "timeline/checkpoints.h"
#include "timeline/way.h"

namespace rr::timeline {

using Breakpoints = std::vector<machine::Breakpoint>;
using Interrupted = std::function<bool()>;

enum class Arrival { kArrived, kInterrupted };

class Timeline final {
 public:
  // The machine stays the caller's.
  explicit Timeline(machine::Machine& machine, const Policy& policy = {});
  explicit Timeline(std::unique_ptr<machine::Machine> machine, const Policy& policy = {});

  // The one that stands where the user is. Replaced by whatever moves back.
  machine::Machine& machine() { return *machine_; }
  const machine::Machine& machine() const { return *machine_; }
  machine::Mark now() const { return machine::mark_of(*machine_); }
  const machine::Mark& start() const { return start_; }
  bool can_go_back() const { return !checkpoints_.all().empty(); }

  // Forward, leaving checkpoints.
  machine::Stop run(const machine::RunRequest& request);

  // Goes there, forward or back. Afterwards these breakpoints are set and no others. Interrupted,
  // one stands at the place that was reached. Throws Error where there is no way back.
  Arrival seek(const machine::Mark& target, const Breakpoints& breakpoints,
               const Interrupted& interrupted = {});
  // To the place where this frame has come true and nothing of what follows has happened.
  Arrival seek(FrameNumber frame, const Breakpoints& breakpoints,
               const Interrupted& interrupted = {});
  // To the last place before this frame comes true.
  void seek_before(FrameNumber frame, const Breakpoints& breakpoints);
  // To the place where this thread has run so far, or if it never does to the last place before the
  // last frame, which may end the program.
  Arrival seek_ticks(machine::TaskId task, Ticks ticks, const Breakpoints& breakpoints,
                     const Interrupted& interrupted = {});
  bool is_at_end() const;

  // Of the user, at the current place; nothing where none can be made.
  std::optional<uint64_t> add_checkpoint();
  std::vector<Checkpoint> user_checkpoints() const { return checkpoints_.by_user(); }
  bool remove_checkpoint(uint64_t number) { return checkpoints_.remove_of_user(number); }
  const std::vector<Checkpoint>& checkpoints() const { return checkpoints_.all(); }
  const Policy& policy() const { return policy_; }

  // For searches. ---------------------------------------------------------------------------

  std::optional<Checkpoint> latest_before(const machine::Mark& mark) const {
    return checkpoints_.latest_before(mark);
  }
  // A machine of its own in the checkpoint's state, with these breakpoints (as far as they are of
  // the programs that are there then; `as_of` tells which programs they were set in).
  std::unique_ptr<machine::Machine> restore(const Checkpoint& checkpoint,
                                            const Breakpoints& breakpoints,
                                            const machine::Mark& as_of);
  // Runs, leaving checkpoints: the closer the nearer to `goal_cost`, where somebody will be.
  machine::Stop run_towards(machine::Machine& machine, const machine::RunRequest& request,
                            uint64_t goal_cost);
  // Sets them where they belong. Again whenever a process has come or got another program.
  void arm(machine::Machine& machine, const Breakpoints& breakpoints, const machine::Mark& as_of);
  // When the process got the program that it has at this mark: the last exec not behind it.
  FrameNumber program_since(Pid pid, const machine::Mark& mark) const;

 private:
  void start_here();
  machine::Stop run_spaced(machine::Machine& machine, machine::RunRequest request, Way& way);
  uint64_t next_checkpoint(const machine::Machine& machine, Way& way) const;
  void keep(machine::Machine& machine, uint64_t focus);
  void notice(const machine::Machine& machine, const machine::Stop& stop);
  // Runs through all stops there are before.
  Arrival advance(const machine::Mark& target, const Interrupted& interrupted);
  Arrival run_until(const machine::Until& until, const Interrupted& interrupted, Way& way);
  void begin_seek(const std::optional<Checkpoint>& from, const machine::Mark& here);
  void take_over(std::unique_ptr<machine::Machine> machine);

  Policy policy_;
  machine::Machine* machine_;
  std::unique_ptr<machine::Machine> owned_;
  machine::Mark start_;
  Checkpoints checkpoints_;
  uint64_t last_number_ = 0;
  std::map<Pid, std::set<FrameNumber>> execs_;  // as far as they have been seen
};

}  // namespace rr::timeline
