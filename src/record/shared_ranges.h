// Where a process's memory is mapped shared, so that other processes may look at it. Threads share
// one of these; a forked child has a copy.
#pragma once

#include <optional>
#include <vector>

#include "syscalls/outputs.h"
#include "util/types.h"

namespace rr::record {

class SharedRanges {
 public:
  // Whether any of what the call may write lies there. The kernel is asked once, and again after
  // forget(); what has been unmapped meanwhile may still count.
  bool has_part_of(const syscalls::Plan& plan, Tid tid);

  // Something may have been mapped shared.
  void forget() { ranges_.reset(); }
  // mremap may have put elsewhere what was there.
  void note_moved(const AddressRange& from);

 private:
  std::optional<std::vector<AddressRange>> ranges_;
};

}  // namespace rr::record
