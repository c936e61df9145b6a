// Threads and processes that come and go.

#include <algorithm>
#include <csignal>
#include <sched.h>
#include <sys/wait.h>
#include <utility>

#include "arch/aarch64/syscall_stops.h"
#include "kernel/proc.h"
#include "record/recorder.h"
#include "syscalls/clone_arguments.h"
#include "util/check.h"
#include "util/log.h"

namespace rr::record {

using kernel::Resume;
using kernel::Stopped;

// The parent stands at its clone event, inside the call. The child exists and has run nothing.
void Recorder::note_new_task(Task& parent, Tid child) {
  auto* call = std::get_if<InCall>(&parent.state);
  CHECK(call != nullptr) << "a clone event outside a system call";
  const auto asked = syscalls::clone_arguments(call->call, parent.thread.space());
  if (!asked) {
    LOG(kWarn, "record") << "clone3's arguments are gone; thread " << child.value
                         << " is not recorded";
    return;
  }
  const Pid pid = (asked->flags & CLONE_THREAD) != 0 ? parent.thread.process() : Pid{child.value};
  const trace::NewTask made{.tid = child, .pid = pid, .clone_flags = asked->flags};
  record_entry(parent, made);
  std::optional<Stopped> stopped = first_stop(made);
  if (!stopped) return;
  if (call->is_notifying) {
    Registers registers = stopped->registers();
    Arch::set_pc(registers, Arch::pc(call->before));
    stopped->set_registers(registers);
  }
  Task& task = add_task(parent, std::move(*stopped), made);
  if (const auto changed = std::exchange(call->changed_flags, std::nullopt)) {
    give_back(parent.thread, *changed);
    give_back(task.thread, *changed);
  }
  if ((asked->flags & CLONE_CHILD_CLEARTID) != 0) task.cleared_at_exit = asked->child_tid;
  if ((asked->flags & CLONE_CHILD_SETTID) != 0) {
    // Written by the child itself before its first instruction.
    sink_.add_memory(task.thread.space(), asked->child_tid, sizeof(int32_t));
  }
  // Its first state is an event of its own: replay compares with it what it has made.
  trace::Frame frame = frame_at(task, task.thread.stopped().registers(), Ticks{0});
  note_vectors(task, frame);
  frame.event = trace::PreemptEvent{};
  append(task, frame);
}

// Nothing if the new thread was killed before it came to that.
std::optional<Stopped> Recorder::first_stop(const trace::NewTask& made) {
  try {
    auto early = early_.extract(made.tid);
    Stopped stopped =
        early ? std::move(early.mapped()) : kernel::wait_stopped(kernel::Running(made.tid));
    if (stopped.as<kernel::ExitStop>() == nullptr) return stopped;
    [[maybe_unused]] const kernel::Running running = std::move(stopped).resume(Resume::kContinue);
  } catch (const kernel::TraceeDied&) {
  }
  trace::Frame frame;
  frame.tid = made.tid;
  frame.event = trace::TaskExitEvent{.wait_status = SIGKILL,
                                     .last_of_process = (made.clone_flags & CLONE_THREAD) == 0};
  sink_.append(frame);
  return std::nullopt;
}

bool Recorder::is_making_task(const Task& task) {
  const auto* call = std::get_if<InCall>(&task.state);
  if (call == nullptr || call->row == nullptr || call->is_entry_recorded) return false;
  const syscalls::Special special = call->row->special;
  return special == syscalls::Special::kClone || special == syscalls::Special::kClone3;
}

// SIGKILL inside clone takes the parent to its exit stop without the event that tells of the child.
// Its threads are killed with it; a process lives on, and is recorded like any other.
void Recorder::adopt_child_of_killed(Task& parent) {
  if (!is_making_task(parent)) return;
  for (const auto& [tid, stopped] : early_) {
    if (stopped.as<kernel::ExitStop>() != nullptr) continue;
    if (kernel::parent_of(tid) != parent.thread.process()) continue;
    return note_new_task(parent, tid);
  }
}

// Children of whom nobody will tell: their parent was killed inside clone. A thread is at its exit
// stop, from which it must be let go for its process to end. A process that came too late to be
// adopted would run unseen.
void Recorder::release_unclaimed() {
  if (early_.empty()) return;
  const bool may_be_told =
      std::ranges::any_of(tasks_, [](const auto& entry) { return is_making_task(*entry.second); });
  if (may_be_told) return;
  for (auto& [tid, stopped] : std::exchange(early_, {})) {
    if (stopped.as<kernel::ExitStop>() == nullptr) {
      ::kill(tid.value, SIGKILL);
      early_.emplace(tid, std::move(stopped));
      continue;
    }
    try {
      [[maybe_unused]] const auto running = std::move(stopped).resume(Resume::kContinue);
    } catch (const kernel::TraceeDied&) {
      // gone without our help
    }
  }
}

Task& Recorder::add_task(Task& parent, Stopped stopped, const trace::NewTask& made) {
  const bool shares_memory = (made.clone_flags & CLONE_VM) != 0;
  const bool shares_files = (made.clone_flags & CLONE_FILES) != 0;
  auto space = shares_memory
                   ? parent.thread.shared_space()
                   : std::make_shared<tracee::AddressSpace>(made.tid, parent.thread.space());
  auto streams = shares_files ? parent.streams : std::make_shared<OutputStreams>(*parent.streams);
  tracee::TickClock clock(tracee::make_tick_source(ticks_, made.tid), ticks_);
  clock.set(Ticks{0});
  auto task = std::make_unique<Task>(
      Task{{made.tid, made.pid, std::move(stopped), std::move(space), std::move(clock)},
           InProgram{},
           std::move(streams)});
  task->sandbox = parent.sandbox;
  task->clock_buffer =
      shares_memory ? parent.clock_buffer : std::make_shared<ClockBuffer>(*parent.clock_buffer);
  task->says_undumpable =
      shares_memory ? parent.says_undumpable : std::make_shared<bool>(*parent.says_undumpable);
  task->shared_ranges =
      shares_memory ? parent.shared_ranges : std::make_shared<SharedRanges>(*parent.shared_ranges);
  task->scratch_pool = shares_memory ? parent.scratch_pool
                                     : std::make_shared<ScratchPool>(parent.scratch_pool->all());
  Task& added = *task;
  scheduler_.set_nice(made.tid, kernel::nice_value(made.tid));
  tasks_.emplace(made.tid, std::move(task));
  return added;
}

}  // namespace rr::record
