#include "gdb/breakpoint_table.h"

#include <utility>

namespace rr::gdb {

void BreakpointTable::set(const machine::Breakpoint& breakpoint, Conditions conditions) {
  rows_.insert_or_assign(breakpoint, std::move(conditions));
}

void BreakpointTable::remove_all_of(Pid pid) {
  std::erase_if(rows_, [&](const auto& row) { return row.first.pid == pid; });
}

std::vector<machine::Breakpoint> BreakpointTable::all() const {
  std::vector<machine::Breakpoint> found;
  for (const auto& [breakpoint, conditions] : rows_) found.push_back(breakpoint);
  return found;
}

std::vector<machine::Breakpoint> BreakpointTable::all_of(Pid pid) const {
  std::vector<machine::Breakpoint> found;
  for (const auto& [breakpoint, conditions] : rows_) {
    if (breakpoint.pid == pid) found.push_back(breakpoint);
  }
  return found;
}

const Conditions* BreakpointTable::conditions(const machine::Breakpoint& breakpoint) const {
  const auto found = rows_.find(breakpoint);
  return found == rows_.end() ? nullptr : &found->second;
}

bool BreakpointTable::has_code_breakpoint(Pid pid, Address address) const {
  using enum machine::BreakpointKind;
  for (const auto kind : {kSoftware, kHardware}) {
    if (contains({.kind = kind, .pid = pid, .address = address, .length = 0})) return true;
  }
  return false;
}

}  // namespace rr::gdb
