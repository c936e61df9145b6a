#include <cerrno>
#include <gtest/gtest.h>

#include "syscalls/describe.h"
#include "syscalls/errno_names.h"
#include "syscalls/flags.h"

namespace rr::syscalls {
namespace {

constexpr uint64_t kCurrentDirectory = static_cast<uint64_t>(-100);

TEST(Describe, NamesFlagsAndTheCurrentDirectory) {
  EXPECT_EQ(describe_call({56, {kCurrentDirectory, 0xffff0010, 0x80000, 0}}, 3),
            "openat(AT_FDCWD, 0xffff0010, O_RDONLY|O_CLOEXEC, 0) = 3");
}

TEST(Describe, NamesTheError) {
  EXPECT_EQ(describe_call({56, {5, 0x10, 0x241, 0644}}, -ENOENT),
            "openat(5, 0x10, O_WRONLY|O_CREAT|O_TRUNC, 0644) = -1 ENOENT");
}

TEST(Describe, ShowsARestartAsUndecided) {
  EXPECT_EQ(describe_call({63, {0, 0x1000, 10}}, -512), "read(0, 0x1000, 10) = ? ERESTARTSYS");
}

TEST(Describe, ShowsAddressesOfMappings) {
  EXPECT_EQ(describe_call({222, {0, 4096, 3, 0x22, UINT64_MAX, 0}}, 0xffff80000000),
            "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
            "0xffff80000000");
}

TEST(Describe, NamesSubCommandsAndTheirOwnArguments) {
  EXPECT_EQ(describe_call({25, {3, 4, 0x802}}, 0), "fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
  EXPECT_EQ(describe_call({25, {3, 3, 0}}, 0x402), "fcntl(3, F_GETFL) = O_RDWR|O_APPEND");
  EXPECT_EQ(describe_call({29, {0, 0x5413, 0x1000}}, 0), "ioctl(0, TIOCGWINSZ, 0x1000) = 0");
  EXPECT_EQ(describe_call({29, {0, 0x80247009, 0x1000}}, 0), "ioctl(0, 0x80247009, 0x1000) = 0");
  EXPECT_EQ(describe_call({167, {15, 0x1000}}, 0), "prctl(PR_SET_NAME, 0x1000) = 0");
  EXPECT_EQ(describe_call({98, {0x1000, 0x80, 2, 0}}, 0),
            "futex(0x1000, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 2, NULL) = 0");
}

TEST(Describe, NamesSignals) {
  EXPECT_EQ(describe_call({129, {42, 15}}, 0), "kill(42, SIGTERM) = 0");
  EXPECT_EQ(describe_call({131, {42, 43, 33}}, 0), "tgkill(42, 43, SIGRT_1) = 0");
  EXPECT_EQ(signal_name(65), "65");
  EXPECT_EQ(signal_name(0), "0");
}

TEST(Describe, ShowsACallWithoutARowInFull) {
  EXPECT_EQ(describe_call({999, {1, 2, 3, 4, 5, 6}}, -ENOSYS),
            "call 999(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS");
  EXPECT_EQ(describe_call({-1, {}}, -ENOSYS).substr(0, 8), "call -1(");
}

TEST(Describe, HasNoTrailingArguments) {
  EXPECT_EQ(describe_call({172, {1, 2, 3}}, 77), "getpid() = 77");
}

TEST(Flags, ShowUnknownBitsAsANumber) {
  EXPECT_EQ(describe_flags(*find_flag_set("open"), 0x1800001), "O_WRONLY|0x1800000");
}

TEST(Flags, ShowZeroByItsNameOrAsZero) {
  EXPECT_EQ(describe_flags(*find_flag_set("prot"), 0), "PROT_NONE");
  EXPECT_EQ(describe_flags(*find_flag_set("access"), 0), "F_OK");
  EXPECT_EQ(describe_flags(*find_flag_set("atflags"), 0), "0");
}

TEST(Flags, ShowAnUnknownValueAsANumber) {
  EXPECT_EQ(describe_flags(*find_flag_set("whence"), 9), "0x9");
}

TEST(Flags, PreferTheNameOfSeveralBits) {
  EXPECT_EQ(describe_flags(*find_flag_set("open"), 0x404002), "O_RDWR|O_TMPFILE");
}

TEST(ErrnoNames, AreThoseOfThisHost) {
  EXPECT_EQ(errno_name(EHWPOISON), "EHWPOISON");
  EXPECT_EQ(errno_name(EOPNOTSUPP), "EOPNOTSUPP");
  EXPECT_EQ(errno_name(ETIMEDOUT), "ETIMEDOUT");
  EXPECT_EQ(errno_name(4000), "4000");
}

}  // namespace
}  // namespace rr::syscalls
