// A fork leaves each page write-protected on both sides, so that its next write faults. Where that
// write is a store-exclusive the fault makes it fail, and its loop goes round once more than it did
// in the recording. On a CPU with LSE as well: libgcc's helpers use such loops until their
// library's constructor has run (init_have_lse_atomics), and some programs have their own.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "arch/aarch64/exclusive_loops.h"
#include "kernel/proc.h"
#include "replay/task.h"

namespace rr::replay {

// What is known of the code of files that do not change, so that each is read once.
class CodeFiles {
 public:
  // Whether a process with this memory may come to a loop of load- and store-exclusives before it
  // maps further code. True also of code that cannot be known: what is made at run time. The
  // thread is stopped.
  bool may_loop(const Task& task);

 private:
  struct Part {
    uint64_t device;
    uint64_t inode;
    uint64_t offset;
    uint64_t size;
    auto operator<=>(const Part&) const = default;
  };

  // With addresses as distances from the mapping's start.
  const aarch64::ExclusiveLoops& loops_in(const kernel::MapsEntry& entry);

  std::map<Part, aarch64::ExclusiveLoops> known_;
};

// Takes the faults now, for the pages that the process has written already. It costs a copy of each
// page that another process shares.
void take_pages(Task& task);

}  // namespace rr::replay
