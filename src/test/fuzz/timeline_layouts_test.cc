// reverse-continue finds the last stop before now, whatever the stops. RR_FUZZ_ROUNDS (100,000)
// says of how many layouts.
#include "support/timeline_layouts.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace rr::test {
namespace {

TEST(TimelineLayouts, TheLastStopIsFoundInEach) {
  const char* asked = std::getenv("RR_FUZZ_ROUNDS");
  const auto rounds = asked == nullptr ? 100'000 : std::strtoul(asked, nullptr, 10);
  for (uint32_t seed = 1; seed <= rounds; ++seed) ASSERT_EQ(check_layout(seed), "");
}

}  // namespace
}  // namespace rr::test
