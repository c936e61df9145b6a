#include "timeline/timeline.h"

#include <gtest/gtest.h>

#include "support/fake_machine.h"

namespace rr::test {
namespace {

using timeline::Arrival;
using timeline::Origin;
using timeline::Policy;
using timeline::Timeline;

constexpr Policy kSmall{.gap = 100, .nearest = 5, .memory_limit = 1 << 20, .stop = 2, .copy = 3};

class TimelineTest : public testing::Test {
 protected:
  size_t place() { return dynamic_cast<FakeMachine&>(timeline.machine()).steps_done(); }
  void run_to_end() {
    while (!std::holds_alternative<machine::EndOfReplay>(timeline.run({}).reason)) {
    }
  }

  FakeMachine machine{counting_program(10'000)};
  Timeline timeline{machine, kSmall};
};

TEST_F(TimelineTest, AMarkIsGoneBackToFromAnywhere) {
  (void)timeline.run({.step = kCounter});
  (void)timeline.run({.step = kCounter});
  const machine::Mark mark = timeline.now();
  EXPECT_EQ(timeline.machine().registers(kCounter).x[0], 1U);
  run_to_end();
  EXPECT_EQ(timeline.seek(mark, {}), Arrival::kArrived);
  EXPECT_EQ(timeline.now(), mark);
  EXPECT_EQ(place(), 2U);
  EXPECT_EQ(timeline.machine().registers(kCounter), mark.registers());
}

TEST_F(TimelineTest, TicksAreGoneToInBothDirections) {
  timeline.seek_ticks(kCounter, Ticks{3000}, {});
  EXPECT_EQ(place(), 3000U);
  timeline.seek_ticks(kCounter, Ticks{17}, {});
  EXPECT_EQ(place(), 17U);
  timeline.seek_ticks(kCounter, Ticks{18}, {});
  EXPECT_EQ(place(), 18U);
}

TEST_F(TimelineTest, BreakpointsAreSetWhereOneArrives) {
  const machine::Breakpoint breakpoint{machine::BreakpointKind::kSoftware, kCounter.pid,
                                       kCounterStart + 8, 0};
  run_to_end();
  timeline.seek(timeline.start(), {breakpoint});
  EXPECT_EQ(timeline.machine().planted_breakpoints(), timeline::Breakpoints{breakpoint});
  const machine::Stop stop = timeline.run({});
  EXPECT_TRUE(std::holds_alternative<machine::BreakpointHit>(stop.reason));
  EXPECT_EQ(place(), 2U);
}

TEST_F(TimelineTest, TheNumberOfCheckpointsGrowsWithTheLogarithm) {
  run_to_end();  // 400 gaps
  EXPECT_LE(timeline.checkpoints().size(), 20U);
  EXPECT_GE(timeline.checkpoints().size(), 8U);
  // Dense where one is.
  const uint64_t newest = timeline.checkpoints().back().cost;
  const uint64_t cost = timeline.machine().cost();
  EXPECT_LE(cost - newest, std::max(2 * kSmall.gap, cost / kSmall.part));
}

TEST(TimelineSeek, AFirstWayToAFrameLeavesFewCheckpointsMostOfThemAtItsEnd) {
  FakeScript script = counting_program(10'000);
  for (const size_t at : {9'000UL, 9'990UL}) script.steps[at].is_silent_frame = true;
  FakeMachine machine(script);
  Timeline timeline(machine, kSmall);
  timeline.seek(FrameNumber{1}, {});
  EXPECT_EQ(machine.steps_done(), 9'001U);
  const auto& all = timeline.checkpoints();
  EXPECT_LE(all.size(), 8U);
  EXPECT_LT(machine.cost() - all.back().cost, 40U);
  EXPECT_LT(machine.cost() - all[all.size() - 2].cost, 160U);
}

TEST_F(TimelineTest, AWayToTicksLeavesFewCheckpointsMostOfThemAtItsEnd) {
  timeline.seek_ticks(kCounter, Ticks{30'000}, {});
  const auto& all = timeline.checkpoints();
  EXPECT_LE(all.size(), 9U);
  EXPECT_LT(place() - all.back().cost, 40U);
  EXPECT_LT(place() - all[all.size() - 2].cost, 160U);
  // And so does the way back to a place further down.
  run_to_end();
  timeline.seek_ticks(kCounter, Ticks{20'000}, {});
  EXPECT_EQ(place(), 20'000U);
  const auto before = timeline.latest_before(timeline.now());
  ASSERT_TRUE(before.has_value());
  EXPECT_LT(place() - before->cost, 40U);
}

TEST_F(TimelineTest, StopsOnTheWayDoNotPutCheckpointsOff) {
  const machine::Breakpoint breakpoint{machine::BreakpointKind::kSoftware, kCounter.pid,
                                       kCounterStart + 8, 0};
  timeline.machine().add_breakpoint(breakpoint);
  for (int i = 0; i < 1000; ++i) (void)timeline.run({});
  EXPECT_EQ(timeline.now().registers().x[0], 1000U);
  EXPECT_LE(place() - timeline.checkpoints().back().cost, 2 * std::max(kSmall.gap, place() / 16));
}

// The way is a hundred times as long as the thread's ticks say.
TEST(TimelineSeek, AThreadThatRunsLittleIsGoneToWithCheckpointsAllTheWay) {
  FakeScript script = counting_program(10'000);
  const machine::TaskId other{kCounter.pid, {42}};
  FakeTask task = script.tasks.front();
  task.info.id = other;
  script.tasks.push_back(task);
  std::vector<FakeStep> steps;
  for (size_t i = 0; i < script.steps.size(); ++i) {
    steps.push_back(script.steps[i]);
    if (i % 100 != 99) continue;
    steps.push_back({.task = kCounter, .is_silent_frame = true});
    steps.push_back({.task = other});
    steps.push_back({.task = other, .is_silent_frame = true});
  }
  script.steps = steps;
  FakeMachine machine(script);
  Timeline timeline(machine, kSmall);
  timeline.seek_ticks(other, Ticks{350}, {});
  EXPECT_EQ(timeline.machine().ticks(other), Ticks{350});
  const auto& all = timeline.checkpoints();
  EXPECT_GE(all.size(), 8U);
  EXPECT_LE(all.size(), 40U);
  EXPECT_LE(machine.cost() - all.back().cost, machine.cost() / kSmall.part + kSmall.gap);
}

TEST_F(TimelineTest, TheUsersCheckpointsStayUntilDeleted) {
  timeline.seek_ticks(kCounter, Ticks{123}, {});
  const auto number = timeline.add_checkpoint();
  ASSERT_EQ(number, 1U);
  run_to_end();
  ASSERT_EQ(timeline.user_checkpoints().size(), 1U);
  timeline.seek(timeline.user_checkpoints().front().mark, {});
  EXPECT_EQ(place(), 123U);
  EXPECT_TRUE(timeline.remove_checkpoint(1));
  EXPECT_FALSE(timeline.remove_checkpoint(1));
  EXPECT_TRUE(timeline.user_checkpoints().empty());
}

TEST_F(TimelineTest, AnInterruptedSeekStandsAtTheePlaceReached) {
  run_to_end();
  int asked = 0;
  const auto arrival = timeline.seek_ticks(kCounter, Ticks{150}, {}, [&] { return ++asked > 1; });
  EXPECT_EQ(arrival, Arrival::kInterrupted);
  EXPECT_LT(place(), 150U);
}

TEST(TimelineMemory, TheOldestGoFirstWhenMemoryIsShort) {
  FakeMachine machine(counting_program(10'000));
  Timeline timeline(machine,
                    {.gap = 100, .part = 1000, .nearest = 5, .memory_limit = 3 * kFakeBytes});
  while (!std::holds_alternative<machine::EndOfReplay>(timeline.run({}).reason)) {
  }
  const auto& all = timeline.checkpoints();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all.front().origin, Origin::kStart);
  EXPECT_GT(all[1].cost, machine.cost() - 10 * 100);
}

}  // namespace
}  // namespace rr::test
