// A fork leaves each page write-protected on both sides, so that its next write faults. Where that
// write is a store-exclusive the fault makes it fail, and its loop goes round once more than it did
// in the recording.
#pragma once

#include "replay/task.h"

namespace rr::replay {

// Whether programs on this CPU have to use such loops: otherwise they use the newer atomic
// instructions, which a fault does not disturb, and pages can stay shared until they are written.
bool are_faults_visible();

// Takes the faults now, for the pages that the process has written already. It costs a copy of each
// page that another process shares.
void take_pages(Task& task);

}  // namespace rr::replay
