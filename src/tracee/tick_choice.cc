#include "tracee/tick_choice.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <linux/perf_event.h>
#include <sched.h>

#include "arch/aarch64/tick_counter.h"
#include "kernel/perf_counter.h"
#include "util/error.h"

namespace rr::tracee {
namespace {

using kernel::PerfCounter;

// One backward branch a round, and nothing that the compiler could fold.
__attribute__((noinline)) void run_loop(uint64_t rounds) {
  for (uint64_t i = 0; i < rounds; ++i) {
    asm volatile("" : "+r"(i));
  }
}

uint64_t count_loop(const PerfCounter& counter, uint64_t rounds) {
  const uint64_t before = counter.read();
  run_loop(rounds);
  return counter.read() - before;
}

enum class Verdict { kExact, kSilent, kUnsteady, kRefused };

// Rounds of the loop. Each recording and each replay begins with this test, and in the emulated
// machine it takes time that shows, while one round there is like the other.
constexpr uint64_t kOnSilicon = 21000;
constexpr uint64_t kEmulated = 500;

// Ten times two lengths: the same each time, and the difference a whole number per round.
Verdict test_event(uint64_t event, uint64_t rounds) {
  constexpr uint64_t kShort = 200;
  const auto counter =
      PerfCounter::open(Tid{0}, PERF_TYPE_RAW, event, PerfCounter::Interrupts::kNo);
  if (!counter) return Verdict::kRefused;
  count_loop(*counter, kShort);  // the first use pays for symbol binding
  const uint64_t first_short = count_loop(*counter, kShort);
  if (first_short == 0) return Verdict::kSilent;
  const uint64_t first_long = count_loop(*counter, rounds);
  if (first_long <= first_short || (first_long - first_short) % (rounds - kShort) != 0) {
    return Verdict::kUnsteady;
  }
  for (int i = 0; i < 10; ++i) {
    if (count_loop(*counter, kShort) != first_short || count_loop(*counter, rounds) != first_long) {
      return Verdict::kUnsteady;
    }
  }
  return Verdict::kExact;
}

// Two loops that differ in one instruction.
void run_calls(uint64_t rounds) {
  asm volatile(
      "mov x8, #173\n"  // getppid
      "0: svc #0\n"
      "subs %0, %0, #1\n"
      "b.ne 0b\n"
      : "+r"(rounds)
      :
      : "x0", "x8", "cc", "memory");
}

void run_loads(uint64_t rounds) {
  asm volatile(
      "mov x8, #173\n"
      "0: ldr x0, [sp]\n"
      "subs %0, %0, #1\n"
      "b.ne 0b\n"
      : "+r"(rounds)
      :
      : "x0", "x8", "cc", "memory");
}

// Whether an exception-generating instruction counts is the CPU's choice (Arm ARM, BR_RETIRED).
bool calls_count_as_loads(uint64_t event) {
  constexpr uint64_t kRounds = 25;
  const auto counter =
      PerfCounter::open(Tid{0}, PERF_TYPE_RAW, event, PerfCounter::Interrupts::kNo);
  if (!counter) return false;
  const auto count = [&](void (*run)(uint64_t)) {
    run(1);
    const uint64_t before = counter->read();
    run(kRounds);
    return counter->read() - before;
  };
  return count(run_calls) == count(run_loads);
}

std::string refusal() {
  const auto paranoid = kernel::perf_event_paranoid();
  std::string text = std::string("the kernel refuses hardware counters: ") + std::strerror(errno);
  if (paranoid && *paranoid > 1) {
    text += " (kernel.perf_event_paranoid is " + std::to_string(*paranoid) +
            ": `sysctl kernel.perf_event_paranoid=1`)";
  }
  return text;
}

constexpr uint64_t kDefaultSkid = 10000;

TickFacts branch_facts(const aarch64::CoreRow* core) {
  return {.unit = TickUnit::kTakenBranches,
          .event = aarch64::kEventBranchesRetired,
          .interrupt_event = aarch64::kEventBranchesRetired,
          .pmu_type = PERF_TYPE_RAW,
          .skid = core == nullptr ? kDefaultSkid : core->skid,
          .breakpoint_cost = aarch64::kBranchesCountedByBreakpoint,
          .call_counts_as_load = calls_count_as_loads(aarch64::kEventBranchesRetired)};
}

TickFacts instruction_facts() {
  return {.unit = TickUnit::kInstructions,
          .event = aarch64::kEventInstructionsRetired,
          .interrupt_event = aarch64::kEventCycles,
          .pmu_type = PERF_TYPE_RAW,
          .skid = 0,
          .breakpoint_cost = aarch64::kInstructionsCountedByBreakpoint,
          .call_counts_as_load = calls_count_as_loads(aarch64::kEventInstructionsRetired)};
}

}  // namespace

uint64_t cpu_model(int cpu) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                     "/regs/identification/midr_el1");
  uint64_t midr = 0;
  file >> std::hex >> midr;
  return midr;
}

TickChoice choose_ticks() {
  const aarch64::CoreRow* core = aarch64::find_core(cpu_model(sched_getcpu()));
  const Verdict branches = test_event(aarch64::kEventBranchesRetired, kOnSilicon);
  if (branches == Verdict::kRefused) return {{}, refusal()};
  if (branches == Verdict::kExact) {
    std::string text = "taken branches (event 0x21), exact in the self-test";
    text += core == nullptr
                ? "; this core is not in the table, so 10000 ticks of skid are allowed for"
                : std::string("; core ") + std::string(core->name);
    return {branch_facts(core), text};
  }
  // No branch event at all is the mark of the emulated machine, the only one whose instruction
  // count is exact.
  if (branches == Verdict::kSilent &&
      test_event(aarch64::kEventInstructionsRetired, kEmulated) == Verdict::kExact) {
    return {instruction_facts(), "instructions (event 0x08), exact in the self-test"};
  }
  return {{},
          branches == Verdict::kSilent
              ? "no hardware counter counts here (a virtual machine without a PMU? under QEMU, run "
                "with -icount shift=0 and one CPU)"
              : "the branch counter of this core varies from run to run"};
}

TickFacts facts_for_unit(TickUnit unit) {
  if (unit == TickUnit::kNone) return {};
  const TickChoice choice = choose_ticks();
  if (choice.facts.unit == unit) return choice.facts;
  fail("this recording counts " +
           std::string(unit == TickUnit::kInstructions ? "instructions" : "taken branches") +
           ", which this machine cannot: " + choice.explanation,
       ExitCode::kUnavailable);
}

}  // namespace rr::tracee
