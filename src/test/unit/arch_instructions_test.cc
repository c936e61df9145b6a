#include <gtest/gtest.h>

#include "arch/aarch64/instructions.h"

namespace rr::aarch64 {
namespace {

TEST(ArchInstructions, ReadsOfTheTimerAreRecognisedWithTheirTarget) {
  const auto read = decode_counter_read(0xd53be047);  // mrs x7, cntvct_el0
  ASSERT_TRUE(read);
  EXPECT_EQ(read->source, CounterRegister::kVirtualCount);
  EXPECT_EQ(read->target, 7u);
  EXPECT_EQ(decode_counter_read(0xd53be01f)->target, 31u);  // mrs xzr, cntfrq_el0
}

TEST(ArchInstructions, NothingElseIs) {
  EXPECT_FALSE(decode_counter_read(0xd4000001));  // svc #0
  EXPECT_FALSE(decode_counter_read(0xd53bd040));  // mrs x0, tpidr_el0
  EXPECT_FALSE(decode_counter_read(0xd51be040));  // msr, the other direction
}

TEST(ArchInstructions, OnlyTheFrequencyCountsUnsteadily) {
  EXPECT_TRUE(has_unsteady_tick_count(0xd53be002));
  EXPECT_FALSE(has_unsteady_tick_count(0xd53be042));
}

}  // namespace
}  // namespace rr::aarch64
