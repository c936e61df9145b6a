// Threads and processes that come and go.

#include <sched.h>
#include <sys/wait.h>

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
  const auto* call = std::get_if<InCall>(&parent.state);
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
  const auto early = early_.find(child);
  Stopped stopped = [&] {
    if (early == early_.end()) return kernel::wait_stopped(kernel::Running(child));
    Stopped waiting = std::move(early->second);
    early_.erase(early);
    return waiting;
  }();
  if (call->is_notifying) {
    Registers registers = stopped.registers();
    Arch::set_pc(registers, Arch::pc(call->before));
    stopped.set_registers(registers);
  }
  Task& task = add_task(parent, std::move(stopped), made);
  if ((asked->flags & CLONE_CHILD_CLEARTID) != 0) task.cleared_at_exit = asked->child_tid;
  if ((asked->flags & CLONE_CHILD_SETTID) != 0) {
    // Written by the child itself before its first instruction.
    sink_.add_memory(task.thread.space(), asked->child_tid, sizeof(int32_t));
  }
  // Its first state is an event of its own: replay compares with it what it has made.
  trace::Frame frame = frame_at(task, task.thread.stopped().registers(), Ticks{0});
  frame.event = trace::PreemptEvent{};
  sink_.append(frame);
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
  if (shares_memory) task->scratch_index = free_scratch_index(task->thread.space());
  Task& added = *task;
  scheduler_.set_nice(made.tid, kernel::nice_value(made.tid));
  tasks_.emplace(made.tid, std::move(task));
  return added;
}

// At its exit stop: nothing of the program will run in it any more.
void Recorder::note_exit(Task& task, int wait_status) {
  tracee::Thread& thread = task.thread;
  const auto* call = std::get_if<InCall>(&task.state);
  const Registers now = call == nullptr ? thread.stopped().registers() : call->before;
  const Ticks ticks = call == nullptr ? thread.clock().now() : call->ticks;
  settle_interrupted(task, now);
  if (call != nullptr) record_entry(task, std::nullopt);
  trace::Frame frame = frame_at(task, now, ticks);
  const bool last = is_last_of_process(task);
  frame.event = trace::TaskExitEvent{.wait_status = wait_status, .last_of_process = last};
  task.state = Exiting{};
  record_exit_words(task, frame);
  sink_.append(frame);
}

void Recorder::wait_until_gone(Task& task) {
  const Tid tid = task.thread.real();
  for (;;) {
    ::sched_yield();
    const std::string text = kernel::read_proc_file(tid, "stat");
    const size_t name_end = text.rfind(')');
    if (name_end == std::string::npos || name_end + 2 >= text.size()) return;
    const char state = text[name_end + 2];
    if (state == 'Z' || state == 'X') return;
  }
}

uint32_t Recorder::free_scratch_index(const tracee::AddressSpace& space) const {
  for (uint32_t index = 0;; ++index) {
    bool is_free = true;
    for (const auto& [tid, other] : tasks_) {
      is_free = is_free && (&other->thread.space() != &space || other->scratch_index != index);
    }
    if (is_free) return index;
  }
}

bool Recorder::is_last_of_process(const Task& task) const {
  for (const auto& [tid, other] : tasks_) {
    if (other.get() != &task && other->thread.process() == task.thread.process() &&
        !std::holds_alternative<Exiting>(other->state)) {
      return false;
    }
  }
  return true;
}

}  // namespace rr::record
