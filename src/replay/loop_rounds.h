// Rounds of a loop of load- and store-exclusive that an interrupt has cost, here or in the
// recording: it makes the store fail, and the program tries again.
#pragma once

#include "replay/task.h"
#include "util/types.h"

namespace rr::replay {

// Whether this many ticks more or less than recorded, with the recorded registers at the recorded
// place, may be such rounds. The thread is stopped.
bool may_be_loop_rounds(const Task& task, TickUnit unit, uint64_t difference);

// A warning, once for each frame, by whichever copy of the replay and however often it is come to.
void tell_of_loop_rounds(FrameNumber frame, Ticks now, Ticks recorded);

}  // namespace rr::replay
