#include "replay/code_breakpoints.h"

#include <algorithm>

namespace rr::replay {

bool CodeBreakpoints::add(const machine::Breakpoint& breakpoint, tracee::AddressSpace& space) {
  auto& kinds = by_process_[breakpoint.pid][breakpoint.address];
  // What was unmapped since took the planted instruction with it.
  const bool is_there = !kinds.empty() && space.is_planted(breakpoint.address);
  if (!is_there && !space.plant(breakpoint.address)) {
    if (kinds.empty()) by_process_[breakpoint.pid].erase(breakpoint.address);
    return false;
  }
  kinds.insert(breakpoint.kind);
  return true;
}

void CodeBreakpoints::await(const machine::Breakpoint& breakpoint, tracee::AddressSpace& space) {
  if (!add(breakpoint, space)) {
    by_process_[breakpoint.pid][breakpoint.address].insert(breakpoint.kind);
  }
}

void CodeBreakpoints::plant_missing(Pid pid, tracee::AddressSpace& space) const {
  const auto found = by_process_.find(pid);
  if (found == by_process_.end()) return;
  for (const auto& [address, kinds] : found->second) {
    if (!space.is_planted(address)) space.plant(address);
  }
}

void CodeBreakpoints::remove(const machine::Breakpoint& breakpoint, tracee::AddressSpace& space) {
  auto& of_process = by_process_[breakpoint.pid];
  const auto found = of_process.find(breakpoint.address);
  if (found == of_process.end() || found->second.erase(breakpoint.kind) == 0) return;
  if (!found->second.empty()) return;
  of_process.erase(found);
  space.unplant(breakpoint.address);
}

void CodeBreakpoints::remove_all_of(Pid pid, tracee::AddressSpace& space) {
  const auto found = by_process_.find(pid);
  if (found == by_process_.end()) return;
  for (const auto& [address, kinds] : found->second) space.unplant(address);
  by_process_.erase(found);
}

void CodeBreakpoints::clear_copy(Pid original, tracee::AddressSpace& copy) const {
  const auto found = by_process_.find(original);
  if (found == by_process_.end()) return;
  for (const auto& [address, kinds] : found->second) copy.unplant(address);
}

std::optional<machine::BreakpointKind> CodeBreakpoints::kind_at(Pid pid, Address address) const {
  const auto process = by_process_.find(pid);
  if (process == by_process_.end()) return std::nullopt;
  const auto found = process->second.find(address);
  if (found == process->second.end() || found->second.empty()) return std::nullopt;
  return *found->second.begin();
}

bool CodeBreakpoints::is_set_by_any(Address address) const {
  return std::ranges::any_of(by_process_,
                             [&](const auto& process) { return process.second.contains(address); });
}

}  // namespace rr::replay
