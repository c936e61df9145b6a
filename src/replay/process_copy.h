// A process of the replay copied as it stands: its memory by fork, its threads by clone, with all
// that the kernel keeps for each of them.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "replay/mapped_files.h"
#include "replay/task.h"
#include "tracee/tick_source.h"

namespace rr::replay {

struct ProcessCopy {
  std::vector<std::unique_ptr<Task>> tasks;  // in the order of the originals
  // The real number of a leader that has ended before its threads, as the original's had.
  std::optional<Tid> ended_leader;
};

// `threads` are all of one process, stopped, and share their memory with no other process.
ProcessCopy copy_process(const std::vector<Task*>& threads, const MappedFiles::Copies& copies,
                         const tracee::TickFacts& ticks);

}  // namespace rr::replay
