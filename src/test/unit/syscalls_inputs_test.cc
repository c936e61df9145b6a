#include <array>
#include <gtest/gtest.h>

#include "support/fake_memory.h"
#include "syscalls/inputs.h"

namespace rr::syscalls {
namespace {

constexpr int32_t kRead = 63, kWrite = 64, kWritev = 66;

struct InputChecksum : testing::Test {
  test::FakeMemory memory;
  InputChecksum() { memory.put_text({0x1000}, "hello, world"); }
};

TEST_F(InputChecksum, ChangesWithAByteOfWhatIsWritten) {
  const SyscallArguments call{kWrite, {1, 0x1000, 12}};
  const uint64_t before = input_checksum(call, memory);
  EXPECT_NE(before, 0u);
  EXPECT_EQ(before, input_checksum(call, memory));
  memory.put_text({0x100b}, "D");
  EXPECT_NE(before, input_checksum(call, memory));
}

TEST_F(InputChecksum, LooksAtWhatTheCallNamesOnly) {
  const uint64_t before = input_checksum({kWrite, {1, 0x1000, 5}}, memory);
  memory.put_text({0x1005}, "!");
  EXPECT_EQ(before, input_checksum({kWrite, {1, 0x1000, 5}}, memory));
}

TEST_F(InputChecksum, FollowsAnIovec) {
  memory.put_object({0x2000}, std::array<uint64_t, 4>{0x1000, 5, 0x1007, 5});
  const SyscallArguments call{kWritev, {1, 0x2000, 2}};
  const uint64_t before = input_checksum(call, memory);
  memory.put_text({0x1007}, "W");
  EXPECT_NE(before, input_checksum(call, memory));
}

TEST_F(InputChecksum, IsZeroForCallsThatHandNothingOver) {
  EXPECT_EQ(input_checksum({kRead, {0, 0x1000, 12}}, memory), 0u);
  EXPECT_EQ(input_checksum({kWrite, {1, 0x1000, 0}}, memory), 0u);
  EXPECT_EQ(input_checksum({kWrite, {1, 0x9000, 12}}, memory), 0u);
}

TEST_F(InputChecksum, SurvivesHostileLengths) {
  EXPECT_NE(input_checksum({kWrite, {1, 0x1000, UINT64_MAX}}, memory), 0u);
  memory.put_object({0x2000}, std::array<uint64_t, 2>{0x1000, UINT64_MAX});
  EXPECT_NE(input_checksum({kWritev, {1, 0x2000, UINT64_MAX}}, memory), 0u);
}

}  // namespace
}  // namespace rr::syscalls
