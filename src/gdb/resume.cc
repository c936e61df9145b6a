#include "gdb/resume.h"

#include <algorithm>
#include <utility>

#include "gdb/conditions.h"
#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "gdb/seek.h"
#include "gdb/session.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

using machine::Reason;
using machine::Stop;
using machine::TaskId;

// How many stops that nobody is told of go by between two looks for Ctrl-C.
constexpr int kStopsBetweenLooks = 16;

// Whether the client is to be told of a stop. Also keeps the session's books of processes.
class Judge {
 public:
  Judge(Session& session, TaskId task) : session_(session), task_(task) {}

  bool operator()(const machine::BreakpointHit& hit) {
    const Address pc = Arch::pc(session_.machine().registers(task_));
    return is_attached() &&
           any_holds(session_, session_.machine(), task_,
                     session_.breakpoints.conditions(
                         {.kind = hit.kind, .pid = task_.pid, .address = pc, .length = 0}));
  }

  bool operator()(const machine::WatchpointHit& hit) {
    return is_attached() && any_holds(session_, session_.machine(), task_,
                                      session_.breakpoints.conditions(hit.watchpoint));
  }

  bool operator()(const machine::StepDone&) { return true; }

  bool operator()(const machine::SignalReceived& signal) {
    return is_attached() &&
           !session_.passed_signals.contains(session_.signal_number(signal.number));
  }

  bool operator()(const machine::CallEntered&) { return is_attached(); }
  bool operator()(const machine::CallReturned&) { return is_attached(); }

  bool operator()(const machine::Executed&) {
    session_.breakpoints.remove_all_of(task_.pid);
    session_.symbols.erase(task_.pid);
    end_vfork();
    return is_attached();
  }

  bool operator()(const machine::Forked& forked) {
    const bool is_told =
        forked.is_vfork ? session_.client.vfork_events : session_.client.fork_events;
    if (!is_attached() || !is_told) return false;
    session_.debug_child(task_, forked);
    return true;
  }

  bool operator()(const machine::ProcessExited& exited) {
    session_.caught_calls.erase(task_.pid);
    session_.symbols.erase(task_.pid);
    session_.exit_statuses[task_.pid] = exited.wait_status;
    session_.breakpoints.remove_all_of(task_.pid);
    end_vfork();
    const bool was_attached = session_.attached.erase(task_.pid) != 0;
    if (was_attached) session_.ended.insert(task_.pid);
    // A client without the multiprocess extension takes the first exit for the end of everything.
    return was_attached && (session_.attached.empty() || session_.client.multiprocess);
  }

  bool operator()(const machine::EndOfReplay&) {
    // Where the recording ends with the program still alive, it can be looked at.
    if (session_.exit_statuses.contains(task_.pid)) {
      session_.attached.clear();
    } else {
      session_.attached.insert(task_.pid);
    }
    return true;
  }

  bool operator()(const machine::Interrupted&) { return true; }
  bool operator()(const machine::Reached&) { return false; }
  bool operator()(const machine::StartOfReplay&) { return true; }
  bool operator()(const machine::Stuck&) { return true; }

 private:
  bool is_attached() const { return session_.attached.contains(task_.pid); }

  void end_vfork() {
    const auto found = session_.vfork_parents.find(task_.pid);
    if (found == session_.vfork_parents.end()) return;
    if (session_.attached.contains(found->second.pid)) {
      session_.waiting_reports.push_back({.task = found->second, .what = VforkDone{}});
    }
    session_.vfork_parents.erase(found);
  }

  Session& session_;
  TaskId task_;
};

// A client steps over an access that a watchpoint reported, and the machine reports behind it.
bool is_step_made_already(Session& session, const std::optional<StepRequest>& step) {
  const auto made = session.step_made_already;
  session.step_made_already.reset();
  return made && step && step->task == *made;
}

Report take_waiting_report(Session& session) {
  Report report = std::move(session.waiting_reports.front());
  session.waiting_reports.pop_front();
  return report;
}

// What the replay has to say when it cannot go on goes to the debugger's console; the state stays
// to be looked at.
Report report_failure(Session& session) {
  session.link().send("O" + to_hex_text(session.failure->message + "\n"));
  const auto task = session.find_task({});
  if (!task) fail(session.failure->message);
  return {.task = *task, .what = *session.failure};
}

// The machine tells once more of a signal, or of a call to be made, that was come to from the other
// side.
bool is_told_already(Session& session, const machine::Mark& begin, const Stop& stop) {
  const auto* last = std::get_if<Reason>(&session.last_report.what);
  const bool is_told_before = std::holds_alternative<machine::SignalReceived>(stop.reason) ||
                              std::holds_alternative<machine::CallEntered>(stop.reason);
  return is_told_before && last != nullptr && last->index() == stop.reason.index() &&
         session.timeline().now() == begin;
}

// Who travels in time stops once before the process ends that is the last to be debugged: with none
// there is no way back.
bool ends_the_last(const Session& session, const Stop& stop) {
  return std::holds_alternative<machine::ProcessExited>(stop.reason) && session.has_travelled &&
         !session.has_told_end && session.attached == std::set{stop.task.pid};
}

Report stop_before_end(Session& session, TaskId task) {
  timeline::Timeline& timeline = session.timeline();
  timeline.seek_before(timeline.now().position().frame, session.breakpoints.all());
  session.has_told_end = true;
  return {.task = session.find_task({.pid = task.pid}).value_or(task),
          .what = Reason(machine::EndOfReplay{})};
}

Report run(Session& session, const std::optional<StepRequest>& step) {
  machine::RunRequest request;
  if (step) request.step = step->task;
  request.interrupted = [&] { return session.link().is_interrupted(); };
  if (!session.caught_calls.empty()) {
    request.catches = [&](Pid pid, int32_t call) { return session.catches(pid, call); };
  }
  request.until = session.end_to_stop_at();
  const machine::Mark begin = session.timeline().now();
  for (int stops = 1;; ++stops) {
    Stop stop = session.timeline().run(request);
    const TaskId by = std::exchange(stop.task, session.shown_at(session.machine(), stop));
    if (std::holds_alternative<machine::Reached>(stop.reason)) {
      session.has_told_end = true;
      return {.task = stop.task, .what = Reason(machine::EndOfReplay{})};
    }
    if (ends_the_last(session, stop)) return stop_before_end(session, stop.task);
    const bool is_told = std::visit(Judge(session, stop.task), stop.reason) &&
                         !is_told_already(session, begin, stop);
    if (is_told && !(step && std::holds_alternative<machine::StepDone>(stop.reason) &&
                     range_goes_on(session, *step))) {
      session.tell_who_touched(by, stop.task);
      return {.task = stop.task, .what = stop.reason};
    }
    if (!session.waiting_reports.empty()) break;
    if (stops % kStopsBetweenLooks == 0 && session.link().is_interrupted()) {
      const auto task = session.find_task({});
      return {.task = task.value_or(stop.task), .what = Reason(machine::Interrupted{})};
    }
    // A process that ends in the middle of its step leaves nothing to step.
    if (step && !session.find_task({.pid = step->task.pid, .tid = step->task.tid})) {
      request.step.reset();
    }
  }
  return take_waiting_report(session);
}

Report next_report(Session& session, const ResumeRequest& request) {
  const auto& step = request.step;
  if (is_step_made_already(session, step)) {
    return {.task = step->task, .what = Reason(machine::StepDone{})};
  }
  if (auto interrupt = kept_interrupt(session)) return *interrupt;
  if (session.diverted) return run_diverted(session, request);
  if (session.waiting_reports.empty()) return run(session, step);
  return take_waiting_report(session);
}

Report next_report_or_failure(Session& session, const ResumeRequest& request) {
  if (session.way) session.failure.reset();
  if (session.failure && !session.diverted) return report_failure(session);
  try {
    if (session.way) return finish_seek(session);
    return next_report(session, request);
  } catch (const Error& error) {
    session.failure = ReplayFailed{error.what()};
    return report_failure(session);
  }
}

bool is_watchpoint(const Report& report) {
  const auto* reason = std::get_if<Reason>(&report.what);
  return reason != nullptr && std::holds_alternative<machine::WatchpointHit>(*reason);
}

}  // namespace

std::optional<Report> kept_interrupt(Session& session) {
  if (!session.link().take_kept_interrupt()) return std::nullopt;
  return Report{.task = session.find_task({}).value_or(session.selected),
                .what = Reason(machine::Interrupted{})};
}

bool range_goes_on(Session& session, const StepRequest& step) {
  if (!step.range) return false;
  const Address pc = Arch::pc(session.machine().registers(step.task));
  return step.range->contains(pc) && !session.breakpoints.has_code_breakpoint(step.task.pid, pc);
}

Report resume(Session& session, const ResumeRequest& request) {
  if (session.attached.empty()) fail("the program has ended; `run` starts it again");
  if (!session.to_tell.empty()) {
    session.link().send("O" + to_hex_text(std::exchange(session.to_tell, "")));
  }
  if (session.told_at_place) {
    session.stand_at(*std::exchange(session.told_at_place, std::nullopt));
    return session.last_report;
  }
  if (session.diverted && has_recorded_registers(session)) leave_diversion(session);
  Report report = next_report_or_failure(session, request);
  if (TargetDescription::kDebuggerStepsOverWatchedAccess && !session.client.is_lldb &&
      is_watchpoint(report)) {
    session.step_made_already = report.task;
  }
  session.back_step_made_already.reset();
  session.stand_at(report);
  return report;
}

}  // namespace rr::gdb
