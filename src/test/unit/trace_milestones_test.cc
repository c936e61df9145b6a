#include <gtest/gtest.h>

#include "support/trace_samples.h"
#include "trace/codec.h"
#include "trace/milestones.h"
#include "util/error.h"

namespace rr::trace {
namespace {

uint64_t told(const MilestoneSetter& setter, uint64_t frame) {
  return ticks_until(setter.set(), FrameNumber{frame});
}

TEST(Milestones, TellTheWayToAFrame) {
  MilestoneSetter setter;
  for (uint64_t i = 1; i <= 100; ++i) setter.pass(Tid{1}, Ticks{i * 3'000'000});
  EXPECT_EQ(told(setter, 0), 0U);
  EXPECT_EQ(told(setter, 1), 3'000'000U);
  EXPECT_EQ(told(setter, 50), 150'000'000U);
  EXPECT_EQ(told(setter, 100), 300'000'000U);
  EXPECT_EQ(told(setter, 101), 300'000'000U);
}

TEST(Milestones, ALongWayToOneFrameIsNotSpreadOverThoseBefore) {
  MilestoneSetter setter;
  for (uint64_t i = 1; i <= 100; ++i) setter.pass(Tid{1}, Ticks{i});
  setter.pass(Tid{1}, Ticks{1'000'000'000});
  EXPECT_EQ(told(setter, 100), 100U);
  EXPECT_EQ(told(setter, 101), 1'000'000'000U);
}

TEST(Milestones, ThreadsAreAddedUp) {
  MilestoneSetter setter;
  setter.pass(Tid{1}, Ticks{2'000'000});
  setter.pass(Tid{2}, Ticks{5'000'000});
  setter.pass(Tid{1}, Ticks{3'000'000});
  EXPECT_EQ(told(setter, 3), 8'000'000U);
  setter.pass(Tid{2}, Ticks{100});  // another thread of that number
  EXPECT_EQ(told(setter, 4), 8'000'100U);
}

TEST(Milestones, AreFewHoweverLongTheRecording) {
  MilestoneSetter setter;
  constexpr uint64_t kFrames = 100'000;
  for (uint64_t i = 1; i <= kFrames; ++i) setter.pass(Tid{1}, Ticks{i * 7'000'000});
  EXPECT_LE(setter.set().size(), MilestoneSetter::kMost);
  EXPECT_GE(setter.set().size(), MilestoneSetter::kMost / 4);
  for (uint64_t i = 1; i <= kFrames; i += 777) {
    EXPECT_NEAR(static_cast<double>(told(setter, i)), static_cast<double>(i * 7'000'000), 1e7);
  }
  EXPECT_EQ(setter.set().back(), (Milestone{kFrames, kFrames * 7'000'000}));
}

TEST(Milestones, MayBeAsLargeAsNumbersGo) {
  constexpr uint64_t kLast = UINT64_MAX;
  const std::vector<Milestone> milestones = {{1, 1}, {kLast, kLast}};
  EXPECT_EQ(ticks_until(milestones, FrameNumber{kLast - 1}), kLast - 1);
  EXPECT_EQ(ticks_until(milestones, FrameNumber{kLast}), kLast);
}

TEST(Milestones, ThatDoNotAscendAreDamage) {
  Summary summary = {
      .frame_count = 9, .data_size = 0, .wait_status = {}, .milestones = {{1, 5}, {2, 7}}};
  EXPECT_EQ(decode_summary(encode_summary(summary).bytes(), {"summary"}), summary);
  for (const Milestone& second : {Milestone{1, 7}, Milestone{2, 4}}) {
    summary.milestones[1] = second;
    const Buffer bytes = encode_summary(summary);
    EXPECT_THROW(decode_summary(bytes.bytes(), {"summary"}), Error);
  }
}

}  // namespace
}  // namespace rr::trace
