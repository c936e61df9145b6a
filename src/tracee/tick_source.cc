#include "tracee/tick_source.h"

#include <optional>

#include "kernel/perf_counter.h"
#include "util/error.h"

namespace rr::tracee {
namespace {

class NoTicks final : public TickSource {
 public:
  uint64_t count() const override { return 0; }
  void arm(uint64_t) override {}
  void disarm() override {}
};

class HardwareTicks final : public TickSource {
 public:
  HardwareTicks(kernel::PerfCounter counter, kernel::PerfCounter interrupt, uint64_t rate)
      : counter_(std::move(counter)), interrupt_(std::move(interrupt)), rate_(rate) {}

  uint64_t count() const override { return counter_.read(); }
  void arm(uint64_t distance) override { interrupt_.arm(distance * rate_); }
  void disarm() override { interrupt_.disarm(); }

 private:
  kernel::PerfCounter counter_;
  kernel::PerfCounter interrupt_;
  uint64_t rate_;
};

kernel::PerfCounter open_or_fail(const TickFacts& facts, Tid tid, uint64_t event,
                                 kernel::PerfCounter::Interrupts interrupts) {
  auto counter = kernel::PerfCounter::open(tid, facts.pmu_type, event, interrupts);
  if (!counter) {
    fail_errno("open", "a hardware counter",
               "is kernel.perf_event_paranoid above 2? try --ticks=none, or `rr doctor`",
               ExitCode::kUnavailable);
  }
  return std::move(*counter);
}

}  // namespace

std::unique_ptr<TickSource> make_tick_source(const TickFacts& facts, Tid tid) {
  if (facts.unit == TickUnit::kNone) return std::make_unique<NoTicks>();
  // The interrupting event first: under emulation it must get the cycle counter, the only one whose
  // overflow is exact.
  auto interrupt =
      open_or_fail(facts, tid, facts.interrupt_event, kernel::PerfCounter::Interrupts::kYes);
  auto counter = open_or_fail(facts, tid, facts.event, kernel::PerfCounter::Interrupts::kNo);
  return std::make_unique<HardwareTicks>(std::move(counter), std::move(interrupt),
                                         facts.interrupt_rate);
}

}  // namespace rr::tracee
