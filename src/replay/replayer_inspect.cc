// The replay as the debugger looks at it: tasks, registers, memory, mappings, breakpoints.

#include <algorithm>
#include <cstdlib>
#include <map>

#include "arch/aarch64/scalable_state.h"
#include "kernel/proc.h"
#include "replay/replayer.h"
#include "tracee/low_page.h"

namespace rr::replay {
namespace {

// A frame costs stops and calls whatever the program does: about so many instructions' time.
constexpr uint64_t kTicksPerFrame = 20'000;

bool is_on_code(machine::BreakpointKind kind) {
  return kind == machine::BreakpointKind::kSoftware || kind == machine::BreakpointKind::kHardware;
}

}  // namespace

std::vector<machine::TaskInfo> Replayer::tasks() const {
  std::vector<machine::TaskInfo> alive;
  for (const auto& [tid, task] : tasks_) {
    if (task->exit_status) continue;
    alive.push_back({id_of(*task), task->name});
  }
  return alive;
}

machine::TaskId Replayer::current_task() const { return id_of(current()); }

// The thread of the next frame; when that has ended, any that is left. The first process's last
// thread always is.
const Task& Replayer::current() const {
  const Task* task = find(*current_);
  return task == nullptr ? *tasks_.begin()->second : *task;
}

// At a call's instruction the breakpoint that marks the place has counted as the call; the place is
// before it.
machine::Position Replayer::position() const {
  Ticks ticks = current().thread.clock().now();
  const bool has_counted = arrived_ == FrameNumber{done_.value + 1} && frame_ &&
                           approach_to(frame_->event) == Approach::kCall && !current().in_call;
  if (has_counted) ticks.value -= std::min(ticks.value, ticks_.breakpoint_cost);
  return {done_, ticks};
}

Ticks Replayer::ticks(machine::TaskId task) const {
  if (task.tid == current().thread.id()) return position().ticks;
  return find(task.tid)->thread.clock().now();
}

FrameNumber Replayer::last_frame() const { return {reader_->frame_count()}; }

// The thread stands where the frame was: asking its counter once more would say the same.
void Replayer::count_cost(Task& task) {
  const Ticks now = frame_->ticks;
  cost_ += kTicksPerFrame + (now > task.counted ? now.value - task.counted.value : 0);
  task.counted = now;
}

uint64_t Replayer::cost() const {
  const Task& task = current();
  const Ticks now = task.thread.clock().now();
  return cost_ + (now > task.counted ? now.value - task.counted.value : 0);
}

std::optional<uint64_t> Replayer::cost_at(FrameNumber frame) const {
  const auto& summary = reader_->summary();
  if (!summary || summary->milestones.empty()) return std::nullopt;
  return trace::ticks_until(summary->milestones, frame) + kTicksPerFrame * frame.value;
}

uint64_t Replayer::elapsed_ns() const { return now_ns_ - start_ns_; }

Registers Replayer::registers(machine::TaskId id) const {
  return find(id.tid)->thread.stopped().registers();
}

std::optional<Bytes> Replayer::register_set(machine::TaskId id, uint32_t note) const {
  auto set = find(id.tid)->thread.stopped().register_set(note);
  if (set && note == aarch64::kNoteScalable) return aarch64::whole_set(*set);
  return set;
}

size_t Replayer::read_memory(Pid pid, Address address, std::span<std::byte> out) const {
  const Task* task = find_process(pid);
  return task == nullptr ? 0 : task->thread.space().read(address, out);
}

std::vector<machine::MappingInfo> Replayer::mappings(Pid pid) const {
  std::vector<machine::MappingInfo> list;
  const Task* task = find_process(pid);
  if (task == nullptr) return list;
  const AddressRange ours = tracee::low_pages();
  for (const kernel::MapsEntry& entry : kernel::read_maps(task->thread.real())) {
    if (ours.contains(entry.range.start)) continue;
    list.push_back({entry.range, entry.protection, entry.shared, entry.file_offset,
                    recorded_name(*task->process, entry)});
  }
  return list;
}

// What was mapped there then: a file of the trace stands for the one it was copied from.
std::string Replayer::recorded_name(const Process& process, const kernel::MapsEntry& entry) const {
  const std::string stored = reader_->directory() + "/files.d/";
  if (entry.name.rfind(stored, 0) == 0) {
    const std::string number = entry.name.substr(stored.size());
    return files_.stored()
        .info({static_cast<uint32_t>(std::strtoul(number.c_str(), nullptr, 10))})
        .original_path;
  }
  for (const trace::Mapping& mapping : process.exec_mappings) {
    const bool is_special = !mapping.name.empty() && mapping.name.front() == '[';
    if (is_special && entry.range.contains(mapping.range.start)) return mapping.name;
  }
  return "";
}

Bytes Replayer::auxiliary_vector(Pid pid) const {
  const Task* task = find_process(pid);
  return task == nullptr ? Bytes() : task->process->auxiliary_vector;
}

std::string Replayer::executable(Pid pid) const {
  const Task* task = find_process(pid);
  return task == nullptr ? std::string() : task->process->executable;
}

machine::ProcessInfo Replayer::process_info(Pid pid) const {
  const Task* task = find_process(pid);
  if (task == nullptr) return {};
  const Process& process = *task->process;
  const bool has_parent = find_process(process.parent) != nullptr;
  return {process.arguments, process.directory, has_parent ? process.parent : Pid{}};
}

bool Replayer::add_breakpoint(const machine::Breakpoint& breakpoint) {
  Task* task = find_process(breakpoint.pid);
  if (task == nullptr) return false;
  if (!is_on_code(breakpoint.kind)) return watchpoints_.add(*task, breakpoint);
  if (breakpoint.address.value % Arch::kSyscallInstructionSize != 0) return false;
  return breakpoints_.add(breakpoint, task->thread.space());
}

void Replayer::await_breakpoint(const machine::Breakpoint& breakpoint) {
  Task* task = find_process(breakpoint.pid);
  if (task == nullptr) return;
  if (!is_on_code(breakpoint.kind)) return watchpoints_.await(*task, breakpoint);
  if (breakpoint.address.value % Arch::kSyscallInstructionSize != 0) return;
  breakpoints_.await(breakpoint, task->thread.space());
}

void Replayer::remove_breakpoint(const machine::Breakpoint& breakpoint) {
  Task* task = find_process(breakpoint.pid);
  if (task == nullptr) return;
  if (is_on_code(breakpoint.kind)) {
    breakpoints_.remove(breakpoint, task->thread.space());
  } else {
    watchpoints_.remove(breakpoint);
  }
}

// Of what is watched.
void Replayer::find_sharers() {
  std::map<Pid, const Task*> processes;
  for (const auto& [tid, task] : tasks_) {
    if (!task->exit_status) processes.emplace(task->process->pid, task.get());
  }
  std::vector<const Task*> list;
  for (const auto& [pid, task] : processes) list.push_back(task);
  watchpoints_.find_sharers(list);
}

std::vector<machine::Breakpoint> Replayer::planted_breakpoints() const {
  std::vector<machine::Breakpoint> all = breakpoints_.all();
  for (const machine::Breakpoint& watchpoint : watchpoints_.all()) all.push_back(watchpoint);
  return all;
}

}  // namespace rr::replay
