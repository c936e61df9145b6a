#include "tracee/tick_choice.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <linux/perf_event.h>
#include <sched.h>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/aarch64/tick_counter.h"
#include "kernel/perf_counter.h"
#include "util/error.h"

namespace rr::tracee {
namespace {

using kernel::PerfCounter;

// A branch that is taken and one that is not in each round, and nothing that the compiler could
// fold.
__attribute__((noinline)) void run_loop(uint64_t rounds) {
  for (uint64_t i = 0; i < rounds; ++i) {
    asm volatile("cbnz xzr, 0f\n0:\n" : "+r"(i));
  }
}

uint64_t count_loop(const PerfCounter& counter, uint64_t rounds) {
  const uint64_t before = counter.read();
  run_loop(rounds);
  return counter.read() - before;
}

enum class Verdict { kExact, kSilent, kUnsteady, kRefused, kNeverInterrupts };

// Rounds of the loop. Each recording and each replay begins with this test, and in the emulated
// machine it takes time that shows, while one round there is like the other.
constexpr uint64_t kOnSilicon = 21000;
constexpr uint64_t kEmulated = 500;

// An event of the PMU whose number the kernel has for the CPU that will be used.
struct Event {
  uint32_t pmu_type;
  uint64_t number;
};

std::optional<PerfCounter> open_here(const Event& event) {
  return PerfCounter::open(Tid{0}, event.pmu_type, event.number, PerfCounter::Interrupts::kNo);
}

// Whether an overflow tells of itself: a virtual machine may count and never interrupt.
bool interrupts(const Event& event, uint64_t rounds) {
  const Tid self{static_cast<int32_t>(::syscall(SYS_gettid))};
  auto counter =
      PerfCounter::open(self, event.pmu_type, event.number, PerfCounter::Interrupts::kYes);
  if (!counter) return false;
  sigset_t tick, before;
  ::sigemptyset(&tick);
  ::sigaddset(&tick, kernel::kTickSignal);
  ::pthread_sigmask(SIG_BLOCK, &tick, &before);
  counter->arm(rounds / 2);
  run_loop(rounds);
  counter->disarm();
  constexpr timespec kPatience{0, 100'000'000};
  const bool has_come = ::sigtimedwait(&tick, nullptr, &kPatience) == kernel::kTickSignal;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return has_come;
}

// Ten times two lengths: the same each time, and the difference a whole number per round.
Verdict test_event(const Event& event, const Event& interrupt, uint64_t rounds) {
  constexpr uint64_t kShort = 200;
  const auto counter = open_here(event);
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
  return interrupts(interrupt, rounds) ? Verdict::kExact : Verdict::kNeverInterrupts;
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
bool calls_count_as_loads(const Event& event) {
  constexpr uint64_t kRounds = 25;
  const auto counter = open_here(event);
  if (!counter) return false;
  const auto count = [&](void (*run)(uint64_t)) {
    run(1);
    const uint64_t before = counter->read();
    run(kRounds);
    return counter->read() - before;
  };
  return count(run_calls) == count(run_loads);
}

// How many cycles an instruction takes where each takes as many: under QEMU two to the power of
// -icount's shift. An interrupt that is asked for by cycles as if they were instructions comes
// early, time and again on the way.
uint64_t cycles_of_instruction(const Event& instructions, const Event& cycles) {
  constexpr uint64_t kShort = 200;
  const auto cycle_counter = open_here(cycles);  // the first gets the cycle counter
  const auto counter = open_here(instructions);
  if (!cycle_counter || !counter) return 1;
  const auto added = [](const PerfCounter& by) {
    const uint64_t few = count_loop(by, kShort);
    return count_loop(by, kEmulated) - few;
  };
  added(*counter);  // the first use pays for symbol binding
  const uint64_t instructions_added = added(*counter);
  return instructions_added == 0
             ? 1
             : std::max<uint64_t>(added(*cycle_counter) / instructions_added, 1);
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

// Of a list as sysfs writes it: "0-3,6".
bool is_in_cpu_list(const std::string& list, int cpu) {
  std::istringstream ranges(list);
  for (std::string range; std::getline(ranges, range, ',');) {
    int first = 0;
    int last = 0;
    const int found = std::sscanf(range.c_str(), "%d-%d", &first, &last);
    if (found >= 1 && cpu >= first && cpu <= (found == 2 ? last : first)) return true;
  }
  return false;
}

TickFacts branch_facts(const aarch64::CoreRow* core, const Event& branches) {
  return {.unit = TickUnit::kTakenBranches,
          .event = branches.number,
          .interrupt_event = branches.number,
          .pmu_type = branches.pmu_type,
          .skid = core == nullptr ? kDefaultSkid : core->skid,
          .breakpoint_cost = aarch64::kBranchesCountedByBreakpoint,
          .call_counts_as_load = calls_count_as_loads(branches)};
}

TickFacts instruction_facts(const Event& instructions, const Event& cycles) {
  return {.unit = TickUnit::kInstructions,
          .event = instructions.number,
          .interrupt_event = cycles.number,
          .interrupt_rate = cycles_of_instruction(instructions, cycles),
          .pmu_type = instructions.pmu_type,
          .skid = 0,
          .breakpoint_cost = aarch64::kInstructionsCountedByBreakpoint,
          .call_counts_as_load = calls_count_as_loads(instructions)};
}

std::string why_none(Verdict branches) {
  switch (branches) {
    case Verdict::kRefused:
      return refusal();
    case Verdict::kSilent:
      return "no hardware counter counts here (a virtual machine without a PMU? under QEMU, run "
             "with -icount shift=0 and one CPU)";
    case Verdict::kNeverInterrupts:
      return "the branch counter counts, but never interrupts (a virtual machine without the PMU's "
             "interrupt?)";
    case Verdict::kUnsteady:
    case Verdict::kExact:
      break;
  }
  return "the branch counter of this core varies from run to run";
}

}  // namespace

uint64_t cpu_model(int cpu) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                     "/regs/identification/midr_el1");
  uint64_t midr = 0;
  file >> std::hex >> midr;
  return midr;
}

// Cores of different kinds have PMUs of their own, each a folder that says which CPUs are its and
// what number the kernel has for it (drivers/perf/arm_pmu.c, 6.12).
uint32_t pmu_type_of(int cpu) {
  std::error_code error;
  for (const auto& pmu :
       std::filesystem::directory_iterator("/sys/bus/event_source/devices", error)) {
    std::ifstream cpus(pmu.path() / "cpus");
    std::string list;
    if (!(cpus >> list) || !is_in_cpu_list(list, cpu)) continue;
    std::ifstream file(pmu.path() / "type");
    uint32_t type = 0;
    const std::string name = pmu.path().filename();
    const bool is_core = name.starts_with("armv") || name.starts_with("apple_");
    if (is_core && file >> type) return type;
  }
  return PERF_TYPE_RAW;
}

TickChoice choose_ticks() {
  const int cpu = ::sched_getcpu();
  const uint32_t pmu = pmu_type_of(cpu);
  const aarch64::CoreRow* core = aarch64::find_core(cpu_model(cpu));
  const Event branch{pmu, core == nullptr ? aarch64::kEventBranchesRetired : core->event};
  const Verdict branches = test_event(branch, branch, kOnSilicon);
  if (branches == Verdict::kExact) {
    char number[16];
    std::snprintf(number, sizeof number, "0x%llx", static_cast<unsigned long long>(branch.number));
    std::string text = std::string("taken branches (event ") + number + "), exact in the self-test";
    text += core == nullptr
                ? "; this core is not in the table, so 10000 ticks of skid are allowed for"
                : std::string("; core ") + std::string(core->name);
    return {branch_facts(core, branch), text, core != nullptr};
  }
  // No branch event at all is the mark of the emulated machine, the only one whose instruction
  // count is exact.
  const Event instructions{pmu, aarch64::kEventInstructionsRetired};
  const Event cycles{pmu, aarch64::kEventCycles};
  if (branches == Verdict::kSilent &&
      test_event(instructions, cycles, kEmulated) == Verdict::kExact) {
    return {instruction_facts(instructions, cycles),
            "instructions (event 0x08), exact in the self-test", true};
  }
  return {{}, why_none(branches), false};
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
