#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <vector>

#include "schedule/scheduler.h"

namespace rr::schedule {
namespace {

constexpr Tid kA{10}, kB{11}, kC{12};

std::vector<int32_t> turns(Scheduler& scheduler, const std::vector<Tid>& ready, int count) {
  std::vector<int32_t> order;
  for (int i = 0; i < count; ++i) {
    const auto choice = scheduler.choose(ready);
    order.push_back(choice ? choice->tid.value : 0);
  }
  return order;
}

int64_t share(const std::vector<int32_t>& order, Tid tid) {
  return std::ranges::count(order, tid.value);
}

TEST(Scheduler, LetsTurnsGoRound) {
  Scheduler scheduler({});
  EXPECT_EQ(turns(scheduler, {kA, kB, kC}, 6), (std::vector{10, 11, 12, 10, 11, 12}));
}

TEST(Scheduler, GivesATurnToWhoHasWaitedLongest) {
  Scheduler scheduler({});
  turns(scheduler, {kA, kB, kC}, 3);
  turns(scheduler, {kA, kB}, 2);
  EXPECT_EQ(scheduler.choose(std::vector{kA, kB, kC})->tid, kC);
}

TEST(Scheduler, PutsANewThreadBehindThoseThatWait) {
  Scheduler scheduler({});
  turns(scheduler, {kA, kB}, 3);
  EXPECT_EQ(scheduler.choose(std::vector{kA, kB, kC})->tid, kB);
}

TEST(Scheduler, GrantsSlicesUpToTheOneAskedForThatNoLoopFallsInStepWith) {
  Scheduler scheduler({.timeslice = 1000});
  std::set<uint64_t> slices;
  for (int i = 0; i < 100; ++i) {
    const auto choice = scheduler.choose(std::vector{kA, kB});
    EXPECT_GE(choice->slice, 750u);
    EXPECT_LE(choice->slice, 1000u);
    EXPECT_EQ(choice->ticks_to_event, choice->slice / 2);
    slices.insert(choice->slice);
  }
  EXPECT_GT(slices.size(), 20u);
}

TEST(Scheduler, LetsANicerThreadRunLessOftenYetAgainAndAgain) {
  Scheduler scheduler({});
  scheduler.set_nice(kB, 5);
  const auto order = turns(scheduler, {kA, kB}, 1000);
  EXPECT_GT(share(order, kB), 20);
  EXPECT_LT(share(order, kB), 100);
}

TEST(Scheduler, LetsTheNicestComeThoughAnotherAlwaysWantsToRun) {
  Scheduler scheduler({});
  scheduler.set_nice(kA, -20);
  scheduler.set_nice(kB, 19);
  EXPECT_GT(share(turns(scheduler, {kA, kB}, 1000), kB), 2);
}

TEST(Scheduler, PutsWhoYieldsBehindTheNicestOnce) {
  Scheduler scheduler({});
  scheduler.set_nice(kB, 19);
  EXPECT_EQ(scheduler.choose(std::vector{kA, kB})->tid, kA);
  scheduler.note_yield(kA);
  EXPECT_EQ(scheduler.choose(std::vector{kA, kB})->tid, kB);
  EXPECT_EQ(scheduler.choose(std::vector{kA, kB})->tid, kA);
}

TEST(Scheduler, LetsWhoYieldsGoOnIfNobodyElseWantsTo) {
  Scheduler scheduler({});
  scheduler.note_yield(kA);
  EXPECT_EQ(scheduler.choose(std::vector{kA})->tid, kA);
}

TEST(Scheduler, SwitchesAtEventsOnlyWhenToldTo) {
  EXPECT_FALSE(Scheduler({}).gives_way_at_event(kA));
  EXPECT_TRUE(Scheduler({.switching = Switching::kAlways}).gives_way_at_event(kA));
}

std::vector<std::pair<int32_t, uint64_t>> chaos_decisions(uint64_t seed, int32_t first_tid) {
  Scheduler scheduler({.chaos_seed = seed});
  std::vector<std::pair<int32_t, uint64_t>> decisions;
  const std::vector<Tid> ready = {{first_tid}, {first_tid + 1}, {first_tid + 2}};
  for (int i = 0; i < 3000; ++i) {
    const auto choice = scheduler.choose(ready);
    if (choice) {
      decisions.emplace_back(choice->tid.value - first_tid, choice->slice);
      if (scheduler.gives_way_at_event(choice->tid)) decisions.emplace_back(-1, 0);
      if (i % 7 == 0) scheduler.note_yield(choice->tid);
    } else {
      decisions.emplace_back(-2, 0);
    }
  }
  return decisions;
}

TEST(Chaos, DecidesTheSameForTheSameSeedWhateverTheThreadsAreCalled) {
  EXPECT_EQ(chaos_decisions(42, 100), chaos_decisions(42, 5000));
  EXPECT_NE(chaos_decisions(42, 100), chaos_decisions(43, 100));
}

TEST(Chaos, DrawsSlicesOfEveryLength) {
  std::set<int> lengths;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    for (const auto& [who, slice] : chaos_decisions(seed, 1)) {
      if (who >= 0) lengths.insert(static_cast<int>(std::to_string(slice).size()));
      EXPECT_LE(slice, Options{}.timeslice);
    }
  }
  EXPECT_EQ(lengths, (std::set{1, 2, 3, 4, 5, 6, 7}));
}

TEST(Chaos, LeavesAThreadOutForLongButNotForEver) {
  uint64_t longest = 0;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    uint64_t gap = 0;
    for (const auto& [who, slice] : chaos_decisions(seed, 1)) {
      gap = who == 0 ? 0 : gap + 1;
      longest = std::max(longest, gap);
    }
  }
  EXPECT_GT(longest, 50u);
  EXPECT_LT(longest, 2000u);
}

TEST(Chaos, HoldsAWhileWhenOnlyThoseLeftOutCouldRunAndThenLetsThem) {
  int held = 0;
  int ran = 0;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Scheduler scheduler({.chaos_seed = seed});
    for (int i = 0; i < 500; ++i) ++(scheduler.choose(std::vector{kA}) ? ran : held);
  }
  EXPECT_GT(held, 0);
  EXPECT_GT(ran, held);
}

TEST(Chaos, ShowsBetweenOneAndEightCores) {
  std::set<int> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) seen.insert(chaos_core_count(seed));
  EXPECT_EQ(seen, (std::set{1, 2, 3, 4, 5, 6, 7, 8}));
}

}  // namespace
}  // namespace rr::schedule
