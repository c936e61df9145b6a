#include "replay/replayer.h"

#include <chrono>
#include <csignal>
#include <sched.h>
#include <sys/mman.h>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/syscall_numbers.h"
#include "kernel/heartbeat.h"
#include "kernel/proc.h"
#include "kernel/spawn.h"
#include "replay/proc_facts.h"
#include "replay/process_tree.h"
#include "replay/recorded_registers.h"
#include "replay/stack_limit.h"
#include "replay/stub.h"
#include "syscalls/inputs.h"
#include "syscalls/table.h"
#include "tracee/remote_call.h"
#include "tracee/tick_choice.h"
#include "tracee/vector_state.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::replay {

using kernel::Resume;
using machine::Stop;

namespace {

// A system call, and the way into a signal's handler, are a step as an instruction is. A call that
// waits for others is made once it returns.
bool counts_as_step(const trace::Event& event) {
  if (std::holds_alternative<trace::SyscallEnterEvent>(event)) return false;
  if (std::holds_alternative<trace::SyscallExitEvent>(event)) return true;
  const auto* signal = std::get_if<trace::SignalEvent>(&event);
  return approach_to(event) == Approach::kCall ||
         (signal != nullptr && signal->outcome == trace::SignalOutcome::kHandled);
}

}  // namespace

Replayer::Replayer(std::shared_ptr<trace::Reader> reader, ReplayOptions options)
    : reader_(std::move(reader)),
      files_(trace::StoredFiles::open(reader_->directory())),
      options_(std::move(options)),
      ticks_(tracee::facts_for_unit(reader_->header().tick_unit)),
      report_(options_.describe),
      advance_(ticks_, report_, watchpoints_) {
  start_first_process();
}

Replayer::~Replayer() {
  std::vector<Tid> alive;
  for (const auto& [tid, task] : tasks_) {
    if (!task->thread.is_dead()) alive.push_back(task->thread.real());
  }
  kernel::kill_and_reap(std::move(alive));
  for (const Tid leader : ended_leaders_) kernel::reap(leader);
}

void Replayer::start_first_process() {
  fetch_frame();
  if (frame_ == nullptr || !std::holds_alternative<trace::ExecEvent>(frame_->event)) {
    fail("the recording in " + reader_->directory() +
             " has no first program: it was cut off before anything was recorded",
         ExitCode::kBadData);
  }
  auto process = std::make_shared<Process>();
  process->pid = {frame_->tid.value};
  process->directory = reader_->header().working_directory;
  kernel::Stopped stopped = start_stub();
  const Tid real = stopped.tid();
  auto task = std::make_unique<Task>(Task{
      {frame_->tid, process->pid, std::move(stopped), std::make_shared<tracee::AddressSpace>(real),
       tracee::TickClock(tracee::make_tick_source(ticks_, real), ticks_)},
      process});
  first_process_ = process->pid;
  current_ = frame_->tid;
  start_ns_ = now_ns_ = frame_->monotonic_ns;
  build_new_program(*task, *frame_, files_);
  tasks_.emplace(frame_->tid, std::move(task));
  done_ = {1};
  report_.remember(done_, *frame_);
  frame_ = nullptr;
  fetch_frame();
}

// The reader is shared: it may stand at another replay's place.
void Replayer::fetch_frame() {
  if (frame_ != nullptr) return;
  const FrameNumber wanted{done_.value + 1};
  if (reader_->position() != wanted) reader_->seek(wanted);
  frame_ = reader_->next(frame_space_) ? &frame_space_ : nullptr;
  if (frame_ != nullptr) current_ = frame_->tid;
}

// The next frame, or a tick of the thread that it is about, has been come to.
std::optional<Stop> Replayer::reached(const machine::RunRequest& request) const {
  if (!request.until || done_ < request.until->frame) return std::nullopt;
  const bool is_behind = done_ > request.until->frame;
  const bool is_here = arrived_ == FrameNumber{done_.value + 1} &&
                       (!request.until->ticks || position().ticks >= *request.until->ticks);
  if (!is_behind && !is_here) return std::nullopt;
  return Stop{current_task(), machine::Reached{}};
}

Stop Replayer::run(const machine::RunRequest& request) {
  output_ = request.output;
  // A look each second shows a thread that is lost.
  const kernel::Heartbeat heartbeat(std::chrono::seconds(1));
  settle_shared_pages();
  const Stop stop = run_to_stop(request);
  Task* task = find(stop.task.tid);
  // What is no stop leaves nothing behind.
  const bool is_stop = !std::holds_alternative<machine::Reached>(stop.reason) &&
                       !std::holds_alternative<machine::Interrupted>(stop.reason);
  if (is_stop && task != nullptr && task->thread.is_stopped()) {
    task->reported_breakpoint = Arch::pc(task->thread.stopped().registers());
  }
  return stop;
}

// Where the cost that somebody waits for is come to, if it is by this thread and not behind.
std::optional<Ticks> Replayer::ask_at(const Task& task, const machine::RunRequest& request) const {
  const uint64_t here = cost();
  if (!request.ask_at || *request.ask_at <= here) return std::nullopt;
  return Ticks{task.thread.clock().now().value + (*request.ask_at - here)};
}

Stop Replayer::run_to_stop(const machine::RunRequest& request) {
  for (;;) {
    if (request.interrupted && request.interrupted()) {
      return {current_task(), machine::Interrupted{}};
    }
    fetch_frame();
    if (frame_ == nullptr) return {current_task(), machine::EndOfReplay{}};
    Task* task = find(frame_->tid);
    if (task == nullptr) {
      fail("frame " + std::to_string(done_.value + 1) + " is about thread " +
               std::to_string(frame_->tid.value) + ", which the recording has not started",
           ExitCode::kBadData);
    }
    if (auto stop = reached(request)) return *stop;
    if (watchpoints_.wants_sharers()) find_sharers();
    const FrameNumber next{done_.value + 1};
    const bool steps_this = request.step && request.step->tid == task->thread.id();
    const bool ends_step = counts_as_step(frame_->event);
    const Limits limits{
        steps_this,
        &breakpoints_,
        task->process->pid,
        request.interrupted,
        ask_at(*task, request),
        request.until && request.until->frame == done_ ? request.until->ticks : std::nullopt};
    const Arrival arrival =
        arrived_ == next ? Arrival::kAtFrame : advance_.to(*task, next, *frame_, limits);
    switch (arrival) {
      case Arrival::kAtFrame:
        arrived_ = next;
        if (auto stop = reached(request)) return *stop;
        if (auto stop = before_frame(*task, request)) return *stop;
        if (auto stop = apply_frame(request)) return *stop;
        if (steps_this && ends_step) return {id_of(*task), machine::StepDone{}};
        break;
      case Arrival::kAtBreakpoint:
        return {id_of(*task), machine::BreakpointHit{*breakpoints_.kind_at(
                                  task->process->pid, *task->reported_breakpoint)}};
      case Arrival::kAtWatchpoint:
        return {id_of(*task), machine::WatchpointHit{*task->touched}};
      case Arrival::kStepped:
        return {id_of(*task), machine::StepDone{}};
      case Arrival::kInterrupted:
        return {id_of(*task), machine::Interrupted{}};
      case Arrival::kPaused:
        return {id_of(*task), machine::Reached{}};
    }
  }
}

// The thread stands where the frame met it: a signal, and a call that is caught, are told of once,
// before. A copy of this machine tells of them again.
std::optional<Stop> Replayer::before_frame(const Task& task, const machine::RunRequest& request) {
  const FrameNumber next{done_.value + 1};
  if (announced_ == next) return std::nullopt;
  if (const auto* signal = std::get_if<trace::SignalEvent>(&frame_->event)) {
    announced_ = next;
    return Stop{id_of(task), machine::SignalReceived{signal->number, signal->info}};
  }
  const bool is_entry = approach_to(frame_->event) == Approach::kCall;
  const int32_t number = Arch::syscall_arguments(frame_->before).number;
  if (!is_entry || !request.catches || !request.catches(task.process->pid, number)) {
    return std::nullopt;
  }
  announced_ = next;
  return Stop{id_of(task), machine::CallEntered{number}};
}

// Of the frame that has just been applied.
std::optional<Stop> Replayer::call_return(const machine::RunRequest& request) const {
  const bool is_return = std::holds_alternative<trace::SyscallEvent>(frame_->event) ||
                         std::holds_alternative<trace::SyscallExitEvent>(frame_->event);
  const Task* task = find(frame_->tid);
  if (!request.catches || !is_return || task == nullptr) return std::nullopt;
  const SyscallArguments call = Arch::syscall_arguments(frame_->before);
  const syscalls::Row* row = syscalls::resolve(call);
  const bool returns = row == nullptr || (row->special != syscalls::Special::kExit &&
                                          row->special != syscalls::Special::kExitGroup);
  if (!returns || !request.catches(task->process->pid, call.number)) return std::nullopt;
  return Stop{id_of(*task), machine::CallReturned{call.number}};
}

std::optional<Stop> Replayer::renew_breakpoints() {
  const auto* remote = std::get_if<trace::RemoteWriteEvent>(&frame_->event);
  Task* task = find(remote != nullptr ? remote->target : frame_->tid);
  if (task == nullptr) return std::nullopt;
  breakpoints_.plant_missing(task->process->pid, task->thread.space());
  const auto touched = watchpoints_.changed_by(*task, *frame_);
  if (!touched) return std::nullopt;
  return Stop{id_of(*task), machine::WatchpointHit{*touched}};
}

std::optional<Stop> Replayer::apply_frame(const machine::RunRequest& request) {
  Task& task = *find(frame_->tid);
  now_ns_ = frame_->monotonic_ns;
  std::optional<Stop> stop =
      std::visit([&](const auto& event) { return apply(task, event); }, frame_->event);
  const auto touched = renew_breakpoints();
  if (!stop) stop = touched;
  if (!stop) stop = call_return(request);
  if (Task* left = find(frame_->tid)) count_cost(*left);
  done_ = {done_.value + 1};
  report_.remember(done_, *frame_);
  frame_ = nullptr;
  fetch_frame();
  if (options_.progress) options_.progress(done_);
  return stop;
}

std::optional<Stop> Replayer::apply(Task& task, const trace::ExecEvent& event) {
  breakpoints_.remove_all_of(task.process->pid, task.thread.space());
  watchpoints_.remove_all_of(task.process->pid);
  execute_program(task, *frame_, files_);
  task.watch_slots.clear();  // the kernel cleared them
  task.in_call.reset();
  if (task.thread.id().value != task.process->pid.value) take_over_leader(task);
  return Stop{id_of(task), machine::Executed{event.executable}};
}

// Behind an exec the thread that called it is the leader; the leader of before has ended.
void Replayer::take_over_leader(Task& task) {
  auto node = tasks_.extract(task.thread.id());
  task.thread.become_leader();
  node.key() = task.thread.id();
  current_ = task.thread.id();
  tasks_.erase(task.thread.id());
  tasks_.insert(std::move(node));
}

std::optional<Stop> Replayer::apply(Task& task, const trace::SyscallEvent& event) {
  verify_input(task, event.input_checksum);
  tracee::drop_scalable_state(task.thread.stopped());
  if (event.number != trace::kNotRun) apply_call(task, event.mapping);
  apply_effects(task, event.mapping);
  follow_call(task, *frame_, tasks_);
  echo(task, event.echo);
  return std::nullopt;
}

std::optional<Stop> Replayer::apply(Task& task, const trace::SyscallEnterEvent& event) {
  verify_input(task, event.input_checksum);
  tracee::drop_scalable_state(task.thread.stopped());
  write_memory(task);
  task.in_call = event;
  if (!event.new_task) return std::nullopt;
  auto child = clone_task(task, *frame_, *event.new_task, ticks_);
  const machine::TaskId id = id_of(*child);
  const bool is_process = event.new_task->pid != task.process->pid;
  if (is_process) {
    // The user's breakpoints stay with the parent until the debugger sets them anew.
    if (child->thread.shared_space() != task.thread.shared_space()) {
      breakpoints_.clear_copy(task.process->pid, child->thread.space());
    }
  }
  tasks_.emplace(event.new_task->tid, std::move(child));
  if (!is_process) return std::nullopt;
  const bool is_vfork = (event.new_task->clone_flags & CLONE_VFORK) != 0;
  return Stop{id_of(task), machine::Forked{id, is_vfork}};
}

std::optional<Stop> Replayer::apply(Task& task, const trace::SyscallExitEvent& event) {
  apply_call(task, event.mapping);
  apply_effects(task, event.mapping);
  follow_call(task, *frame_, tasks_);
  if (task.in_call) echo(task, task.in_call->echo);
  task.in_call.reset();
  return std::nullopt;
}

std::optional<Stop> Replayer::apply(Task& task, const trace::SignalEvent& event) {
  if (event.outcome == trace::SignalOutcome::kHandled) {
    tracee::drop_scalable_state(task.thread.stopped());
  }
  apply_effects(task);
  return std::nullopt;
}

std::optional<Stop> Replayer::apply(Task& task, const trace::InstructionTrapEvent&) {
  apply_effects(task);
  return std::nullopt;
}

std::optional<Stop> Replayer::apply(Task& task, const trace::PreemptEvent&) {
  apply_effects(task);
  return std::nullopt;
}

std::optional<Stop> Replayer::apply(Task& task, const trace::ClockReadsEvent&) {
  write_memory(task);
  return std::nullopt;
}

// The real process is gone only when all its threads are, so it would be waited for without an end.
void Replayer::expect_no_other_thread(const Task& ending) const {
  for (const auto& [tid, other] : tasks_) {
    if (other.get() == &ending || other->process->pid != ending.process->pid) continue;
    fail("frame " + std::to_string(done_.value + 1) + " ends process " +
             std::to_string(ending.process->pid.value) + ", of which thread " +
             std::to_string(tid.value) + " has not ended: the recording is damaged",
         ExitCode::kBadData);
  }
}

std::optional<Stop> Replayer::apply(Task& task, const trace::TaskExitEvent& event) {
  if (event.last_of_process) expect_no_other_thread(task);
  task.exit_status = event.wait_status;
  write_memory(task);
  const Stop stop{id_of(task), machine::ProcessExited{event.wait_status}};
  const bool is_first = task.process->pid == first_process_;
  if (is_first && event.last_of_process) exit_status_ = event.wait_status;
  if (event.last_of_process) {
    breakpoints_.remove_all_of(task.process->pid, task.thread.space());
    watchpoints_.remove_all_of(task.process->pid);
  }
  // The first process's last thread stays to be looked at.
  if (!is_first || !event.last_of_process) {
    end_task(task, event.last_of_process);
    tasks_.erase(frame_->tid);
  }
  if (!event.last_of_process) return std::nullopt;
  return stop;
}

std::optional<Stop> Replayer::apply(Task&, const trace::FileChangeEvent& event) {
  files_.change(event, frame_->writes);
  return std::nullopt;
}

std::optional<Stop> Replayer::apply(Task&, const trace::RemoteWriteEvent& event) {
  Task* target = find(event.target);
  if (target == nullptr) {
    fail("frame " + std::to_string(done_.value + 1) + " writes memory of thread " +
             std::to_string(event.target.value) + ", which is not there",
         ExitCode::kBadData);
  }
  write_memory(*target);
  if (event.stack_limit != 0) limit_stack(*target, event.stack_limit);
  return std::nullopt;
}

void Replayer::apply_call(Task& task, const std::optional<trace::Mapping>& mapping) {
  const syscalls::Row* row = syscalls::resolve(Arch::syscall_arguments(frame_->before));
  if (row == nullptr || row->replay == syscalls::Replay::kEmulate) return;
  switch (row->special) {
    case syscalls::Special::kMmap:
    case syscalls::Special::kMunmap:
    case syscalls::Special::kMremap:
    case syscalls::Special::kBrk:
    case syscalls::Special::kMprotect:
    case syscalls::Special::kMadvise:
    case syscalls::Special::kShmat:
    case syscalls::Special::kShmdt:
      change_address_space(task, {*frame_, *row, mapping}, files_);
      settle_new_code(*row);
      return;
    case syscalls::Special::kSetLimit:
      repeat_limit(task);
      return;
    case syscalls::Special::kExit:
    case syscalls::Special::kExitGroup:
      return;  // the TaskExit frame follows
    case syscalls::Special::kClone:
    case syscalls::Special::kClone3:
      return;  // the child was made at the entry
    case syscalls::Special::kVectorLength:
      if (Arch::syscall_result(frame_->after) >= 0) {
        verify_vector_length(Arch::syscall_result(frame_->after), repeat_call(task));
      }
      return;
    default:
      if (Arch::syscall_result(frame_->after) >= 0) repeat_call(task);
  }
}

void Replayer::repeat_limit(Task& caller) {
  const auto bytes = own_stack_limit_set_by(*frame_, caller.thread.space());
  if (bytes) limit_stack(caller, *bytes);
}

// A call that changes the thread's own state in the kernel: the same arguments do the same again.
int64_t Replayer::repeat_call(Task& task) {
  const SyscallArguments call = Arch::syscall_arguments(frame_->before);
  tracee::RemoteCall remote(task.thread, tracee::RemoteCall::Via::kBreakpoint);
  return remote.call(call.number, call.args[0], call.args[1], call.args[2], call.args[3],
                     call.args[4], call.args[5]);
}

// What a write hands out must be what it was, before anybody is shown it.
void Replayer::verify_input(const Task& task, uint64_t recorded) const {
  if (recorded == 0) return;
  const SyscallArguments call = Arch::syscall_arguments(frame_->before);
  if (syscalls::input_checksum(call, task.thread.space()) == recorded) return;
  constexpr uint64_t kVectorSize = 16;  // a writev's third argument counts these
  const uint64_t size = call.args[2] * (call.number == aarch64::kSysWritev ? kVectorSize : 1);
  report_.diverge(
      {done_.value + 1}, *frame_,
      {"the memory that the call writes out is not what it was (arguments 2 and 3 say where)",
       std::nullopt, std::nullopt,
       "What is there now (the recording has its checksum):\n" +
           memory_lines(task.thread.space(), {{call.args[1]}, size})});
}

void Replayer::write_memory(Task& task, const std::optional<trace::Mapping>& made) {
  for (const trace::MemoryWrite& write : frame_->writes) {
    if (made && files_.put_shown(*made, write)) continue;
    task.thread.space().write_all(write.address, write.bytes);
  }
}

void Replayer::apply_effects(Task& task, const std::optional<trace::Mapping>& made) {
  write_memory(task, made);
  kernel::Stopped& stopped = task.thread.stopped();
  for (const trace::RegisterSet& set : frame_->register_sets) restore_register_set(stopped, set);
  stopped.set_registers(frame_->after);
}

Task* Replayer::find(Tid id) const {
  const auto it = tasks_.find(id);
  return it == tasks_.end() ? nullptr : it->second.get();
}

Task* Replayer::find_process(Pid pid) const {
  for (const auto& [tid, task] : tasks_) {
    if (task->process->pid == pid) return task.get();
  }
  return nullptr;
}

machine::TaskId Replayer::id_of(const Task& task) const {
  return {task.process->pid, task.thread.id()};
}

}  // namespace rr::replay
