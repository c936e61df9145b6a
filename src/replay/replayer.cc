#include "replay/replayer.h"

#include <cerrno>
#include <csignal>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/aarch64/auxiliary_vector.h"
#include "arch/aarch64/syscall_numbers.h"
#include "kernel/proc.h"
#include "kernel/spawn.h"
#include "replay/stub.h"
#include "syscalls/table.h"
#include "tracee/tick_choice.h"
#include "util/check.h"
#include "util/error.h"

namespace rr::replay {

using kernel::Resume;
using machine::Stop;

Replayer::Replayer(std::unique_ptr<trace::Reader> reader, ReplayOptions options)
    : reader_(std::move(reader)),
      files_(trace::StoredFiles::open(reader_->directory())),
      options_(std::move(options)),
      ticks_(tracee::facts_for_unit(reader_->header().tick_unit)),
      report_(options_.describe),
      advance_(ticks_, report_) {
  start_first_process();
}

Replayer::~Replayer() {
  for (const auto& [tid, task] : tasks_) ::kill(task->thread.real().value, SIGKILL);
  for (const auto& [tid, task] : tasks_) {
    if (task->thread.is_dead()) continue;
    try {
      // Through its exit stop to its end.
      for (;;) {
        if (!task->thread.is_stopped()) task->thread.wait();
        task->thread.resume(Resume::kContinue);
      }
    } catch (const kernel::TraceeDied&) {
    }
  }
}

void Replayer::start_first_process() {
  fetch_frame();
  if (!frame_ || !std::holds_alternative<trace::ExecEvent>(frame_->event)) {
    fail("the recording in " + reader_->directory() +
             " has no first program: it was cut off before anything was recorded",
         ExitCode::kBadData);
  }
  auto process = std::make_shared<Process>();
  process->pid = {frame_->tid.value};
  kernel::Stopped stopped = start_stub();
  const Tid real = stopped.tid();
  auto task = std::make_unique<Task>(Task{
      {frame_->tid, process->pid, std::move(stopped), std::make_shared<tracee::AddressSpace>(real),
       tracee::TickClock(tracee::make_tick_source(ticks_, real), ticks_)},
      process,
      std::nullopt,
      std::nullopt});
  current_ = frame_->tid;
  start_ns_ = now_ns_ = frame_->monotonic_ns;
  build_new_program(*task, *frame_, [this](trace::FileId id) { return files_.path(id); });
  tasks_.emplace(frame_->tid, std::move(task));
  done_ = {1};
  report_.remember(done_, *frame_);
  frame_.reset();
}

void Replayer::fetch_frame() {
  if (!frame_) frame_ = reader_->next();
}

Stop Replayer::run(const machine::RunRequest& request) {
  for (;;) {
    if (request.interrupted && request.interrupted()) {
      return {current_task(), machine::Interrupted{}};
    }
    fetch_frame();
    if (!frame_) return {current_task(), machine::EndOfReplay{}};
    Task* task = find(frame_->tid);
    if (task == nullptr) {
      fail("frame " + std::to_string(done_.value + 1) + " is about thread " +
               std::to_string(frame_->tid.value) + ", which the recording has not started",
           ExitCode::kBadData);
    }
    current_ = frame_->tid;
    const bool steps_this = request.step && request.step->tid == task->thread.id();
    const Limits limits{steps_this, &breakpoints_[task->process->pid], request.interrupted};
    const bool is_call = approach_to(frame_->event) == Approach::kCall;
    switch (advance_.to(*task, {done_.value + 1}, *frame_, limits)) {
      case Arrival::kAtFrame:
        if (auto stop = apply_frame()) return *stop;
        if (steps_this && is_call) return {id_of(*task), machine::StepDone{}};
        break;
      case Arrival::kAtBreakpoint:
        return {id_of(*task), machine::BreakpointHit{}};
      case Arrival::kStepped:
        return {id_of(*task), machine::StepDone{}};
      case Arrival::kInterrupted:
        return {id_of(*task), machine::Interrupted{}};
    }
  }
}

std::optional<Stop> Replayer::apply_frame() {
  Task& task = *find(frame_->tid);
  std::optional<Stop> stop;
  now_ns_ = frame_->monotonic_ns;
  if (const auto* call = std::get_if<trace::SyscallEvent>(&frame_->event)) {
    echo(task, call->echo);
    apply_call(task, call->number);
    apply_effects(task);
  } else if (std::holds_alternative<trace::SyscallEnterEvent>(frame_->event)) {
    // Nothing has happened yet; the thread waits at its instruction for the exit.
  } else if (const auto* exit = std::get_if<trace::SyscallExitEvent>(&frame_->event)) {
    apply_call(task, exit->number);
    apply_effects(task);
  } else if (const auto* signal = std::get_if<trace::SignalEvent>(&frame_->event)) {
    apply_effects(task);
    stop = Stop{id_of(task), machine::SignalReceived{signal->number, signal->info}};
  } else if (const auto* end = std::get_if<trace::TaskExitEvent>(&frame_->event)) {
    task.exit_status = end->wait_status;
    if (!exit_status_ && task.process->pid.value == task.thread.id().value) {
      exit_status_ = end->wait_status;
    }
    if (end->last_of_process) stop = Stop{id_of(task), machine::ProcessExited{end->wait_status}};
  } else {
    apply_effects(task);
  }
  done_ = {done_.value + 1};
  report_.remember(done_, *frame_);
  frame_.reset();
  if (options_.progress) options_.progress(done_);
  return stop;
}

void Replayer::apply_call(Task& task, int32_t number) {
  const syscalls::Row* row = syscalls::resolve(Arch::syscall_arguments(frame_->before));
  if (row == nullptr || row->replay == syscalls::Replay::kEmulate) return;
  switch (row->special) {
    case syscalls::Special::kMmap:
    case syscalls::Special::kMunmap:
    case syscalls::Special::kMremap:
    case syscalls::Special::kBrk:
    case syscalls::Special::kMprotect:
    case syscalls::Special::kMadvise:
      change_address_space(task, *frame_, *row,
                           [this](trace::FileId id) { return files_.path(id); });
      return;
    case syscalls::Special::kExit:
    case syscalls::Special::kExitGroup:
      return;  // the TaskExit frame follows
    default:
      // A call that failed changed nothing.
      if (Arch::syscall_result(frame_->after) < 0) return;
      fail("frame " + std::to_string(done_.value + 1) + ": replaying " + row->name +
               " is not supported by this version (call " + std::to_string(number) + ")",
           ExitCode::kUnavailable);
  }
}

void Replayer::apply_effects(Task& task) {
  for (const trace::MemoryWrite& write : frame_->writes) {
    task.thread.space().write_all(write.address, write.bytes);
  }
  kernel::Stopped& stopped = task.thread.stopped();
  for (const trace::RegisterSet& set : frame_->register_sets) {
    if (!stopped.set_register_set(set.note, set.bytes)) {
      fail("this CPU or kernel lacks register set " + std::to_string(set.note) + ", which frame " +
               std::to_string(done_.value + 1) + " sets",
           ExitCode::kUnavailable);
    }
  }
  stopped.set_registers(frame_->after);
}

void Replayer::echo(const Task& task, trace::Echo stream) const {
  if (!options_.echo || stream == trace::Echo::kNone) return;
  const int to = stream == trace::Echo::kStdout ? STDOUT_FILENO : STDERR_FILENO;
  const SyscallArguments call = Arch::syscall_arguments(frame_->before);
  const int64_t result = Arch::syscall_result(frame_->after);
  if (result <= 0) return;
  auto left = static_cast<uint64_t>(result);
  if (call.number != aarch64::kSysWritev) {
    echo_bytes(task, {{call.args[1]}, left}, to);
    return;
  }
  for (uint64_t i = 0; i < call.args[2] && left != 0; ++i) {
    const auto part =
        task.thread.space().read_object<std::array<uint64_t, 2>>({call.args[1] + 16 * i});
    if (!part) return;
    const uint64_t size = std::min(left, (*part)[1]);
    echo_bytes(task, {{(*part)[0]}, size}, to);
    left -= size;
  }
}

void Replayer::echo_bytes(const Task& task, AddressRange range, int to) const {
  std::array<std::byte, 65536> buffer;
  while (range.size != 0) {
    const size_t want = std::min<uint64_t>(range.size, buffer.size());
    const size_t n = task.thread.space().read(range.start, std::span(buffer).first(want));
    if (n == 0) return;
    for (size_t done = 0; done < n;) {
      const ssize_t written = ::write(to, buffer.data() + done, n - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return;  // nobody listens: the replay goes on
      done += static_cast<size_t>(written);
    }
    range = {range.start + n, range.size - n};
  }
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
