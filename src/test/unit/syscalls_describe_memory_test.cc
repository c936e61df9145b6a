// Structures behind a call's pointers, as strace shows them.
#include <cstring>
#include <gtest/gtest.h>

#include "support/fake_memory.h"
#include "syscalls/describe_memory.h"
#include "syscalls/pointees.h"
#include "syscalls/show_objects.h"
#include "syscalls/table.h"

namespace rr::syscalls {
namespace {

template <typename T>
void put(Bytes& bytes, size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

Bytes text(std::string_view characters) {
  const auto view = std::as_bytes(std::span(characters));
  return {view.begin(), view.end()};
}

TEST(ShowObjects, Stat) {
  Bytes stat(128);
  put<uint32_t>(stat, 16, 0100644);
  put<int64_t>(stat, 48, 1234);
  EXPECT_EQ(show_stat(stat), "{st_mode=S_IFREG|0644, st_size=1234, ...}");
  put<uint32_t>(stat, 16, 0020620);
  put<uint64_t>(stat, 32, 0x8801);
  EXPECT_EQ(show_stat(stat), "{st_mode=S_IFCHR|0620, st_rdev=makedev(0x88, 0x1), ...}");
  EXPECT_EQ(show_stat(Bytes(127)), std::nullopt);
}

TEST(ShowObjects, Addresses) {
  EXPECT_EQ(show_address(text(std::string("\x02\0\x1f\x90\x7f\0\0\x01\0\0\0\0\0\0\0\0", 16))),
            "{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr(\"127.0.0.1\")}");
  EXPECT_EQ(show_address(text(std::string("\x01\0/run/x\0", 9))),
            "{sa_family=AF_UNIX, sun_path=\"/run/x\"}");
  EXPECT_EQ(show_address(text(std::string("\x01\0\0name", 7))),
            "{sa_family=AF_UNIX, sun_path=@\"name\"}");
  EXPECT_EQ(show_address(text(std::string("\x01\0", 2))), "{sa_family=AF_UNIX}");
  EXPECT_EQ(show_address(text("\x02")), std::nullopt);
}

TEST(ShowObjects, SignalSetsAndWaitStatuses) {
  EXPECT_EQ(show_signal_set(0), "[]");
  EXPECT_EQ(show_signal_set(1 << 1 | 1 << 14), "[INT TERM]");
  EXPECT_EQ(show_signal_set(~uint64_t{1 << 8}), "~[KILL]");
  Bytes status(4);
  put<uint32_t>(status, 0, 7 << 8);
  EXPECT_EQ(show_wait_status(status), "[{WIFEXITED(s) && WEXITSTATUS(s) == 7}]");
  put<uint32_t>(status, 0, 0x8b);
  EXPECT_EQ(show_wait_status(status),
            "[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}]");
}

TEST(ShowObjects, SignalsWithTheirOrigin) {
  Bytes info(128);
  put<int32_t>(info, 0, 11);
  put<int32_t>(info, 8, 1);
  EXPECT_EQ(show_siginfo(info), "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}");
  put<int32_t>(info, 0, 15);
  put<int32_t>(info, 8, 0);
  put<int32_t>(info, 16, 4321);
  EXPECT_EQ(show_siginfo(info), "{si_signo=SIGTERM, si_code=SI_USER, si_pid=4321, si_uid=0}");
  EXPECT_EQ(show_siginfo({}), std::nullopt);
}

TEST(Quoted, EscapesAsInC) {
  EXPECT_EQ(quoted(text(std::string("a\"\\\n\t\0z\0"
                                    "1\xff",
                                    10)),
                   100),
            "\"a\\\"\\\\\\n\\t\\0z\\0001\\377\"");
  EXPECT_EQ(quoted(text("0123456789"), 4), "\"0123\"...");
}

TEST(ShownInputs, ArePathsAndTheBeginningsOfBuffers) {
  test::FakeMemory memory;
  memory.put({0x1000}, text(std::string("/tmp/a\0garbage", 14)));
  memory.put({0x2000}, text(std::string(100, 'x')));
  const SyscallArguments open = {.number = 56, .args = {0, 0x1000, 0, 0, 0, 0}};
  auto pieces = shown_inputs(*find(56), open, memory);
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].bytes, text(std::string("/tmp/a\0", 7)));
  const SyscallArguments write = {.number = 64, .args = {1, 0x2000, 100, 0, 0, 0}};
  pieces = shown_inputs(*find(64), write, memory);
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].bytes.size(), kShownBytes + 1);
  const SyscallArguments bad = {.number = 56, .args = {0, 0x9000, 0, 0, 0, 0}};
  EXPECT_TRUE(shown_inputs(*find(56), bad, memory).empty());
}

}  // namespace
}  // namespace rr::syscalls
