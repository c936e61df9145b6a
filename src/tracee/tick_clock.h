// A thread's progress in ticks: the source's count less everything that was not the program's own
// doing (injected calls, planted breakpoints, time before the recording began). The one class that
// accounts for the difference.
#pragma once

#include <memory>
#include <optional>

#include "tracee/tick_source.h"
#include "util/types.h"

namespace rr::tracee {

class TickClock {
 public:
  TickClock(std::unique_ptr<TickSource> source, const TickFacts& facts)
      : source_(std::move(source)),
        breakpoint_cost_(facts.breakpoint_cost),
        counts_instructions_(facts.unit == TickUnit::kInstructions) {}

  Ticks now() const { return {count() - excluded_}; }

  // From here the thread's time is `ticks`.
  void set(Ticks ticks) { excluded_ = count() - ticks.value; }

  // Of who lets the thread run and sees it stop (Thread). While it is known to be stopped the
  // source is asked once.
  void note_running(bool is_running) {
    is_running_ = is_running;
    count_.reset();
  }

  // The thread has just hit a breakpoint that is not the program's and stands for no instruction of
  // it.
  void exclude_breakpoint_hit() { excluded_ += breakpoint_cost_; }

  // These the thread has run, with no branch among them, and is going to run once more.
  void exclude_instructions(uint64_t count) {
    if (counts_instructions_) excluded_ += count;
  }

  void arm(uint64_t distance) { source_->arm(distance); }
  void disarm() { source_->disarm(); }

  // While one lives, what the thread does is not the program's.
  class Pause {
   public:
    explicit Pause(TickClock& clock) : clock_(clock), resume_at_(clock.now()) {}
    ~Pause() { clock_.set(resume_at_); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    TickClock& clock_;
    Ticks resume_at_;
  };

 private:
  uint64_t count() const {
    if (is_running_) return source_->count();
    if (!count_) count_ = source_->count();
    return *count_;
  }

  std::unique_ptr<TickSource> source_;
  mutable std::optional<uint64_t> count_;  // of the thread that is stopped
  bool is_running_ = true;                 // for all that is known
  uint64_t breakpoint_cost_;
  bool counts_instructions_;
  uint64_t excluded_ = 0;
};

}  // namespace rr::tracee
