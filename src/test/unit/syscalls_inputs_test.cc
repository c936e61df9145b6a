#include <array>
#include <gtest/gtest.h>

#include "arch/aarch64/syscall_numbers.h"
#include "support/fake_memory.h"
#include "syscalls/inputs.h"

namespace rr::syscalls {
namespace {

using aarch64::kSysRead;
using aarch64::kSysWrite;
using aarch64::kSysWritev;

struct InputChecksum : testing::Test {
  test::FakeMemory memory;
  InputChecksum() { memory.put_text({0x1000}, "hello, world"); }
};

TEST_F(InputChecksum, ChangesWithAByteOfWhatIsWritten) {
  const SyscallArguments call{kSysWrite, {1, 0x1000, 12}};
  const uint64_t before = input_checksum(call, memory);
  EXPECT_NE(before, 0u);
  EXPECT_EQ(before, input_checksum(call, memory));
  memory.put_text({0x100b}, "D");
  EXPECT_NE(before, input_checksum(call, memory));
}

TEST_F(InputChecksum, LooksAtWhatTheCallNamesOnly) {
  const uint64_t before = input_checksum({kSysWrite, {1, 0x1000, 5}}, memory);
  memory.put_text({0x1005}, "!");
  EXPECT_EQ(before, input_checksum({kSysWrite, {1, 0x1000, 5}}, memory));
}

TEST_F(InputChecksum, FollowsAnIovec) {
  memory.put_object({0x2000}, std::array<uint64_t, 4>{0x1000, 5, 0x1007, 5});
  const SyscallArguments call{kSysWritev, {1, 0x2000, 2}};
  const uint64_t before = input_checksum(call, memory);
  memory.put_text({0x1007}, "W");
  EXPECT_NE(before, input_checksum(call, memory));
}

TEST_F(InputChecksum, IsZeroForCallsThatHandNothingOver) {
  EXPECT_EQ(input_checksum({kSysRead, {0, 0x1000, 12}}, memory), 0u);
  EXPECT_EQ(input_checksum({kSysWrite, {1, 0x1000, 0}}, memory), 0u);
  EXPECT_EQ(input_checksum({kSysWrite, {1, 0x9000, 12}}, memory), 0u);
}

TEST_F(InputChecksum, SurvivesHostileLengths) {
  EXPECT_NE(input_checksum({kSysWrite, {1, 0x1000, UINT64_MAX}}, memory), 0u);
  memory.put_object({0x2000}, std::array<uint64_t, 2>{0x1000, UINT64_MAX});
  EXPECT_NE(input_checksum({kSysWritev, {1, 0x2000, UINT64_MAX}}, memory), 0u);
}

}  // namespace
}  // namespace rr::syscalls
