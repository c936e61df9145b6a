// The user's watchpoints. While the CPU's slots suffice for a process its threads run freely and
// trap before an access; otherwise they are stepped, and each instruction is asked what it touches.
// What system calls write is compared frame by frame: the slots do not see the kernel.
// Memory that other processes share is watched in each of them.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "arch/aarch64/memory_access.h"
#include "machine/machine.h"
#include "replay/task.h"
#include "trace/frame.h"

namespace rr::replay {

class Watchpoints final {
 public:
  // False where nothing can be watched (no bytes, or none that can be read).
  bool add(const Task& task, const machine::Breakpoint& watchpoint);
  // The call that maps its bytes is the first change.
  void await(const Task& task, const machine::Breakpoint& watchpoint);
  void remove(const machine::Breakpoint& watchpoint);
  void remove_all_of(Pid pid);

  // Whether somebody else may have come to share what is watched, or does no more: sharers are to
  // be found again before anything runs. One thread of each process, in whatever state.
  bool wants_sharers() const { return wants_sharers_; }
  void find_sharers(const std::vector<const Task*>& processes);

  // How a thread has to be run for no access to be missed.
  enum class Way { kFreely, kStepping };
  // Before the stopped thread runs on. Sets its slots.
  Way prepare(Task& task);

  // A step in two halves, around the instruction at pc.
  struct Step {
    std::optional<aarch64::MemoryAccess> access;
  };
  Step before_step(Task& task);  // the slots are off during a step
  std::optional<machine::Breakpoint> after_step(const Task& task, const Step& step);

  // The first whose bytes are not what they were before the frame. The frame's effects are in
  // place.
  std::optional<machine::Breakpoint> changed_by(const Task& task, const trace::Frame& frame);

  std::vector<machine::Breakpoint> all() const {
    std::vector<machine::Breakpoint> all;
    for (const auto& [pid, process] : processes_) {
      for (const Watched& watched : process.watched) all.push_back(watched.what);
    }
    return all;
  }

 private:
  struct Watched {
    machine::Breakpoint what;
    Bytes value;  // when it was last looked at; short where not all can be read
  };
  // A part of what is watched in another process, or at another place.
  struct Shared {
    machine::Breakpoint owner;
    uint64_t offset = 0;  // in the owner's bytes
    AddressRange range;   // here
  };
  struct Process {
    std::vector<Watched> watched;
    std::vector<Shared> shared;
    std::vector<aarch64::WatchSlot> slots;  // as many as it takes, may be more than there are
  };
  Process* find(Pid pid);
  Watched* find_owner(const Shared& shared);
  std::optional<bool> renew(const Task& task, const Shared& shared);
  void find_sharers_of(const Task& owner, const std::vector<const Task*>& processes);
  void share(const Task& with, const Shared& shared);
  static void choose_slots(Process& process);
  static bool set_slots(Task& task, const std::vector<aarch64::WatchSlot>& slots);

  std::map<Pid, Process> processes_;
  bool wants_sharers_ = false;
};

}  // namespace rr::replay
