#include "trace/milestones.h"

#include <algorithm>
#include <utility>

namespace rr::trace {

void MilestoneSetter::pass(Tid tid, Ticks ticks) {
  const Ticks before = std::exchange(ticks_of_[tid], ticks);
  // A number that is used again is another thread's, which began with none.
  const uint64_t run = ticks >= before ? ticks.value - before.value : ticks.value;
  const uint64_t last = list_.empty() ? 0 : list_.back().ticks;
  // A long way to one frame would make those before it seem far.
  if (run >= distance_ && here_.frames > 0) add(here_);
  ++here_.frames;
  here_.ticks += run;
  if (here_.ticks - last >= distance_) add(here_);
}

void MilestoneSetter::add(const Milestone& milestone) {
  if (!list_.empty() && list_.back() == milestone) return;
  list_.push_back(milestone);
  if (list_.size() < kMost) return;
  distance_ *= 2;
  std::vector<Milestone> kept;
  for (size_t i = 1; i < list_.size(); i += 2) kept.push_back(list_[i]);
  list_ = std::move(kept);
}

std::vector<Milestone> MilestoneSetter::set() const {
  std::vector<Milestone> all = list_;
  if (here_.frames > 0 && (all.empty() || all.back() != here_)) all.push_back(here_);
  return all;
}

uint64_t ticks_until(std::span<const Milestone> milestones, FrameNumber frame) {
  const auto behind = std::ranges::lower_bound(milestones, frame.value, {}, &Milestone::frames);
  if (behind == milestones.end()) return milestones.empty() ? 0 : milestones.back().ticks;
  const Milestone before = behind == milestones.begin() ? Milestone{} : *std::prev(behind);
  if (behind->frames == frame.value) return behind->ticks;
  // A hostile recording may have any numbers: this way none overflows.
  const uint64_t ticks_a_frame = (behind->ticks - before.ticks) / (behind->frames - before.frames);
  return before.ticks + ticks_a_frame * (frame.value - before.frames);
}

}  // namespace rr::trace
