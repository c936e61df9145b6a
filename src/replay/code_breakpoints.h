// The user's breakpoints on instructions, process by process, each planted in the process's memory
// once however many kinds of it there are.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "machine/machine.h"
#include "tracee/address_space.h"

namespace rr::replay {

class CodeBreakpoints final {
 public:
  // False where nothing can be planted.
  bool add(const machine::Breakpoint& breakpoint, tracee::AddressSpace& space);
  // Where nothing can be planted yet, plant_missing() will.
  void await(const machine::Breakpoint& breakpoint, tracee::AddressSpace& space);
  // Of the process, as far as it can be: what was not mapped, or has been unmapped or overwritten
  // since.
  void plant_missing(Pid pid, tracee::AddressSpace& space) const;
  void remove(const machine::Breakpoint& breakpoint, tracee::AddressSpace& space);
  void remove_all_of(Pid pid, tracee::AddressSpace& space);
  // A forked copy of the memory has the process's breakpoints in it, and is to have none.
  void clear_copy(Pid original, tracee::AddressSpace& copy) const;

  // The kind that a hit there is of; a software breakpoint before a hardware one.
  std::optional<machine::BreakpointKind> kind_at(Pid pid, Address address) const;
  bool is_set_by_any(Address address) const;

  std::vector<machine::Breakpoint> all() const {
    std::vector<machine::Breakpoint> all;
    for (const auto& [pid, addresses] : by_process_) {
      for (const auto& [address, kinds] : addresses) {
        for (const auto kind : kinds) all.push_back({kind, pid, address, 0});
      }
    }
    return all;
  }

 private:
  std::map<Pid, std::map<Address, std::set<machine::BreakpointKind>>> by_process_;
};

}  // namespace rr::replay
