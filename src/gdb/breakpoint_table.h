// The breakpoints that the client has set, each with its conditions. The machine knows only where
// they are.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "machine/machine.h"
#include "util/bytes.h"

namespace rr::gdb {

// Agent expressions; a stop is reported when one of them is not zero, or when there is none.
using Conditions = std::vector<Bytes>;

class BreakpointTable final {
 public:
  // Replaces the conditions of one that is there already.
  void set(const machine::Breakpoint& breakpoint, Conditions conditions);
  bool contains(const machine::Breakpoint& breakpoint) const { return rows_.contains(breakpoint); }
  void remove(const machine::Breakpoint& breakpoint) { rows_.erase(breakpoint); }
  void remove_all_of(Pid pid);
  void clear() { rows_.clear(); }

  std::vector<machine::Breakpoint> all() const;
  std::vector<machine::Breakpoint> all_of(Pid pid) const;
  // Conditions by address, of a software or hardware breakpoint or of a watchpoint; nothing where
  // none is set.
  const Conditions* conditions(const machine::Breakpoint& breakpoint) const;
  bool has_code_breakpoint(Pid pid, Address address) const;

 private:
  std::map<machine::Breakpoint, Conditions> rows_;
};

}  // namespace rr::gdb
