#include "cli/describe_frame.h"

#include <cstdio>

#include "syscalls/describe.h"
#include "syscalls/table.h"

namespace rr::cli {
namespace {

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string call_name(int32_t number) {
  const syscalls::Row* row = syscalls::find(number);
  return row == nullptr ? "syscall_" + std::to_string(number) : row->name;
}

std::string_view outcome_name(trace::SignalOutcome outcome) {
  switch (outcome) {
    case trace::SignalOutcome::kHandled:
      return "handled";
    case trace::SignalOutcome::kIgnored:
      return "ignored";
    case trace::SignalOutcome::kFatal:
      return "fatal";
    case trace::SignalOutcome::kStopped:
      return "stopped";
  }
  return "?";
}

struct Describe {
  const trace::Frame& frame;

  std::string operator()(const trace::ExecEvent& e) const {
    std::string text = "exec " + e.executable;
    for (size_t i = 1; i < e.arguments.size(); ++i) text += " " + e.arguments[i];
    return text;
  }
  std::string operator()(const trace::SyscallEvent&) const {
    return syscalls::describe_call(Arch::syscall_arguments(frame.before),
                                   Arch::syscall_result(frame.after));
  }
  std::string operator()(const trace::SyscallEnterEvent& e) const {
    return call_name(e.number) + " entered";
  }
  std::string operator()(const trace::SyscallExitEvent& e) const {
    return call_name(e.number) + " left, result " +
           std::to_string(Arch::syscall_result(frame.after));
  }
  std::string operator()(const trace::SignalEvent& e) const {
    return "signal " + std::to_string(e.number) + " " + std::string(outcome_name(e.outcome)) +
           (e.synchronous ? ", raised by the instruction at " : ", at ") + hex(frame.before.pc);
  }
  std::string operator()(const trace::InstructionTrapEvent& e) const {
    return "instruction " + hex(e.instruction) + " emulated at " + hex(frame.before.pc);
  }
  std::string operator()(const trace::PreemptEvent&) const {
    return "preempted at " + hex(frame.before.pc);
  }
  std::string operator()(const trace::TaskExitEvent& e) const {
    const int status = e.wait_status;
    if ((status & 0x7f) == 0) return "exit with code " + std::to_string((status >> 8) & 0xff);
    return "killed by signal " + std::to_string(status & 0x7f);
  }
  std::string operator()(const trace::FileChangeEvent& e) const {
    return "mapped file " + std::to_string(e.file.value) + " changed, its size is " +
           std::to_string(e.size);
  }
  std::string operator()(const trace::RemoteWriteEvent& e) const {
    return "memory of thread " + std::to_string(e.target.value) + " written";
  }
};

}  // namespace

std::string describe_frame(FrameNumber number, const trace::Frame& frame) {
  return std::to_string(number.value) + " tid " + std::to_string(frame.tid.value) + " ticks " +
         std::to_string(frame.ticks.value) + ": " + std::visit(Describe{frame}, frame.event);
}

}  // namespace rr::cli
