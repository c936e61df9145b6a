// How instructions are counted where this machine counts them (arch/aarch64/tick_counter.h), and
// how exactly an interrupt comes.
#include <csignal>
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <memory>

#include "arch/aarch64/tick_counter.h"
#include "kernel/perf_counter.h"
#include "kernel/spawn.h"
#include "traced_child.h"
#include "tracee/tick_choice.h"
#include "tracee/tick_clock.h"
#include "tracee/tick_source.h"

namespace rr::test {
namespace {

using aarch64::TrapKind;
using kernel::PerfCounter;
using kernel::Resume;

extern "C" const char count_program;
asm(R"(
  .pushsection .text
  .balign 4
  .globl count_program
count_program:          // x9 is 0
  nop                   // 0
  nop                   // 1
  brk #0                // 2
  mov x8, #172          // 3  getpid
  svc #0                // 4
  nop                   // 5
  brk #0                // 6
  ldr x0, [x9]          // 7
  nop                   // 8
  brk #0                // 9
  udf #0                // 10
  nop                   // 11
  brk #0                // 12
count_loop:
  sub x1, x1, #1        // 13
  cbnz x1, count_loop   // 14
  brk #0                // 15
  .popsection
)");

constexpr int64_t kLoop = 13;

const tracee::TickChoice& choice() {
  static const tracee::TickChoice chosen = [] {
    kernel::bind_to_cpu(kernel::first_allowed_cpu());
    return tracee::choose_ticks();
  }();
  return chosen;
}

class InstructionCount : public testing::Test {
 protected:
  void SetUp() override {
    if (choice().facts.unit != TickUnit::kInstructions) {
      GTEST_SKIP() << "instructions are not counted here: " << choice().explanation;
    }
    child_ = std::make_unique<TracedChild>(count_program);
    child_->set_x(9, 0);
    source_ = tracee::make_tick_source(choice().facts, child_->tid());
    count_ = source_->count();
  }
  // What has been counted since the last question.
  uint64_t counted() {
    const uint64_t before = count_;
    count_ = source_->count();
    return count_ - before;
  }

  std::unique_ptr<TracedChild> child_;
  std::unique_ptr<tracee::TickSource> source_;
  uint64_t count_ = 0;
};

TEST_F(InstructionCount, OfABreakpointIsOneThoughItDoesNotAdvance) {
  child_->go(Resume::kContinue);
  ASSERT_EQ(child_->at(), 2);
  EXPECT_EQ(counted(), 2 + aarch64::kInstructionsCountedByBreakpoint);
  for (const Resume how : {Resume::kContinue, Resume::kStep}) {
    child_->go(how);
    ASSERT_EQ(child_->at(), 2);
    EXPECT_EQ(counted(), aarch64::kInstructionsCountedByBreakpoint);
  }
}

TEST_F(InstructionCount, OfABreakpointIsTakenOffByTheClock) {
  tracee::TickClock clock(tracee::make_tick_source(choice().facts, child_->tid()), choice().facts);
  clock.set({0});
  child_->go(Resume::kContinue);
  ASSERT_EQ(child_->at(), 2);
  clock.exclude_breakpoint_hit();
  EXPECT_EQ(clock.now(), Ticks{2});
}

TEST_F(InstructionCount, OfACallIsOneHoweverItIsMade) {
  const auto from_the_number = [this] {
    child_->move_to(3);
    counted();
  };
  from_the_number();
  child_->go(Resume::kSyscall);
  EXPECT_EQ(counted(), 2u) << "mov and svc, at the entry stop";
  child_->go(Resume::kSyscall);
  EXPECT_EQ(counted(), 0u) << "the exit stop adds nothing";
  from_the_number();
  child_->go(Resume::kEmulate);
  EXPECT_EQ(counted(), 2u);
  child_->go(Resume::kStep);
  EXPECT_EQ(counted(), 0u) << "nor does the pseudo-step";
  from_the_number();
  child_->go(Resume::kStep);
  child_->go(Resume::kStep);
  EXPECT_EQ(child_->trap(), TrapKind::kPseudoStep);
  EXPECT_EQ(counted(), 2u);
  from_the_number();
  child_->go(Resume::kContinue);
  EXPECT_EQ(counted(), 3 + aarch64::kInstructionsCountedByBreakpoint);
}

TEST_F(InstructionCount, OfABreakpointInPlaceOfACallIsTheCalls) {
  auto memory = child_->memory();
  const Address svc = address_of(&count_program) + 4 * 4;
  ASSERT_EQ(memory.write(svc, Arch::kBreakpoint), 4u);
  child_->move_to(3);
  child_->go(Resume::kContinue);
  ASSERT_EQ(child_->at(), 4);
  EXPECT_EQ(counted(), 2u) << "as mov and svc";
}

TEST_F(InstructionCount, OfALoadThatFaultsIsNone) {
  child_->move_to(7);
  child_->go(Resume::kContinue);
  ASSERT_TRUE(child_->now().is_signal(SIGSEGV));
  EXPECT_EQ(child_->at(), 7);
  EXPECT_EQ(counted(), 0u);
  child_->set_x(9, child_->registers().sp);
  child_->go(Resume::kStep);
  EXPECT_EQ(child_->at(), 8);
  EXPECT_EQ(counted(), 1u);
}

TEST_F(InstructionCount, OfAnUndefinedInstructionIsOneThoughItDoesNotComplete) {
  child_->move_to(10);
  child_->go(Resume::kContinue);
  ASSERT_TRUE(child_->now().is_signal(SIGILL));
  EXPECT_EQ(child_->at(), 10);
  EXPECT_EQ(counted(), 1u);
}

TEST_F(InstructionCount, InterruptsAtExactlyTheInstructionAskedFor) {
  child_->move_to(kLoop);
  child_->set_x(1, 100'000'000);
  counted();
  for (const uint64_t distance : {5'000u, 50'000u, 100'000u, 100'001u, 150'000u, 1'000'000u}) {
    source_->arm(distance);
    child_->go(Resume::kContinue);
    source_->disarm();
    ASSERT_TRUE(child_->now().is_signal(kernel::kTickSignal)) << distance;
    EXPECT_EQ(counted(), distance);
  }
}

TEST(TickChoice, TrustsNoEventThatStaysSilent) {
  const auto& chosen = choice();
  const auto counter = PerfCounter::open({0}, PERF_TYPE_RAW, aarch64::kEventBranchesRetired,
                                         PerfCounter::Interrupts::kNo);
  if (!counter) GTEST_SKIP() << "no hardware counter can be opened here";
  const uint64_t before = counter->read();
  for (int i = 0; i < 1000; ++i) asm volatile("" ::: "memory");
  if (counter->read() == before) {
    EXPECT_NE(chosen.facts.unit, TickUnit::kTakenBranches) << chosen.explanation;
  } else {
    EXPECT_NE(chosen.facts.unit, TickUnit::kInstructions) << chosen.explanation;
  }
  EXPECT_FALSE(chosen.explanation.empty());
}

TEST(TickChoice, TakesThePmuOfTheCpu) {
  const uint32_t type = tracee::pmu_type_of(::sched_getcpu());
  if (type == PERF_TYPE_RAW) GTEST_SKIP() << "sysfs names no PMU here";
  EXPECT_TRUE(PerfCounter::open({0}, type, aarch64::kEventInstructionsRetired,
                                PerfCounter::Interrupts::kNo));
  EXPECT_EQ(tracee::pmu_type_of(100'000), PERF_TYPE_RAW) << "no such CPU";
}

// Which is so where every instruction is counted; of branches it is the CPU's choice.
TEST(TickChoice, KnowsWhetherACallCountsAsALoad) {
  const auto& facts = choice().facts;
  if (facts.unit != TickUnit::kInstructions) GTEST_SKIP() << "needs an instruction counter";
  EXPECT_TRUE(facts.call_counts_as_load);
}

}  // namespace
}  // namespace rr::test
