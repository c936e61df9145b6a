#include "gdb/resume_backward.h"

#include <algorithm>
#include <utility>

#include "gdb/conditions.h"
#include "gdb/diversion.h"
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
  // The beginning of what the client debugs, if that is only the child.
  bool operator()(const machine::Forked& forked) const {
    return session_.attached.contains(forked.child.pid) && !is_attached();
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

timeline::Pursuit pursuit_of(Session& session) {
  std::function<bool(Pid, int32_t)> catches;
  if (!session.caught_calls.empty()) {
    catches = [&session](Pid pid, int32_t call) { return session.catches(pid, call); };
  }
  return {.breakpoints = session.breakpoints.all(),
          .is_told =
              [&session](Machine& machine, const Stop& stop) {
                const TaskId task = session.shown_at(machine, stop);
                return std::visit(BackwardJudge(session, machine, task), stop.reason);
              },
          .interrupted = [&session] { return session.link().is_interrupted(); },
          .catches = catches,
          .begins_with_it =
              [&session](const Machine& machine) {
                return std::ranges::any_of(machine.tasks(), [&](const machine::TaskInfo& task) {
                  return session.attached.contains(task.id.pid);
                });
              }};
}

// What a stop is called when it was come to from the other side.
Report report_of(Session& session, const Stop& stop, FrameNumber program) {
  if (const auto* forked = std::get_if<machine::Forked>(&stop.reason)) {
    return {.task = forked->child, .what = Reason(machine::StartOfReplay{})};
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
  session.stops_at_place = false;
  const TaskId task = session.general_task();
  const bool is_made = session.back_step_made_already == task && how == Backward::kStep;
  session.back_step_made_already.reset();
  if (is_made) {
    session.stand_at({.task = task, .what = Reason(machine::StepDone{})});
    return session.last_report;
  }
  if (auto interrupt = kept_interrupt(session)) {
    session.stand_at(*interrupt);
    return session.last_report;
  }
  const auto program = session.timeline().program_since(task.pid, session.timeline().now());
  const timeline::Pursuit pursuit = pursuit_of(session);
  Stop stop = how == Backward::kStep ? timeline::reverse_step(session.timeline(), task, pursuit)
                                     : timeline::reverse_continue(session.timeline(), pursuit);
  const TaskId by = std::exchange(stop.task, session.shown_at(session.machine(), stop));
  session.tell_who_touched(by, stop.task);
  session.forget_the_future();
  // As in resume.cc: such a client takes one step more before it looks.
  if (TargetDescription::kDebuggerStepsOverWatchedAccess && is_watchpoint(stop)) {
    session.back_step_made_already = stop.task;
  }
  session.stand_at(report_of(session, stop, program));
  return session.last_report;
}

}  // namespace rr::gdb
