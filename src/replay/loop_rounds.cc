#include "replay/loop_rounds.h"

#include "replay/page_ownership.h"
#include "util/log.h"

namespace rr::replay {
namespace {

// Between two events, in ticks: some rounds.
constexpr uint64_t kMost = 256;
constexpr uint64_t kShortestLoop = 3;  // instructions: load, store, branch

}  // namespace

bool may_be_loop_rounds(const Task& task, TickUnit unit, uint64_t difference) {
  const uint64_t least = unit == TickUnit::kInstructions ? kShortestLoop : 1;
  return difference >= least && difference <= kMost && CodeFiles().may_loop(task);
}

void tell_of_loop_rounds(FrameNumber frame, Ticks now, Ticks recorded) {
  static FrameNumber told_up_to;
  if (frame <= told_up_to) return;
  told_up_to = frame;
  const bool is_more = now > recorded;
  LOG(kWarn, "replay") << "frame " << frame.value << ": a loop of LDXR and STXR went round "
                       << (is_more ? "more" : "less") << " often than in the recording ("
                       << (is_more ? now.value - recorded.value : recorded.value - now.value)
                       << " ticks); the registers are the same, and the count is set right";
}

}  // namespace rr::replay
