// How far a recording has come at some of its frames: enough to tell, before any of it has been
// replayed, about how long the way to a frame is.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "util/types.h"

namespace rr::trace {

struct Milestone {
  uint64_t frames = 0;  // so many frames had come
  uint64_t ticks = 0;   // when all threads together had run so far

  bool operator==(const Milestone&) const = default;
};

// Sets one about every so many ticks, and doubles that as the recording grows.
class MilestoneSetter final {
 public:
  static constexpr size_t kMost = 256;

  void pass(Tid tid, Ticks ticks);  // the next frame
  // With one at the end.
  std::vector<Milestone> set() const;

 private:
  void add(const Milestone& milestone);

  std::map<Tid, Ticks> ticks_of_;  // at the thread's latest frame
  Milestone here_;
  std::vector<Milestone> list_;
  uint64_t distance_ = 1'000'000;
};

// The ticks up to there, by the milestones around it. They ascend.
uint64_t ticks_until(std::span<const Milestone> milestones, FrameNumber frame);

}  // namespace rr::trace
