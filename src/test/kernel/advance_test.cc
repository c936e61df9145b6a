// Reaching a recorded point where the counter is not what emulation offers: interrupts that come
// late, never, and ticks that are taken branches. RR_POINTS and RR_BRANCH_POINTS set how
// many points, RR_REPLAYS how many replays of them.
#include "replay/advance.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "arch/aarch64/tick_counter.h"
#include "kernel/spawn.h"
#include "schedule/random.h"
#include "traced_child.h"
#include "tracee/tick_choice.h"
#include "util/error.h"

namespace rr::test {
namespace {

using kernel::Resume;
using replay::Advance;
using replay::Arrival;
using schedule::Random;

extern "C" const char advance_program;
extern "C" const char exclusive_program;
asm(R"(
  .pushsection .text
  .balign 4
  .globl advance_program
advance_program:               // general registers repeat; v29 is 1
  add v31.2d, v31.2d, v29.2d   // a tick: whenever a branch has led here or to `again`
  mov x2, #3
inner:
  add v30.2d, v30.2d, v29.2d   // tells rounds apart that look the same
  sub x2, x2, #1
  nop
  cbz x2, advance_program
  b again
again:
  add v31.2d, v31.2d, v29.2d
  b inner
  .globl exclusive_program
exclusive_program:             // x9 points to a word
  mov x5, #0
exclusive_retry:
  ldxr x3, [x9]
  add x3, x3, #1
  stxr w4, x3, [x9]
  add x5, x5, #1               // attempts
  cbnz w4, exclusive_retry
  nop
  nop
  nop
exclusive_end:
  b exclusive_end
  .popsection
)");

constexpr uint64_t kMostInstructionsInATick = 7;

const tracee::TickFacts& instructions() {
  static const tracee::TickFacts facts = [] {
    kernel::bind_to_cpu(kernel::first_allowed_cpu());
    return tracee::choose_ticks().facts;
  }();
  return facts;
}

uint64_t from_environment(const char* name, uint64_t usual) {
  const char* text = std::getenv(name);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

using Vectors = aarch64::FloatRegisters;

Vectors vectors_of(const kernel::Stopped& stopped) {
  Vectors vectors;
  const Bytes bytes = *stopped.register_set(aarch64::kNoteFloat);
  std::copy(bytes.begin(), bytes.end(), writable_bytes_of(vectors).begin());
  return vectors;
}

// A child before its first instruction, as a thread to be replayed.
struct Runner {
  explicit Runner(const char& program) : child(program) {
    Vectors vectors{};
    vectors.v[29] = {1, 1};
    child.now().set_register_set(aarch64::kNoteFloat, bytes_of(vectors));
    Registers registers;
    registers.pc = child.registers().pc;
    registers.x[9] = address_of(&word).value;
    child.now().set_registers(registers);
  }
  void make_task(std::unique_ptr<tracee::TickSource> source, const tracee::TickFacts& facts) {
    const Tid tid = child.tid();
    tracee::TickClock clock(std::move(source), facts);
    clock.set({0});
    task = std::make_unique<replay::Task>(
        replay::Task{{tid, Pid{tid.value}, std::move(child.now()),
                      std::make_shared<tracee::AddressSpace>(tid), std::move(clock)},
                     std::make_shared<replay::Process>()});
  }

  static inline uint64_t word = 0;  // each child has a copy of its own
  TracedChild child;
  std::unique_ptr<replay::Task> task;
};

// An interrupt that is late by up to `most` ticks, or, each `loses`th time, does not come.
struct Lateness {
  uint64_t most = 0;
  uint64_t loses = 0;  // 0: none
};

class LateInstructions : public tracee::TickSource {
 public:
  LateInstructions(Tid tid, Lateness lateness)
      : inner_(tracee::make_tick_source(instructions(), tid)), lateness_(lateness) {}

  uint64_t count() const override { return inner_->count(); }
  void arm(uint64_t distance) override { inner_->arm(late(distance)); }
  void disarm() override { inner_->disarm(); }

 protected:
  uint64_t late(uint64_t distance) {
    ++armed_;
    if (lateness_.loses != 0 && armed_ % lateness_.loses == 0) return distance + 1'000'000;
    return distance + (lateness_.most == 0 ? 0 : random_.below(lateness_.most + 1));
  }
  std::unique_ptr<tracee::TickSource> inner_;

 private:
  Lateness lateness_;
  Random random_{1};
  uint64_t armed_ = 0;
};

// Counts the branches that advance_program takes, as it counts them itself.
class TakenBranches final : public LateInstructions {
 public:
  TakenBranches(const Runner& runner, Lateness lateness)
      : LateInstructions(runner.child.tid(), lateness), runner_(runner) {}

  uint64_t count() const override {
    // Before the task has taken the child over there is nothing to count.
    return runner_.task ? vectors_of(runner_.task->thread.stopped()).v[31][0] : 0;
  }
  void arm(uint64_t distance) override { inner_->arm(late(distance) * kMostInstructionsInATick); }

 private:
  const Runner& runner_;
};

struct Point {
  trace::Frame frame;  // with ticks in instructions
  uint64_t branches = 0;
  Vectors vectors;
};

trace::Frame preempted_at(const Registers& registers, Ticks ticks) {
  trace::Frame frame;
  frame.tid = Tid{1};
  frame.ticks = ticks;
  frame.before = frame.after = registers;
  frame.event = trace::PreemptEvent{};
  return frame;
}

// Points of one run, ascending.
std::vector<Point> record_points(uint64_t count, uint64_t longest, uint64_t seed) {
  Runner runner(advance_program);
  auto source = tracee::make_tick_source(instructions(), runner.child.tid());
  const uint64_t start = source->count();
  Random random(seed);
  std::vector<Point> points;
  while (points.size() < count) {
    source->arm(1 + random.below(longest));
    runner.child.go(Resume::kContinue);
    source->disarm();
    Point point;
    point.frame = preempted_at(runner.child.registers(), {source->count() - start});
    point.vectors = vectors_of(runner.child.now());
    point.branches = point.vectors.v[31][0];
    points.push_back(point);
  }
  return points;
}

std::string no_description(FrameNumber, const trace::Frame&) { return "a point"; }

class ReachingAPoint : public testing::Test {
 protected:
  void SetUp() override {
    if (instructions().unit != TickUnit::kInstructions) {
      GTEST_SKIP() << "the true place of a point is known only where instructions are counted";
    }
  }

  enum class Unit { kInstructions, kBranches };
  // All points in one replay; each is looked at.
  void replay_all(const std::vector<Point>& points, Unit unit, Lateness lateness, uint64_t skid) {
    Runner runner(advance_program);
    tracee::TickFacts facts = instructions();
    facts.skid = skid;
    std::unique_ptr<tracee::TickSource> source;
    if (unit == Unit::kBranches) {
      facts.unit = TickUnit::kTakenBranches;
      facts.breakpoint_cost = aarch64::kBranchesCountedByBreakpoint;
      source = std::make_unique<TakenBranches>(runner, lateness);
    } else {
      source = std::make_unique<LateInstructions>(runner.child.tid(), lateness);
    }
    runner.make_task(std::move(source), facts);
    const replay::DivergenceReport report(no_description);
    replay::Watchpoints watchpoints;
    const Advance advance(facts, report, watchpoints);
    for (size_t i = 0; i < points.size(); ++i) {
      trace::Frame frame = points[i].frame;
      if (unit == Unit::kBranches) frame.ticks = {points[i].branches};
      ASSERT_EQ(advance.to(*runner.task, {i + 1}, frame, {}), Arrival::kAtFrame) << i;
      ASSERT_EQ(vectors_of(runner.task->thread.stopped()), points[i].vectors) << "point " << i;
    }
  }
};

TEST_F(ReachingAPoint, WithInterruptsThatAreExact) {
  const auto points = record_points(from_environment("RR_POINTS", 200), 2'000, 1);
  for (uint64_t i = 0; i < from_environment("RR_REPLAYS", 1); ++i) {
    replay_all(points, Unit::kInstructions, {}, 0);
  }
}

TEST_F(ReachingAPoint, WithInterruptsThatComeLate) {
  const auto points = record_points(30, 3'000, 2);
  replay_all(points, Unit::kInstructions, {.most = 1'000}, 1'000);
}

TEST_F(ReachingAPoint, WithInterruptsThatComeTenThousandTicksLate) {
  const auto points = record_points(3, 50'000, 3);
  replay_all(points, Unit::kInstructions, {.most = 10'000}, 10'000);
}

TEST_F(ReachingAPoint, WhereTicksAreTakenBranches) {
  const auto points = record_points(from_environment("RR_BRANCH_POINTS", 50), 2'000, 4);
  for (uint64_t i = 0; i < from_environment("RR_REPLAYS", 1); ++i) {
    replay_all(points, Unit::kBranches, {.most = 40}, 40);
  }
}

void expect_to_be_told(const std::vector<Point>& points, Lateness lateness,
                       void (*replay)(const std::vector<Point>&, Lateness)) {
  try {
    replay(points, lateness);
    FAIL() << "nobody noticed";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("interrupt came later"), std::string::npos)
        << error.what();
  }
}

void replay_exactly(const std::vector<Point>& points, Lateness lateness) {
  Runner runner(advance_program);
  runner.make_task(std::make_unique<LateInstructions>(runner.child.tid(), lateness),
                   instructions());
  const replay::DivergenceReport report(no_description);
  replay::Watchpoints watchpoints;
  const Advance advance(instructions(), report, watchpoints);
  for (size_t i = 0; i < points.size(); ++i) {
    advance.to(*runner.task, {i + 1}, points[i].frame, {});
  }
}

TEST_F(ReachingAPoint, ReportsAnInterruptThatIsLaterThanAllowedFor) {
  expect_to_be_told(record_points(200, 5'000, 5), {.most = 10'000}, replay_exactly);
}

TEST_F(ReachingAPoint, ReportsAnInterruptThatIsLost) {
  expect_to_be_told(record_points(200, 5'000, 6), {.loses = 20}, replay_exactly);
}

TEST_F(ReachingAPoint, NeverStopsInsideAnExclusiveSequence) {
  Runner recorded(exclusive_program);
  auto source = tracee::make_tick_source(instructions(), recorded.child.tid());
  const uint64_t start = source->count();
  source->arm(8);
  recorded.child.go(Resume::kContinue);
  const trace::Frame frame = preempted_at(recorded.child.registers(), {source->count() - start});
  ASSERT_EQ(frame.before.x[5], 1u) << "undisturbed, the store succeeds at once";
  Runner runner(exclusive_program);
  runner.make_task(tracee::make_tick_source(instructions(), runner.child.tid()), instructions());
  const replay::DivergenceReport report(no_description);
  replay::Watchpoints watchpoints;
  const Advance advance(instructions(), report, watchpoints);
  EXPECT_EQ(advance.to(*runner.task, {1}, frame, {}), Arrival::kAtFrame);
}

}  // namespace
}  // namespace rr::test
