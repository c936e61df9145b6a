// Where a thread's ticks come from: a hardware counter, or nothing. The seam that tests replace.
#pragma once

#include <cstdint>
#include <memory>

#include "util/types.h"

namespace rr::tracee {

class TickSource {
 public:
  virtual ~TickSource() = default;
  // Counted since the source was made. The thread is stopped.
  virtual uint64_t count() const = 0;
  // Stops the thread with kernel::kTickSignal after `distance` more ticks, at the earliest; skid()
  // says how late it may be.
  virtual void arm(uint64_t distance) = 0;
  virtual void disarm() = 0;
};

// What this machine offers, found by a self-test: see tick_choice.h.
struct TickFacts {
  TickUnit unit = TickUnit::kNone;
  uint64_t event = 0;            // raw event that counts
  uint64_t interrupt_event = 0;  // raw event that interrupts; may be the same
  uint64_t interrupt_rate = 1;   // how far interrupt_event counts in a tick, at the most
  uint32_t pmu_type = 0;
  uint64_t skid = 0;                 // ticks by which the interrupt may be late
  uint64_t breakpoint_cost = 0;      // ticks that a hit breakpoint adds without having advanced
  bool call_counts_as_load = false;  // svc adds as many ticks as ldr
};

// A source for a stopped or new thread. Throws Error when the kernel refuses.
std::unique_ptr<TickSource> make_tick_source(const TickFacts& facts, Tid tid);

}  // namespace rr::tracee
