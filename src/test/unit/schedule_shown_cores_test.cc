#include <gtest/gtest.h>

#include "schedule/shown_cores.h"

namespace rr::schedule {
namespace {

TEST(ShownCores, AreTheOwnOneAndTheLowestOthers) {
  EXPECT_EQ(with_cores({0b1}, 1), (CoreMask{0b1}));
  EXPECT_EQ(with_cores({0b1000}, 1), (CoreMask{0b1000}));
  EXPECT_EQ(with_cores({0b1000}, 3), (CoreMask{0b1011}));
}

TEST(ShownCores, HaveTheOwnOneInAnyWord) {
  const uint64_t third = 0b100;
  EXPECT_EQ(with_cores({0, third}, 1), (CoreMask{0, third}));
  EXPECT_EQ(with_cores({0, third}, 2), (CoreMask{1, third}));
}

TEST(ShownCores, TakeMoreWordsThanTheKernelHas) {
  EXPECT_EQ(with_cores({1}, 64), (CoreMask{~uint64_t{0}}));
  EXPECT_EQ(with_cores({1}, 65), (CoreMask{~uint64_t{0}, 1}));
  EXPECT_EQ(with_cores({1}, kMostCores), (CoreMask{~uint64_t{0}, ~uint64_t{0}}));
}

TEST(ShownCores, AreListedAsRows) {
  EXPECT_EQ(core_list({0b1}), "0\n");
  EXPECT_EQ(core_list({0b10001111}), "0-3,7\n");
  EXPECT_EQ(core_list({0b1010, 1}), "1,3,64\n");
  EXPECT_EQ(core_list(with_cores({1}, kMostCores)), "0-127\n");
}

}  // namespace
}  // namespace rr::schedule
