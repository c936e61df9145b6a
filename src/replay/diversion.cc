#include "replay/diversion.h"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/aarch64/syscall_numbers.h"
#include "replay/diversion_memory.h"
#include "util/error.h"

namespace rr::replay {

using machine::Reason;
using machine::Stop;

Diversion::Diversion(std::unique_ptr<Replayer> copy)
    : copy_(std::move(copy)),
      calls_({.monotonic_ns = copy_->now_ns_,
              .realtime_ns = copy_->reader_->header().start_time_ns +
                             static_cast<int64_t>(copy_->elapsed_ns())},
             [this](trace::Echo stream, std::string_view text) { show(stream, text); }) {}

size_t Diversion::write_memory(Pid pid, Address address, std::span<const std::byte> bytes) {
  Task* task = copy_->find_process(pid);
  return task == nullptr ? 0 : task->thread.space().write(address, bytes);
}

std::optional<Address> Diversion::allocate(Pid pid, Address there, uint64_t size,
                                           uint32_t protection) {
  Task* task = copy_->find_process(pid);
  if (task == nullptr) return std::nullopt;
  const int64_t result = divert_mmap(
      *task, {aarch64::kSysMmap,
              {there.value, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, uint64_t(-1), 0}});
  const bool is_there = there == Address{} || there == Address{static_cast<uint64_t>(result)};
  if (result < 0 || !is_there) return std::nullopt;
  return Address{static_cast<uint64_t>(result)};
}

bool Diversion::write_register_set(machine::TaskId id, uint32_t note,
                                   std::span<const std::byte> bytes) {
  Task* task = copy_->find(id.tid);
  if (task == nullptr) return false;
  kernel::Stopped& stopped = task->thread.stopped();
  if (note != aarch64::kNoteGeneral) return stopped.set_register_set(note, bytes);
  const auto registers = object_from<Registers>(bytes);
  if (!registers) return false;
  task->reported_breakpoint.reset();
  const Registers before = stopped.registers();
  stopped.set_registers(*registers);
  try {
    stopped.flush_registers();
    return true;
  } catch (const Error&) {
    stopped.set_registers(before);
    return false;
  }
}

Stop Diversion::run(const machine::DivertedRun& request) {
  Task* task = copy_->find(request.task.tid);
  if (task == nullptr) fail("there is no such thread");
  try {
    return run_task(*task, request);
  } catch (const kernel::TraceeDied&) {
    fail("the diversion's process has been killed");
  }
}

Stop Diversion::run_task(Task& task, const machine::DivertedRun& request) {
  tell_ = request.tell;
  // What the recording has of the clock is not the diversion's: it asks by system calls.
  task.thread.space().write(tracee::kClockBuffer, bytes_of(uint32_t{0}));
  bool is_interrupted = false;
  FreeRun run(task, copy_->breakpoints_, copy_->watchpoints_, [&] {
    is_interrupted = is_interrupted || (request.interrupted && request.interrupted());
    return is_interrupted;
  });
  for (;;) {
    const Departure departure = run.go(request.pace);
    if (auto reason = reason_of(task, departure, request)) return {request.task, *reason};
  }
}

std::optional<Reason> Diversion::reason_of(Task& task, Departure departure,
                                           const machine::DivertedRun& request) {
  const kernel::Stopped& stopped = task.thread.stopped();
  switch (departure) {
    case Departure::kAtBreakpoint:
      return machine::BreakpointHit{
          *copy_->breakpoints_.kind_at(task.process->pid, *task.reported_breakpoint)};
    case Departure::kAtWatchpoint:
      return machine::WatchpointHit{*task.touched};
    case Departure::kStepped:
      return machine::StepDone{};
    case Departure::kAtCall:
      return make_call(task, request);
    case Departure::kSignal: {
      const siginfo_t info = stopped.signal_info();
      return machine::SignalReceived{info.si_signo, to_bytes(info)};
    }
    case Departure::kInterrupted:
      return machine::Interrupted{};
  }
  return std::nullopt;
}

std::optional<Reason> Diversion::make_call(Task& task, const machine::DivertedRun& request) {
  const DivertedCall made = calls_.make(task, request.tell);
  if (const auto* stuck = std::get_if<CallStuck>(&made)) return machine::Stuck{stuck->why};
  const auto* answered = std::get_if<CallAnswered>(&made);
  Registers registers = aarch64::behind_syscall_instruction(task.thread.stopped().registers());
  Arch::set_syscall_result(registers, answered == nullptr ? 0 : answered->result);
  task.thread.stopped().set_registers(registers);
  if (const auto* raised = std::get_if<CallRaised>(&made)) {
    return machine::SignalReceived{raised->info.si_signo, to_bytes(raised->info)};
  }
  if (request.pace == machine::Pace::kOneInstruction) return machine::StepDone{};
  return std::nullopt;
}

// As the replay prints what was written then; where it does not, the debugger does.
void Diversion::show(trace::Echo stream, std::string_view text) const {
  if (!copy_->options_.echo) {
    if (tell_) tell_(std::string(text));
    return;
  }
  const int to = stream == trace::Echo::kStdout ? STDOUT_FILENO : STDERR_FILENO;
  while (!text.empty()) {
    const ssize_t written = ::write(to, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // nobody listens
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace rr::replay
