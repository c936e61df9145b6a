// One hardware event counted for one thread, user mode only, and an interrupt (a signal to that
// thread) after a period.
#pragma once

#include <cstdint>
#include <optional>

#include "util/fd.h"
#include "util/types.h"

namespace rr::kernel {

// The signal by which an overflow stops the thread; the thread never sees it.
inline constexpr int kTickSignal = 16;  // SIGSTKFLT: the kernel itself never sends it

class PerfCounter {
 public:
  // A raw event of the CPU's PMU. Nothing when the kernel refuses (errno says why).
  // `with_interrupt` makes the counter able to stop the thread.
  enum class Interrupts { kNo, kYes };
  static std::optional<PerfCounter> open(Tid tid, uint32_t pmu_type, uint64_t event,
                                         Interrupts interrupts);

  uint64_t read() const;
  // Stops the thread with kTickSignal when it has counted `period` more. Counts from now.
  void arm(uint64_t period);
  void disarm();

 private:
  explicit PerfCounter(OwnedFd fd) : fd_(std::move(fd)) {}
  OwnedFd fd_;
};

// The value of kernel.perf_event_paranoid, or nothing where there is none.
std::optional<int> perf_event_paranoid();

}  // namespace rr::kernel
