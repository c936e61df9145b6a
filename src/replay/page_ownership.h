// A fork leaves each page write-protected on both sides, so that its next write faults. Where that
// write is a store-exclusive the fault makes it fail, and its loop goes round once more than it did
// in the recording. On a CPU with LSE as well: libgcc's helpers use such loops until their
// library's constructor has run (init_have_lse_atomics), and some programs have their own.
#pragma once

#include "replay/task.h"

namespace rr::replay {

// Takes the faults now, for the pages that the process has written already. It costs a copy of each
// page that another process shares.
void take_pages(Task& task);

}  // namespace rr::replay
