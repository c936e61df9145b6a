// reverse-continue finds the last stop before now, whatever the stops.
#include "support/timeline_layouts.h"

#include <gtest/gtest.h>

namespace rr::test {
namespace {

TEST(TimelineLayouts, TheLastStopIsFoundInAHundredThousand) {
  for (uint32_t seed = 1; seed <= 100'000; ++seed) ASSERT_EQ(check_layout(seed), "");
}

}  // namespace
}  // namespace rr::test
