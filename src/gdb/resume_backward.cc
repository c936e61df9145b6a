#include "gdb/resume_backward.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "gdb/conditions.h"
#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "timeline/reverse.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

using machine::Machine;
using machine::Reason;
using machine::Stop;
using machine::TaskId;

// Whether the client is to be told of a stop that a search has come by. Changes nothing.
class BackwardJudge {
 public:
  BackwardJudge(Session& session, const Machine& machine, TaskId task)
      : session_(session), machine_(machine), task_(task) {}

  bool operator()(const machine::BreakpointHit& hit) const {
    const Address pc = Arch::pc(machine_.registers(task_));
    return is_attached() &&
           any_holds(session_, machine_, task_,
                     session_.breakpoints.conditions(
                         {.kind = hit.kind, .pid = task_.pid, .address = pc, .length = 0}));
  }
  bool operator()(const machine::WatchpointHit& hit) const {
    return is_attached() &&
           any_holds(session_, machine_, task_, session_.breakpoints.conditions(hit.watchpoint));
  }
  bool operator()(const machine::SignalReceived& signal) const {
    return is_attached() &&
           !session_.passed_signals.contains(session_.signal_number(signal.number));
  }
  // Only those that are caught are met.
  bool operator()(const machine::CallEntered&) const { return is_attached(); }
  bool operator()(const machine::CallReturned&) const { return is_attached(); }
  // The breakpoints that there are now are of the new program only.
  bool operator()(const machine::Executed&) const { return is_attached(); }
  // The beginning of a process that the client debugs, or what its user wants to be shown.
  bool operator()(const machine::Forked& forked) const {
    const ClientFeatures& client = session_.client;
    if (session_.attached.contains(forked.child.pid)) return client.multiprocess || !is_attached();
    return is_attached() && (forked.is_vfork ? client.catches_vforks : client.catches_forks);
  }
  bool operator()(const machine::ProcessExited&) const {
    return session_.client.multiprocess && session_.ended.contains(task_.pid);
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }

 private:
  bool is_attached() const { return session_.attached.contains(task_.pid); }

  Session& session_;
  const Machine& machine_;
  TaskId task_;
};

// Of a process that is not there on the other side.
bool is_beginning_or_end(const Session& session, const Stop& stop) {
  const auto* forked = std::get_if<machine::Forked>(&stop.reason);
  if (forked == nullptr) return std::holds_alternative<machine::ProcessExited>(stop.reason);
  return session.attached.contains(forked->child.pid) && session.attached.contains(stop.task.pid);
}

timeline::Pursuit pursuit_of(Session& session) {
  std::function<bool(Pid, int32_t)> catches;
  if (!session.caught_calls.empty()) {
    catches = [&session](Pid pid, int32_t call) { return session.catches(pid, call); };
  }
  std::function<bool(const Stop&)> is_passed;
  if (session.attached.size() > 1 || !session.ended.empty()) {
    is_passed = [&session](const Stop& stop) { return is_beginning_or_end(session, stop); };
  }
  return {.breakpoints = session.breakpoints.all(),
          .is_told =
              [&session](Machine& machine, const Stop& stop) {
                const TaskId task = session.shown_at(machine, stop);
                return std::visit(BackwardJudge(session, machine, task), stop.reason);
              },
          .interrupted = [&session] { return session.link().is_interrupted(); },
          .catches = catches,
          .is_passed = is_passed,
          .begins_with_it =
              [&session](const Machine& machine) {
                return std::ranges::any_of(machine.tasks(), [&](const machine::TaskInfo& task) {
                  return session.attached.contains(task.id.pid);
                });
              }};
}

void tell_backward(Session& session, const std::string& text) {
  session.link().send("O" + to_hex_text(text));
}

// The client lets go of a process that is not there yet as of one that has ended.
Report before_beginning(Session& session, TaskId child) {
  session.breakpoints.remove_all_of(child.pid);
  tell_backward(session, "Process " + std::to_string(child.pid.value) +
                             " begins here: before, there is none that could be debugged.\n");
  return {.task = child, .what = Reason(machine::ProcessExited{})};
}

// And it gets to know one that is there again.
Report before_end(Session& session, Pid pid) {
  session.ended.erase(pid);
  session.exit_statuses.erase(pid);
  session.attached.insert(pid);
  tell_backward(session, "Process " + std::to_string(pid.value) + " ends here.\n");
  return {.task = session.find_task({.pid = pid}).value_or(session.selected),
          .what = ArrivedAtPlace{}};
}

Report before_beginning_or_end(Session& session, const Stop& stop) {
  const auto* forked = std::get_if<machine::Forked>(&stop.reason);
  return forked == nullptr ? before_end(session, stop.task.pid)
                           : before_beginning(session, forked->child);
}

// What a stop is called when it was come to from the other side.
Report report_of(Session& session, const Stop& stop, FrameNumber program) {
  if (const auto* forked = std::get_if<machine::Forked>(&stop.reason)) {
    if (session.attached.contains(forked->child.pid)) {
      return {.task = forked->child, .what = Reason(machine::StartOfReplay{})};
    }
    session.debug_child(stop.task, *forked);
    return {.task = stop.task, .what = stop.reason};
  }
  // Where only a child is debugged, its parent may be the one to go on.
  if (std::holds_alternative<machine::StartOfReplay>(stop.reason)) {
    return {.task = session.find_task({}).value_or(stop.task), .what = stop.reason};
  }
  const auto now = session.timeline().now();
  // Behind an exec, seen from its end, there is the program of before.
  if (session.timeline().program_since(stop.task.pid, now) != program) {
    return {.task = stop.task,
            .what = Reason(machine::Executed{session.machine().executable(stop.task.pid)})};
  }
  return {.task = stop.task, .what = stop.reason};
}

// gdb waits for the end of a vfork that it was told of, and asserts that nothing else comes before
// (follow_fork_inferior, gdb/infrun.c, 13.1). Behind it that end never comes.
std::optional<Report> end_of_vfork(Session& session) {
  const auto waits = [](const Report& r) { return std::holds_alternative<VforkDone>(r.what); };
  const auto waiting = std::ranges::find_if(session.waiting_reports, waits);
  std::optional<Report> end;
  if (waiting != session.waiting_reports.end()) {
    end = *waiting;
    session.waiting_reports.erase(waiting);
  } else if (!session.vfork_parents.empty()) {
    const auto first = session.vfork_parents.begin();
    end = Report{.task = first->second, .what = VforkDone{}};
    session.vfork_parents.erase(first);
  }
  return end && session.attached.contains(end->task.pid) ? end : std::nullopt;
}

// A process may have ended that was looked at last.
TaskId task_that_goes_back(const Session& session, Backward how) {
  const auto other = session.find_task({});
  const bool has_ended =
      !session.find_task({.pid = session.selected.pid, .tid = session.selected.tid});
  return how == Backward::kContinue && has_ended && other ? *other : session.general_task();
}

bool is_watchpoint(const Stop& stop) {
  return std::holds_alternative<machine::WatchpointHit>(stop.reason);
}

}  // namespace

Report resume_backward(Session& session, Backward how) {
  if (session.attached.empty()) {
    fail("the program has ended; `run end` goes to the place before");
  }
  if (!session.timeline().can_go_back()) fail("this replay cannot go back");
  leave_diversion(session);
  session.has_travelled = true;
  session.told_at_place.reset();
  const TaskId task = task_that_goes_back(session, how);
  const bool is_made = session.back_step_made_already == task && how == Backward::kStep;
  session.back_step_made_already.reset();
  if (is_made) {
    session.stand_at({.task = task, .what = Reason(machine::StepDone{})});
    return session.last_report;
  }
  auto at_once = kept_interrupt(session);
  if (!at_once) at_once = end_of_vfork(session);
  if (at_once) {
    session.stand_at(*at_once);
    return session.last_report;
  }
  const auto program = session.timeline().program_since(task.pid, session.timeline().now());
  const timeline::Pursuit pursuit = pursuit_of(session);
  Stop stop = how == Backward::kStep ? timeline::reverse_step(session.timeline(), task, pursuit)
                                     : timeline::reverse_continue(session.timeline(), pursuit);
  const TaskId by = std::exchange(stop.task, session.shown_at(session.machine(), stop));
  session.tell_who_touched(by, stop.task);
  const bool is_passed = is_beginning_or_end(session, stop);
  session.forget_the_future();
  // As in resume.cc: such a client takes one step more before it looks.
  if (TargetDescription::kDebuggerStepsOverWatchedAccess && is_watchpoint(stop)) {
    session.back_step_made_already = stop.task;
  }
  session.stand_at(is_passed ? before_beginning_or_end(session, stop)
                             : report_of(session, stop, program));
  return session.last_report;
}

}  // namespace rr::gdb
