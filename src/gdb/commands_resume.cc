// What runs, ends or restarts the replay: c s C S vCont, D k vKill, vRun R.
#include <algorithm>

#include "gdb/arguments.h"
#include "gdb/command.h"
#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "gdb/resume.h"
#include "gdb/stop_reply.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

Reply resume_and_report(Session& session, const ResumeRequest& request) {
  if (session.attached.empty()) fail("the program has ended; `run` starts it again");
  const Report report = resume(session, request);
  if (session.link().is_lost()) return std::nullopt;
  return stop_reply(session, report);
}

void refuse_address(std::string_view address) {
  if (!address.empty()) {
    fail("the program cannot go on elsewhere: the replay would no longer do what was recorded");
  }
}

StepRequest step_of_selected(Session& session) {
  return {.task = session.general_task(), .range = {}};
}

// A debugger passes on the signal that its user saw, which is recorded; or one of its user's
// choice.
void tell_of_signal(Session& session, uint64_t signal) {
  if (signal == 0 || static_cast<int32_t>(signal) == session.last_signal) return;
  session.link().send("O" + to_hex_text("The signal is not sent: the program gets the signals "
                                        "that it got when it was recorded.\n"));
}

// One action of a vCont list: `c`, `C05`, `s`, `S05` or `r1000,1010`, for the threads it names.
struct Action {
  bool is_step = false;
  uint64_t signal = 0;  // by the client's number
  std::optional<AddressRange> range;
  TaskPattern tasks;
};

Action parse_action(std::string_view text) {
  Arguments arguments(text);
  std::string_view what = arguments.take_until(':');
  Action action;
  if (!arguments.is_empty()) action.tasks = parse_tasks_or_fail(arguments.rest());
  if (what.empty()) fail_malformed("an action is missing");
  const char letter = what.front();
  if (std::string_view("cCsSr").find(letter) == std::string_view::npos) {
    fail("threads cannot be made to do '" + std::string(1, letter) + "' in a replay");
  }
  action.is_step = letter != 'c' && letter != 'C';
  if (letter == 'C' || letter == 'S') action.signal = Arguments(what.substr(1)).take_number(';');
  if (letter == 'r') {
    Arguments bounds(what.substr(1));
    const Address start = bounds.take_address(',');
    const Address end = bounds.take_address(',');
    if (end < start) fail_malformed("the range ends before it starts");
    action.range = AddressRange{start, end - start};
  }
  return action;
}

void refuse_strangers(const Session& session, const std::vector<Action>& actions) {
  if (session.attached.empty()) return;
  for (const Action& action : actions) {
    if (action.tasks.tid && !session.find_task(action.tasks)) fail("no such thread");
  }
}

// Of several threads that are to step one is chosen, since only one runs at a time: the one that
// stopped last, or else the one that the recording has next.
std::optional<StepRequest> choose_step(Session& session, const std::vector<Action>& actions) {
  std::optional<StepRequest> chosen;
  for (const machine::TaskInfo& task : session.visible_tasks()) {
    const auto action =
        std::ranges::find_if(actions, [&](const Action& a) { return a.tasks.matches(task.id); });
    if (action == actions.end() || !action->is_step) continue;
    const bool is_preferred = task.id == session.last_report.task ||
                              (task.id == session.machine().current_task() &&
                               (!chosen || chosen->task != session.last_report.task));
    if (!chosen || is_preferred) chosen = StepRequest{task.id, action->range};
  }
  return chosen;
}

// Who has a continuing thread named alone.
std::optional<machine::TaskId> named_thread(Session& session, const std::vector<Action>& actions) {
  for (const Action& action : actions) {
    if (action.tasks.tid) return session.find_task(action.tasks);
  }
  return std::nullopt;
}

// A detached process goes on as recorded, unseen.
void let_go(Session& session, Pid pid) {
  for (const machine::Breakpoint& breakpoint : session.breakpoints.all_of(pid)) {
    session.machine().remove_breakpoint(breakpoint);
  }
  session.breakpoints.remove_all_of(pid);
  session.attached.erase(pid);
}

Pid parse_pid(std::string_view text) {
  const auto pid = parse_hex(text);
  if (!pid || *pid > 0x7fffffff) fail_malformed("a process id is missing");
  return {static_cast<int32_t>(*pid)};
}

}  // namespace

Reply continue_all(Session& session, std::string_view address) {
  refuse_address(address);
  return resume_and_report(session, {});
}

Reply continue_with_signal(Session& session, std::string_view text) {
  Arguments arguments(text);
  const uint64_t signal = arguments.take_number(';');
  refuse_address(arguments.rest());
  tell_of_signal(session, signal);
  return continue_all(session, "");
}

Reply step_one(Session& session, std::string_view address) {
  refuse_address(address);
  return resume_and_report(session, {.step = step_of_selected(session)});
}

Reply step_with_signal(Session& session, std::string_view text) {
  Arguments arguments(text);
  const uint64_t signal = arguments.take_number(';');
  refuse_address(arguments.rest());
  tell_of_signal(session, signal);
  return step_one(session, "");
}

Reply resume_by_list(Session& session, std::string_view text) {
  Arguments arguments(text);
  std::vector<Action> actions;
  while (!arguments.is_empty()) actions.push_back(parse_action(arguments.take_until(';')));
  if (actions.empty()) fail_malformed("an action is missing");
  refuse_strangers(session, actions);
  for (const Action& action : actions) tell_of_signal(session, action.signal);
  return resume_and_report(
      session, {.step = choose_step(session, actions), .named = named_thread(session, actions)});
}

Reply list_resume_actions(Session&, std::string_view) { return "vCont;c;C;s;S;r"; }

Reply detach(Session& session, std::string_view text) {
  end_diversion(session);
  Arguments arguments(text);
  if (arguments.take_if(';')) {
    const Pid pid = parse_pid(arguments.rest());
    if (!session.attached.contains(pid)) fail("no such process");
    let_go(session, pid);
  } else {
    for (const Pid pid : std::set(session.attached)) let_go(session, pid);
  }
  // In extended mode the line stays: gdb 16 still asks for files, and an end of the line meanwhile
  // has it wait for itself.
  if (session.attached.empty() && !session.is_extended) session.end = SessionEnd::kDetached;
  return std::string(kOk);
}

Reply extend(Session& session, std::string_view) {
  session.is_extended = true;
  return std::string(kOk);
}

Reply kill_all(Session& session, std::string_view) {
  session.end = SessionEnd::kKilled;
  return std::nullopt;
}

// The session stays open: `run` comes this way.
Reply kill_process(Session& session, std::string_view text) {
  const Pid pid = parse_pid(text);
  if (!session.attached.contains(pid)) fail("no such process");
  end_diversion(session);
  let_go(session, pid);
  return std::string(kOk);
}

Reply refuse_attach(Session&, std::string_view) {
  fail("there is nothing to attach to: the replay has the recorded processes only");
}

Reply run_again(Session& session, std::string_view text) {
  Arguments arguments(text);
  (void)arguments.take_until(';');  // the program is the recorded one
  RestartRequest request;
  while (!arguments.is_empty()) {
    const auto argument = parse_hex_text(arguments.take_until(';'));
    if (!argument) fail_malformed("an argument is not hexadecimal");
    request.arguments.push_back(*argument);
  }
  // A client takes an error for the end of the program, and shows no text.
  try {
    session.restart(request);
  } catch (const Error& error) {
    if (!session.timeline().can_go_back()) throw;
    session.stay(error.what(), request);
  }
  return stop_reply(session, session.last_report);
}

Reply restart_silently(Session& session, std::string_view) {
  session.restart({});
  return std::nullopt;
}

}  // namespace rr::gdb
