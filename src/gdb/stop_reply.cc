#include "gdb/stop_reply.h"

#include <sys/wait.h>

#include "gdb/hex.h"
#include "gdb/signal_numbers.h"

namespace rr::gdb {
namespace {

using machine::BreakpointKind;

std::string hex_byte(int32_t value) {
  const std::byte byte{static_cast<uint8_t>(value)};
  return to_hex(std::span(&byte, 1));
}

std::string exit_reply(const Session& session, Pid pid, int32_t wait_status) {
  std::string reply = WIFSIGNALED(wait_status)
                          ? "X" + hex_byte(session.signal_number(WTERMSIG(wait_status)))
                          : "W" + hex_byte(WEXITSTATUS(wait_status));
  if (session.client.multiprocess) {
    reply += ";process:" + to_hex(static_cast<uint64_t>(pid.value));
  }
  return reply;
}

std::string_view watch_word(BreakpointKind kind) {
  switch (kind) {
    case BreakpointKind::kSoftware:
    case BreakpointKind::kHardware:
    case BreakpointKind::kWriteWatch:
      return "watch";
    case BreakpointKind::kReadWatch:
      return "rwatch";
    case BreakpointKind::kAccessWatch:
      return "awatch";
  }
  return "watch";
}

// The signal and the words of a T reply that tell why.
struct Cause {
  int32_t signal = kGdbSignalTrap;
  std::string words;
};

Cause cause_of(const Session& session, const machine::BreakpointHit& hit) {
  const bool is_hardware = hit.kind == BreakpointKind::kHardware;
  if (is_hardware && session.client.hardware_break) return {.words = "hwbreak:;"};
  if (!is_hardware && session.client.software_break) return {.words = "swbreak:;"};
  return {};
}
Cause cause_of(const Session&, const machine::WatchpointHit& hit) {
  return {.words = std::string(watch_word(hit.watchpoint.kind)) + ":" +
                   to_hex(hit.watchpoint.address.value) + ";"};
}
Cause cause_of(const Session&, const machine::StepDone&) { return {}; }
Cause cause_of(const Session& session, const machine::SignalReceived& signal) {
  return {.signal = session.signal_number(signal.number), .words = ""};
}
std::string call_words(std::string_view when, int32_t number) {
  return std::string(when) + ":" + to_hex(static_cast<uint64_t>(static_cast<uint32_t>(number))) +
         ";";
}
Cause cause_of(const Session&, const machine::CallEntered& call) {
  return {.words = call_words("syscall_entry", call.number)};
}
Cause cause_of(const Session&, const machine::CallReturned& call) {
  return {.words = call_words("syscall_return", call.number)};
}
Cause cause_of(const Session& session, const machine::Executed& executed) {
  if (!session.client.exec_events) return {};
  return {.words = "exec:" + to_hex_text(executed.executable) + ";"};
}
Cause cause_of(const Session& session, const machine::Forked& forked) {
  const bool is_vfork = forked.is_vfork && session.client.vfork_events;
  return {.words = (is_vfork ? "vfork:" : "fork:") +
                   format_task(forked.child, session.id_syntax()) + ";"};
}
// Exits of processes are told in replies of their own; what is left is a recording that ends while
// the program lives. gdb calls that the end of the execution history.
Cause cause_of(const Session&, const machine::ProcessExited&) { return {}; }
Cause cause_of(const Session&, const machine::EndOfReplay&) { return {.words = "replaylog:end;"}; }
Cause cause_of(const Session&, const machine::StartOfReplay&) {
  return {.words = "replaylog:begin;"};
}
Cause cause_of(const Session&, const machine::Reached&) { return {}; }
// A stop without a signal: nothing has happened to the thread.
Cause cause_of(const Session&, const machine::Stuck&) { return {.signal = 0, .words = ""}; }
Cause cause_of(const Session&, const machine::Interrupted&) {
  return {.signal = kGdbSignalInterrupt, .words = ""};
}
Cause cause_of(const Session& session, const machine::Reason& reason) {
  return std::visit([&](const auto& r) { return cause_of(session, r); }, reason);
}
Cause cause_of(const Session&, const VforkDone&) { return {.words = "vforkdone:;"}; }
Cause cause_of(const Session&, const Attached&) { return {}; }
Cause cause_of(const Session&, const LibrariesChanged&) { return {.words = "library:;"}; }
Cause cause_of(const Session&, const ArrivedAtPlace&) { return {.signal = 0, .words = ""}; }
Cause cause_of(const Session&, const ReplayFailed&) { return {}; }

// lldb's word for it.
struct LldbReason {
  std::string_view operator()(const machine::BreakpointHit&) const { return "breakpoint"; }
  std::string_view operator()(const machine::WatchpointHit&) const { return ""; }  // own words
  std::string_view operator()(const machine::StepDone&) const { return "trace"; }
  std::string_view operator()(const machine::SignalReceived&) const { return "signal"; }
  std::string_view operator()(const machine::CallEntered&) const { return "trace"; }
  std::string_view operator()(const machine::CallReturned&) const { return "trace"; }
  std::string_view operator()(const machine::Executed&) const { return "exec"; }
  std::string_view operator()(const machine::Forked&) const { return ""; }
  std::string_view operator()(const machine::ProcessExited&) const { return ""; }
  std::string_view operator()(const machine::EndOfReplay&) const { return "signal"; }
  std::string_view operator()(const machine::Interrupted&) const { return "signal"; }
  std::string_view operator()(const machine::Reached&) const { return "trace"; }
  std::string_view operator()(const machine::StartOfReplay&) const { return "signal"; }
  std::string_view operator()(const machine::Stuck&) const { return "signal"; }
  std::string_view operator()(const LibrariesChanged&) const { return "signal"; }
  std::string_view operator()(const ArrivedAtPlace&) const { return "signal"; }
  std::string_view operator()(const VforkDone&) const { return "vforkdone"; }
  std::string_view operator()(const Attached&) const { return "signal"; }
  std::string_view operator()(const ReplayFailed&) const { return "signal"; }
  std::string_view operator()(const machine::Reason& reason) const {
    return std::visit(*this, reason);
  }
};

// All threads and where each stands.
std::string thread_words(Session& session) {
  std::string ids;
  std::string places;
  for (const machine::TaskInfo& task : session.visible_tasks()) {
    const std::string separator = ids.empty() ? "" : ",";
    ids += separator + format_task(task.id, session.id_syntax());
    places += separator + to_hex(Arch::pc(session.machine().registers(task.id)).value);
  }
  return "threads:" + ids + ";thread-pcs:" + places + ";";
}

// The exit that a report stands for, if it does.
std::optional<int32_t> exit_status(const Session& session, const Report& report) {
  const auto* reason = std::get_if<machine::Reason>(&report.what);
  if (reason == nullptr) return std::nullopt;
  if (const auto* exited = std::get_if<machine::ProcessExited>(reason)) return exited->wait_status;
  if (!std::holds_alternative<machine::EndOfReplay>(*reason)) return std::nullopt;
  const auto known = session.exit_statuses.find(report.task.pid);
  if (known == session.exit_statuses.end()) return std::nullopt;
  return known->second;
}

}  // namespace

std::string stop_reply(Session& session, const Report& report) {
  if (const auto status = exit_status(session, report)) {
    return exit_reply(session, report.task.pid, *status);
  }
  const Cause cause =
      std::visit([&](const auto& what) { return cause_of(session, what); }, report.what);
  std::string reply = "T" + hex_byte(cause.signal) + cause.words +
                      "thread:" + format_task(report.task, session.id_syntax()) + ";";
  if (session.client.threads_in_stops) reply += thread_words(session);
  const std::string_view reason =
      session.client.is_lldb ? std::visit(LldbReason(), report.what) : "";
  if (!reason.empty()) reply += "reason:" + std::string(reason) + ";";
  if (!session.find_task({.pid = report.task.pid, .tid = report.task.tid})) return reply;
  for (size_t number : TargetDescription::kExpedited) {
    const auto value = session.read_register(report.task, number);
    if (value) reply += to_hex(number) + ":" + to_hex(*value) + ";";
  }
  return reply;
}

std::string stop_members(Session& session, machine::TaskId task) {
  const Report& report = session.last_report;
  if (task != report.task) return "";
  const Cause cause =
      std::visit([&](const auto& what) { return cause_of(session, what); }, report.what);
  std::string json = ",\"signal\":" + std::to_string(cause.signal);
  const std::string_view reason = std::visit(LldbReason(), report.what);
  if (!reason.empty()) json += ",\"reason\":\"" + std::string(reason) + "\"";
  return json;
}

}  // namespace rr::gdb
