#include <gtest/gtest.h>

#include "support/timeline_layouts.h"

namespace rr::test {
namespace {

using machine::Stop;
using machine::TaskId;
using timeline::Timeline;

// fuzz/ has a hundred thousand.
TEST(TimelineReverse, FindsTheLastStopInTwoThousandLayouts) {
  for (uint32_t seed = 1; seed <= 2000; ++seed) ASSERT_EQ(check_layout(seed), "");
}

// Back by instructions visits what stepping forward visited.
TEST(TimelineReverse, SteppingBackVisitsThePlacesOfSteppingForward) {
  for (uint32_t seed = 1; seed <= 500; ++seed) {
    const Layout layout(seed);
    FakeMachine machine(layout.script);
    Timeline timeline(machine, kDense);
    const TaskId task = timeline.machine().current_task();
    std::vector<size_t> places;
    for (size_t i = 0; i < layout.script.steps.size(); ++i) {
      const FakeStep& step = layout.script.steps[i];
      if (step.task == task && (!step.registers.empty())) places.push_back(i);
    }
    while (!is_end_of_replay(timeline.run({}))) {
    }
    const timeline::Pursuit pursuit{{}, [](auto&, auto&) { return false; }, {}};
    for (size_t i = places.size(); i-- > 0;) {
      (void)reverse_step(timeline, task, pursuit);
      ASSERT_EQ(steps_done(timeline), places[i]) << "seed " << seed;
    }
    const Stop stop = reverse_step(timeline, task, pursuit);
    EXPECT_TRUE(std::holds_alternative<machine::StartOfReplay>(stop.reason)) << seed;
  }
}

// A signal is told of before it comes true: the checkpoint stands where it has been told already.
TEST(TimelineReverse, ASignalIsMetWhereACheckpointWasMade) {
  FakeScript script = counting_program(20);
  script.steps.insert(
      script.steps.begin() + 10,
      FakeStep{.task = kCounter, .event = machine::SignalReceived{.number = 10, .info = {}}});
  FakeMachine machine(script);
  Timeline timeline(machine, kDense);
  const Stop told = timeline.run({});
  ASSERT_TRUE(std::holds_alternative<machine::SignalReceived>(told.reason));
  const size_t place = steps_done(timeline);
  ASSERT_TRUE(timeline.add_checkpoint());
  while (!is_end_of_replay(timeline.run({}))) {
  }
  const timeline::Pursuit pursuit{{}, is_told, {}};
  const Stop stop = reverse_continue(timeline, pursuit);
  EXPECT_TRUE(std::holds_alternative<machine::SignalReceived>(stop.reason));
  EXPECT_EQ(steps_done(timeline), place);
  EXPECT_TRUE(
      std::holds_alternative<machine::StartOfReplay>(reverse_continue(timeline, pursuit).reason));
}

TEST(TimelineReverse, AnInterruptedSearchStaysWhereItWas) {
  FakeMachine machine(counting_program(1000));
  Timeline timeline(machine, kDense);
  (void)timeline.run({.step = {}, .interrupted = {}, .until = {}});
  const machine::Mark before = timeline.now();
  const timeline::Pursuit pursuit{{}, is_told, [] { return true; }};
  const Stop stop = reverse_continue(timeline, pursuit);
  EXPECT_TRUE(std::holds_alternative<machine::Interrupted>(stop.reason));
  EXPECT_EQ(timeline.now(), before);
}

}  // namespace
}  // namespace rr::test
