// A point of execution, as a user names it: how many frames have been replayed, and how far the
// current thread has run since. Totally ordered within one recording.
#pragma once

#include <compare>

#include "util/types.h"

namespace rr::machine {

struct Position {
  FrameNumber frame;  // the last frame that has come true; 0 before the first
  Ticks ticks;        // of the current thread
  auto operator<=>(const Position&) const = default;
};

}  // namespace rr::machine
