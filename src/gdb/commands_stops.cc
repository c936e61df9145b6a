// Breakpoints, signals, and why the machine stands still: ? Z z QPassSignals QCatchSyscalls.
#include "gdb/arguments.h"
#include "gdb/command.h"
#include "gdb/hex.h"
#include "gdb/stop_reply.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

using machine::BreakpointKind;

bool is_watch(BreakpointKind kind) {
  return kind != BreakpointKind::kSoftware && kind != BreakpointKind::kHardware;
}

BreakpointKind parse_kind(char digit) {
  switch (digit) {
    case '0':
      return BreakpointKind::kSoftware;
    case '1':
      return BreakpointKind::kHardware;
    case '2':
      return BreakpointKind::kWriteWatch;
    case '3':
      return BreakpointKind::kReadWatch;
    case '4':
      return BreakpointKind::kAccessWatch;
    default:
      fail("there is no breakpoint of type " + std::string(1, digit));
  }
}

struct BreakpointRequest {
  machine::Breakpoint breakpoint;
  Conditions conditions;
};

// `X4,22012201` once or more: the expression's size, then its bytes.
Conditions parse_conditions(Arguments& arguments) {
  Conditions conditions;
  while (arguments.take_if('X')) {
    const uint64_t size = arguments.take_number(',');
    if (size > kMaxPacketSize) fail_malformed("a condition is too long");
    const auto bytes = parse_hex_bytes(arguments.take_exactly(static_cast<size_t>(size) * 2));
    if (!bytes) fail_malformed("a condition is not hexadecimal");
    conditions.push_back(*bytes);
    (void)arguments.take_if(';');
  }
  return conditions;
}

// `0,4000,4;X2,2201`
BreakpointRequest parse_breakpoint(Session& session, std::string_view text) {
  Arguments arguments(text);
  const BreakpointKind kind = parse_kind(arguments.take_exactly(1).front());
  if (!arguments.take_if(',')) fail_malformed("the address is missing");
  const Address address = arguments.take_address(',');
  const uint64_t size = arguments.take_number(';');
  if (!is_watch(kind) && size != TargetDescription::kBreakpointKind) {
    fail("breakpoints have kind " + std::to_string(TargetDescription::kBreakpointKind) +
         " on this CPU");
  }
  BreakpointRequest request{.breakpoint = {.kind = kind,
                                           .pid = session.general_pid(),
                                           .address = address,
                                           .length = is_watch(kind) ? size : 0},
                            .conditions = parse_conditions(arguments)};
  if (!arguments.is_empty()) fail("breakpoints with commands are not supported");
  return request;
}

}  // namespace

Reply last_stop(Session& session, std::string_view) {
  return stop_reply(session, session.last_report);
}

Reply insert_breakpoint(Session& session, std::string_view text) {
  const BreakpointRequest request = parse_breakpoint(session, text);
  if (!session.attached.contains(request.breakpoint.pid)) fail("no such process");
  if (!session.machine().add_breakpoint(request.breakpoint)) {
    const bool is_watchpoint = is_watch(request.breakpoint.kind);
    // Who has gone back may be where a library that the client knows is not mapped yet. gdb sets
    // breakpoints of its own there, for a step, and gives up where one is refused.
    if (is_watchpoint || !session.has_travelled || session.diverted) {
      fail(is_watchpoint ? "the CPU has no way left to watch these bytes"
                         : "no breakpoint can be put there");
    }
    session.machine().await_breakpoint(request.breakpoint);
  }
  session.breakpoints.set(request.breakpoint, request.conditions);
  return std::string(kOk);
}

// One that is not there counts as removed: an exec takes breakpoints away before the client does.
Reply remove_breakpoint(Session& session, std::string_view text) {
  const machine::Breakpoint breakpoint = parse_breakpoint(session, text).breakpoint;
  if (session.breakpoints.contains(breakpoint)) session.machine().remove_breakpoint(breakpoint);
  session.breakpoints.remove(breakpoint);
  return std::string(kOk);
}

Reply set_passed_signals(Session& session, std::string_view text) {
  Arguments arguments(text);
  std::set<int32_t> signals;
  while (!arguments.is_empty()) {
    const uint64_t number = arguments.take_number(';');
    if (number > 0xff) fail_malformed("there is no such signal");
    signals.insert(static_cast<int32_t>(number));
  }
  session.passed_signals = signals;
  return std::string(kOk);
}

// `0` for none, `1` for all, `1;5d;de` for these. Of the process that Hg chose.
Reply set_caught_calls(Session& session, std::string_view text) {
  Arguments arguments(text);
  const uint64_t is_on = arguments.take_number(';');
  if (is_on > 1) fail_malformed("calls are caught (1) or not (0)");
  CaughtCalls calls;
  while (!arguments.is_empty()) {
    const uint64_t number = arguments.take_number(';');
    if (number > 0x7fffffff) fail_malformed("there is no such system call");
    calls.insert(static_cast<int32_t>(number));
  }
  session.caught_calls.erase(session.general_pid());
  if (is_on == 1) session.caught_calls.emplace(session.general_pid(), std::move(calls));
  return std::string(kOk);
}

}  // namespace rr::gdb
