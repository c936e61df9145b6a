// Quirks of the call number: negative-number, minus-one, skip-order; and where the number that
// counts is kept.
#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

#include "traced_child.h"

namespace rr::test {
namespace {

using aarch64::TrapKind;
using kernel::Resume;

extern "C" const char number_call;
asm(R"(
  .pushsection .text
  .balign 4
  .globl number_call
number_call:            // x8 is the test's
  mov x0, #0x55         // 0
  svc #0                // 1
  add x1, x1, #1        // 2
  brk #0                // 3
  .popsection
)");

constexpr uint64_t kArgument = 0x55;
constexpr uint64_t kNoSuchCall = static_cast<uint64_t>(-ENOSYS);
constexpr uint64_t kGetPid = 172;
constexpr int32_t kGetParent = 173;

uint64_t number(int32_t value) { return static_cast<uint64_t>(int64_t{value}); }

void go_to_seccomp_stop(TracedChild& child, uint64_t x8) {
  child.set_x(8, x8);
  child.go(Resume::kContinue);
  ASSERT_NE(child.now().as<kernel::SeccompStop>(), nullptr);
}

TEST(NegativeNumber, FailsByItself) {
  TracedChild child(number_call);
  child.set_x(8, number(-10));
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), kNoSuchCall);
}

TEST(NegativeNumber, KeepsItsArgumentWhenAFilterTracesIt) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, number(-10));
  EXPECT_EQ(child.now().system_call(), -10);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), kArgument) << "nobody has written -ENOSYS";
}

TEST(NegativeNumber, FailsAsItShouldWhenTheTracerWritesTheResult) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, number(-10));
  ASSERT_TRUE(aarch64::needs_enosys_written(child.now().system_call()));
  child.set_x(0, kNoSuchCall);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), kNoSuchCall);
  EXPECT_FALSE(aarch64::needs_enosys_written(-1));
  EXPECT_FALSE(aarch64::needs_enosys_written(0));
}

TEST(MinusOne, HidesArgumentZeroWhichTheKernelStillTells) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, number(-1));
  EXPECT_EQ(child.x(0), kNoSuchCall);
  ASSERT_TRUE(aarch64::argument0_is_hidden(child.now().system_call()));
  EXPECT_EQ(child.now().original_argument0(), kArgument);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), kNoSuchCall);
}

TEST(MinusOne, HidesArgumentZeroAtTheEntryStop) {
  TracedChild child(number_call);
  child.set_x(8, number(-1));
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  EXPECT_EQ(child.x(0), kNoSuchCall);
  EXPECT_EQ(child.now().original_argument0(), kArgument);
}

TEST(SkipOrder, NumberThenResultGivesTheResult) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, kGetPid);
  child.now().set_system_call(-1);
  child.set_x(0, 0x1234);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), 0x1234u);
}

TEST(SkipOrder, IsRightWhateverOrderTheTracerAsksFor) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, kGetPid);
  child.set_x(0, 0x1234);  // written at resume()
  child.now().set_system_call(-1);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), 0x1234u);
}

// With the registers written first the kernel may take what is in orig_x0 for the result.
TEST(SkipOrder, ResultThenNumberGivesTheResultOrArgumentZero) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, kGetPid);
  Registers changed = child.raw_registers();
  changed.x[0] = 0x1234;
  child.raw_set_registers(changed);
  child.now().set_system_call(-1);
  const uint64_t shown = child.raw_registers().x[0];
  const auto original = child.now().original_argument0();
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), shown);
  EXPECT_TRUE(child.x(0) == 0x1234 || child.x(0) == original || child.x(0) == kNoSuchCall)
      << child.x(0);
  RecordProperty("result_then_number", std::to_string(static_cast<int64_t>(child.x(0))));
}

TEST(SkipOrder, ASkipAtTheEntryStopIsStillFiltered) {
  TracedChild child(number_call, kFiltered);
  child.set_x(8, kGetPid);
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  child.now().set_system_call(-1);
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SeccompStop>(), nullptr) << "one more stop";
  EXPECT_EQ(child.now().system_call(), -1);
}

TEST(SkipOrder, AnEmulatedCallIsNotFiltered) {
  TracedChild child(number_call, kFiltered);
  child.set_x(8, kGetPid);
  child.go(Resume::kEmulate);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  child.set_x(0, 0x1234);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.trap(), TrapKind::kBreakpoint) << "neither a seccomp stop nor an exit stop";
  EXPECT_EQ(child.x(0), 0x1234u);
}

TEST(SkipOrder, AnEmulatedCallCanBeLeftByAnExitStop) {
  TracedChild child(number_call);
  child.set_x(8, kGetPid);
  child.go(Resume::kEmulate);
  child.go(Resume::kSyscall);
  ASSERT_NE(child.now().as<kernel::SyscallStop>(), nullptr);
  EXPECT_EQ(child.at(), 2);
  EXPECT_EQ(child.x(0), kArgument) << "the call has not run";
}

TEST(CallNumber, IsNotReadFromX8OnceTheCallHasBeenEntered) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, kGetPid);
  child.set_x(8, static_cast<uint64_t>(kGetParent));
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), static_cast<uint64_t>(child.tid().value));
}

TEST(CallNumber, IsChangedByItsRegisterSet) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, kGetPid);
  child.now().set_system_call(kGetParent);
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), static_cast<uint64_t>(::getpid()));
}

TEST(CallNumber, IsTheLowHalfOfX8) {
  TracedChild child(number_call, kFiltered);
  go_to_seccomp_stop(child, 0xdeadbeef00000000u | kGetPid);
  EXPECT_EQ(child.now().system_call(), static_cast<int32_t>(kGetPid));
  EXPECT_EQ(Arch::syscall_arguments(child.registers()).number, static_cast<int32_t>(kGetPid));
  child.go(Resume::kContinue);
  EXPECT_EQ(child.x(0), static_cast<uint64_t>(child.tid().value));
}

}  // namespace
}  // namespace rr::test
