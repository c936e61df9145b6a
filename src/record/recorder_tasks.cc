// Threads and processes that come and go.

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
  if (auto early = early_.extract(made.tid)) return std::move(early.mapped());
  try {
    return kernel::wait_stopped(kernel::Running(made.tid));
  } catch (const kernel::TraceeDied&) {
    trace::Frame frame;
    frame.tid = made.tid;
    frame.event = trace::TaskExitEvent{.wait_status = SIGKILL,
                                       .last_of_process = (made.clone_flags & CLONE_THREAD) == 0};
    sink_.append(frame);
    return std::nullopt;
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
