#include "record/recorder.h"

#include <ctime>
#include <sys/wait.h>
#include <unistd.h>

#include "util/check.h"
#include "util/error.h"
#include "util/log.h"

namespace rr::record {

using kernel::Resume;
using kernel::Stopped;

int Recorder::start(const kernel::SpawnRequest& request) {
  kernel::Spawned spawned = kernel::spawn_traced(request);
  const Tid tid = spawned.running.tid();
  kernel::Running running = std::move(spawned.running);
  try {
    // Our own calls in the child stop at the filter, too; the first program's life begins behind
    // execve.
    for (;;) {
      Stopped stopped = kernel::wait_stopped(std::move(running));
      if (stopped.as<kernel::ExecStop>() != nullptr) {
        running = std::move(stopped).resume(Resume::kSyscall);
        break;
      }
      const auto* signal = stopped.as<kernel::SignalStop>();
      const int deliver = signal == nullptr ? 0 : signal->signal;
      running = std::move(stopped).resume(Resume::kContinue, deliver);
    }
    Stopped stopped = kernel::wait_stopped(std::move(running));
    CHECK(stopped.as<kernel::SyscallStop>() != nullptr) << "execve's exit stop did not come";
    auto task = std::make_unique<Task>(
        Task{{tid, Pid{tid.value}, std::move(stopped), std::make_shared<tracee::AddressSpace>(tid),
              tracee::TickClock(tracee::make_tick_source(ticks_, tid), ticks_)},
             InProgram{},
             std::make_shared<OutputStreams>(),
             std::nullopt});
    first_ = tid;
    note_executed(*task);
    task->thread.resume(Resume::kContinue);
    tasks_.emplace(tid, std::move(task));
    return 0;
  } catch (const kernel::TraceeDied&) {
    int error = 0;
    if (::read(spawned.exec_error.get(), &error, sizeof error) != sizeof error) error = ESRCH;
    return error;
  }
}

int Recorder::run() {
  while (tasks_.contains(*first_)) {
    if (auto waited = kernel::wait_any()) handle(std::move(*waited));
  }
  return first_status_;
}

Task* Recorder::find(Tid real) {
  const auto it = tasks_.find(real);
  return it == tasks_.end() ? nullptr : it->second.get();
}

void Recorder::handle(kernel::Waited waited) {
  if (const auto* ended = std::get_if<kernel::Ended>(&waited)) {
    finish(ended->tid, ended->wait_status);
    return;
  }
  auto& stopped = std::get<Stopped>(waited);
  Task* task = find(stopped.tid());
  if (task == nullptr) {
    LOG(kWarn, "record") << "a stop of thread " << stopped.tid().value << ", which is not known";
    (void)std::move(stopped).resume(Resume::kContinue);
    return;
  }
  task->thread.set_stopped(std::move(stopped));
  try {
    handle_stop(*task);
  } catch (const kernel::TraceeDied&) {
    task->thread.set_dead();  // its end is the next that wait tells of it
  }
}

void Recorder::handle_stop(Task& task) {
  const kernel::Stop stop = task.thread.stopped().stop();
  if (std::holds_alternative<kernel::SeccompStop>(stop)) {
    enter_call(task);
  } else if (std::holds_alternative<kernel::SyscallStop>(stop)) {
    leave_call(task);
  } else if (const auto* signal = std::get_if<kernel::SignalStop>(&stop)) {
    receive_signal(task, signal->signal);
  } else if (std::holds_alternative<kernel::ExecStop>(stop)) {
    auto* call = std::get_if<InCall>(&task.state);
    CHECK(call != nullptr) << "an exec event outside a system call";
    call->has_new_program = true;
    task.thread.resume(Resume::kSyscall);
  } else if (const auto* exit = std::get_if<kernel::ExitStop>(&stop)) {
    note_exit(task, exit->wait_status);
  } else if (std::holds_alternative<kernel::GroupStop>(stop)) {
    task.thread.resume(Resume::kListen);
  } else {
    task.thread.resume(std::holds_alternative<InCall>(task.state) ? Resume::kSyscall
                                                                  : Resume::kContinue);
  }
}

void Recorder::finish(Tid tid, int wait_status) {
  Task* task = find(tid);
  if (task == nullptr) return;
  if (!std::holds_alternative<Exiting>(task->state)) {
    // Killed so hard that it had no exit stop: it ends where it was last seen.
    LOG(kDebug, "record") << "thread " << tid.value << " ended without an exit stop";
  }
  if (tid == first_) first_status_ = wait_status;
  tasks_.erase(tid);
}

void Recorder::settle_interrupted(Task& task, const Registers& now) {
  if (!task.interrupted) return;
  task.interrupted->after = now;
  sink_.append(*task.interrupted);
  task.interrupted.reset();
}

trace::Frame Recorder::frame_at(const Task& task, const Registers& registers, Ticks ticks) const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  trace::Frame frame;
  frame.tid = task.thread.id();
  frame.ticks = ticks;
  frame.monotonic_ns =
      static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  frame.before = registers;
  frame.after = registers;
  return frame;
}

}  // namespace rr::record
