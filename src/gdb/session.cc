#include "gdb/session.h"

#include <algorithm>

#include "gdb/diversion.h"
#include "gdb/hex.h"
#include "gdb/seek.h"
#include "gdb/signal_numbers.h"
#include "util/error.h"

namespace rr::gdb {
namespace {

// A session of hours makes many thousands, each as large as the registers.
constexpr size_t kMostStopsInHistory = 1000;

}  // namespace

Session::Session(machine::Machine& machine, PacketLink& link, const ServeOptions& options)
    : options_(options), link_(link) {
  timeline_.emplace(machine, options.checkpoints);
  if (!options.begin_at.empty() && !options.failure) seek(*this, options.begin_at);
  start();
  if (options_.failure) {
    failure = ReplayFailed{*options_.failure};
    last_report = {.task = selected, .what = *failure};
  }
}

Session::Session(std::unique_ptr<machine::Machine> machine, PacketLink& link,
                 const ServeOptions& options)
    : options_(options), link_(link) {
  timeline_.emplace(std::move(machine), options.checkpoints);
  if (!options.begin_at.empty()) seek(*this, options.begin_at);
  start();
}

void Session::start() {
  selected = machine().current_task();
  const auto tasks = machine().tasks();
  const auto wanted = std::ranges::find_if(
      tasks, [&](const machine::TaskInfo& t) { return t.id.pid == options_.process; });
  if (wanted != tasks.end() && selected.pid != wanted->id.pid) selected = wanted->id;
  attached = {selected.pid};
  last_report = {.task = selected, .what = Attached{}};
  stand_at(last_report);
  // Where one begins, and where `run` begins anew, is there to go back to.
  if (shown_stops == place_in_history) ++shown_stops;
}

void Session::restart(const RestartRequest& request) {
  end_diversion(*this);
  to_tell.clear();  // why an earlier one has gone nowhere
  std::string where = request.arguments.empty() ? "" : request.arguments.front();
  // gdb's `run` goes on by itself, its `starti` does not: gdb/init_script.cc.
  const bool goes_on = !where.starts_with('@');
  if (!goes_on) where.erase(0, 1);
  const bool is_sought = timeline_->can_go_back();
  // Words for the program (gdb's `set args`), which has its recorded ones.
  const bool is_for_program = request.arguments.size() > 1 || !is_place(where);
  if (is_sought && goes_on && is_for_program) {
    where.clear();
    to_tell = no_place_text(request.arguments.front()) +
              ". This is the start of the program, with its recorded arguments.\n";
  }
  std::optional<Way> rest;
  if (is_sought) {
    const Way all{where, selected};
    const uint64_t limit = goes_on && !where.empty() ? options_.way_without_interrupt : UINT64_MAX;
    if (seek(*this, where, limit) == SeekEnd::kOnTheWay) rest = all;
  } else {
    if (!options_.restart) fail("this server cannot start the replay again");
    auto fresh = options_.restart(request);
    if (!fresh) fail("the replay cannot be started again");
    timeline_.emplace(std::move(fresh), options_.checkpoints);
  }
  way = rest;
  begin_here();
  if (is_sought && goes_on && !where.empty() && !way) stop_at_place();
}

void Session::stay(const std::string& why_not_elsewhere, const RestartRequest& request) {
  // With a program that has ended there is nothing that a client could stay with.
  if (machine().tasks().empty()) seek(*this, "end");
  way.reset();
  begin_here();
  if (request.arguments.empty() || !request.arguments.front().starts_with('@')) stop_at_place();
  to_tell = why_not_elsewhere + "\n";
}

void Session::stop_at_place() {
  told_at_place = Report{.task = machine().current_task(), .what = ArrivedAtPlace{}};
}

void Session::begin_here() {
  exit_statuses.clear();
  ended.clear();
  vfork_parents.clear();
  caught_calls.clear();
  symbols.clear();
  failure.reset();
  waiting_reports.clear();
  for (const auto& old : machine().planted_breakpoints()) machine().remove_breakpoint(old);
  breakpoints.clear();
  step_made_already.reset();
  back_step_made_already.reset();
  told_at_place.reset();
  has_told_end = false;
  target_.reset();
  start();
}

void Session::stand_at(const Report& report) {
  last_report = report;
  const auto* reason = std::get_if<machine::Reason>(&report.what);
  const auto* signal = reason == nullptr ? nullptr : std::get_if<machine::SignalReceived>(reason);
  if (signal != nullptr) last_signal = signal_number(signal->number);
  select(report.task);
  if (way) return;  // nobody is to see this place
  const machine::Mark here = timeline_->now();
  if (!history.empty() && history[place_in_history] == here) return;
  if (!history.empty()) history.resize(place_in_history + 1);
  shown_stops = std::min(shown_stops, history.size());
  history.push_back(here);
  if (history.size() > kMostStopsInHistory) {
    history.pop_front();
    shown_stops -= std::min<size_t>(shown_stops, 1);
  }
  place_in_history = history.size() - 1;
}

void Session::note_shown_stop() {
  if (history.empty()) return;
  const size_t first = std::min(shown_stops, place_in_history);
  history.erase(history.begin() + static_cast<std::ptrdiff_t>(first),
                history.begin() + static_cast<std::ptrdiff_t>(place_in_history));
  place_in_history = first;
  if (first > 0 && history[first] == history[first - 1]) {
    history.erase(history.begin() + static_cast<std::ptrdiff_t>(first));
    --place_in_history;
  }
  shown_stops = std::max(shown_stops, first + 1);
}

void Session::forget_the_future() {
  const auto alive = machine().tasks();
  const auto is_there = [&](Pid pid) {
    return std::ranges::any_of(alive, [&](const auto& t) { return t.id.pid == pid; });
  };
  std::erase_if(attached, [&](Pid pid) { return !is_there(pid); });
  std::erase_if(exit_statuses, [&](const auto& entry) { return is_there(entry.first); });
  waiting_reports.clear();
  step_made_already.reset();
  has_told_end = false;
}

std::optional<machine::Until> Session::end_to_stop_at() const {
  const machine::Machine& replay = timeline_->machine();
  const uint64_t last = replay.last_frame().value;
  const bool is_ahead = last > 0 && replay.position().frame.value < last;
  if (!has_travelled || has_told_end || !is_ahead) return std::nullopt;
  return machine::Until{{last - 1}, std::nullopt};
}

void Session::remove_breakpoints() {
  end_diversion(*this);
  for (const machine::Breakpoint& breakpoint : breakpoints.all()) {
    machine().remove_breakpoint(breakpoint);
  }
  breakpoints.clear();
}

// lldb takes a server that knows its thread suffix for its own, whose numbers are the system's.
int32_t Session::signal_number(int32_t linux_signal) const {
  return client.is_lldb ? linux_signal : gdb_signal(linux_signal);
}

std::vector<machine::TaskInfo> Session::visible_tasks() const {
  auto tasks = machine().tasks();
  std::erase_if(tasks, [&](const machine::TaskInfo& t) { return !attached.contains(t.id.pid); });
  return tasks;
}

std::optional<machine::TaskId> Session::find_task(const TaskPattern& pattern) const {
  const auto tasks = visible_tasks();
  const auto is_meant = [&](const machine::TaskInfo& t) { return pattern.matches(t.id); };
  // Where several are meant, the one that the last stop was about.
  const auto stopped = std::ranges::find(tasks, last_report.task, &machine::TaskInfo::id);
  if (stopped != tasks.end() && is_meant(*stopped)) return stopped->id;
  const auto found = std::ranges::find_if(tasks, is_meant);
  if (found == tasks.end()) return std::nullopt;
  return found->id;
}

machine::TaskId Session::shown_at(const machine::Machine& machine,
                                  const machine::Stop& stop) const {
  const auto* hit = std::get_if<machine::WatchpointHit>(&stop.reason);
  if (hit == nullptr || hit->watchpoint.pid == stop.task.pid) return stop.task;
  const auto tasks = machine.tasks();
  const auto is_watched = [&](machine::TaskId id) { return id.pid == hit->watchpoint.pid; };
  const auto found = std::ranges::find_if(tasks, is_watched, &machine::TaskInfo::id);
  if (found == tasks.end()) return stop.task;
  const bool is_selected_there =
      is_watched(selected) &&
      std::ranges::find(tasks, selected, &machine::TaskInfo::id) != tasks.end();
  return is_selected_there ? selected : found->id;
}

void Session::debug_child(machine::TaskId parent, const machine::Forked& forked) {
  const Pid child = forked.child.pid;
  attached.insert(child);
  if (const auto calls = caught_calls.find(parent.pid); calls != caught_calls.end()) {
    caught_calls[child] = calls->second;
  }
  if (const auto symbol = symbols.find(parent.pid); symbol != symbols.end()) {
    symbols[child] = symbol->second;
  }
  if (forked.is_vfork) vfork_parents[child] = parent;
  for (machine::Breakpoint breakpoint : breakpoints.all_of(parent.pid)) {
    const Conditions conditions = *breakpoints.conditions(breakpoint);
    breakpoint.pid = child;
    if (machine().add_breakpoint(breakpoint)) breakpoints.set(breakpoint, conditions);
  }
}

void Session::tell_who_touched(machine::TaskId task, machine::TaskId shown) {
  if (task == shown) return;
  link_.send("O" +
             to_hex_text("Touched by thread " + std::to_string(task.tid.value) + " of process " +
                         std::to_string(task.pid.value) +
                         (attached.contains(task.pid) ? ".\n" : ", which is not debugged.\n")));
}

machine::TaskId Session::general_task() const {
  if (!find_task({.pid = selected.pid, .tid = selected.tid})) {
    fail("the selected thread has ended");
  }
  return selected;
}

bool Session::catches(Pid pid, int32_t call) const {
  const auto caught = caught_calls.find(pid);
  if (caught == caught_calls.end() || !attached.contains(pid)) return false;
  return caught->second.empty() || caught->second.contains(call);
}

const TargetDescription& Session::target() {
  if (!target_) {
    TargetDescription::KnownSets known;
    if (const auto task = find_task({})) {
      for (uint32_t note : TargetDescription::kOptionalSets) {
        // lldb wants the 128-bit registers under their names.
        if (note == TargetDescription::kNotForLldb && client.is_lldb) continue;
        if (auto set = machine().register_set(*task, note)) known.emplace(note, std::move(*set));
      }
    }
    target_.emplace(known);
  }
  return *target_;
}

std::optional<Bytes> Session::read_register_set(const machine::Machine& machine,
                                                machine::TaskId task, uint32_t note) {
  return note == TargetDescription::kGeneralSet ? to_bytes(machine.registers(task))
                                                : machine.register_set(task, note);
}

std::optional<Bytes> Session::read_register(const machine::Machine& machine, machine::TaskId task,
                                            size_t number) {
  const auto& rows = target().registers();
  if (number >= rows.size()) return std::nullopt;
  const TargetRegister& row = rows[number];
  if (row.constant) return to_bytes(*row.constant);
  const auto set = read_register_set(machine, task, row.note);
  if (!set || set->size() < row.offset + row.size) return std::nullopt;
  if (row.set_size != 0 && set->size() != row.set_size) return std::nullopt;
  const auto first = set->begin() + static_cast<std::ptrdiff_t>(row.offset);
  return Bytes(first, first + static_cast<std::ptrdiff_t>(row.size));
}

}  // namespace rr::gdb
