#include "gdb/session.h"

#include <algorithm>

#include "util/error.h"

namespace rr::gdb {

Session::Session(machine::Machine& machine, PacketLink& link, const ServeOptions& options)
    : options_(options), link_(link), machine_(&machine) {
  start();
  if (options_.failure) {
    failure = ReplayFailed{*options_.failure};
    last_report = {.task = selected, .what = *failure};
  }
}

void Session::start() {
  selected = machine_->current_task();
  const auto tasks = machine_->tasks();
  const auto wanted = std::ranges::find_if(
      tasks, [&](const machine::TaskInfo& t) { return t.id.pid == options_.process; });
  if (wanted != tasks.end() && selected.pid != wanted->id.pid) selected = wanted->id;
  attached = {selected.pid};
  last_report = {.task = selected, .what = Attached{}};
}

void Session::restart(const RestartRequest& request) {
  if (!options_.restart) fail("this server cannot start the replay again");
  auto fresh = options_.restart(request);
  if (!fresh) fail("the replay cannot be started again");
  owned_machine_ = std::move(fresh);
  machine_ = owned_machine_.get();
  exit_statuses.clear();
  vfork_parents.clear();
  caught_calls.clear();
  symbols.clear();
  failure.reset();
  waiting_reports.clear();
  breakpoints.clear();
  step_made_already.reset();
  target_.reset();
  start();
}

void Session::remove_breakpoints() {
  for (const machine::Breakpoint& breakpoint : breakpoints.all()) {
    machine_->remove_breakpoint(breakpoint);
  }
  breakpoints.clear();
}

std::vector<machine::TaskInfo> Session::visible_tasks() const {
  auto tasks = machine_->tasks();
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
    std::vector<uint32_t> known;
    if (const auto task = find_task({})) {
      for (uint32_t note : TargetDescription::kOptionalSets) {
        if (machine_->register_set(*task, note)) known.push_back(note);
      }
    }
    target_.emplace(known);
  }
  return *target_;
}

std::optional<Bytes> Session::read_register(machine::TaskId task, size_t number) {
  const auto& rows = target().registers();
  if (number >= rows.size()) return std::nullopt;
  const TargetRegister& row = rows[number];
  const auto set = row.note == TargetDescription::kGeneralSet
                       ? std::optional(to_bytes(machine_->registers(task)))
                       : machine_->register_set(task, row.note);
  if (!set || set->size() < row.offset + row.size) return std::nullopt;
  const auto first = set->begin() + static_cast<std::ptrdiff_t>(row.offset);
  return Bytes(first, first + static_cast<std::ptrdiff_t>(row.size));
}

}  // namespace rr::gdb
